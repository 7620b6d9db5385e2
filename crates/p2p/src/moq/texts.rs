use std::time::{Duration, Instant};

use bytes::Bytes;
use moq_lite::{BroadcastConsumer, GroupConsumer, Track, TrackConsumer};
use n0_future::{FuturesUnordered, StreamExt};

use crate::chat::{self, InOrder, MAX_MESSAGE};

/// A first group that arrives this soon after subscribing was sent before we came: publishers keep their newest for ever,
/// and those shortly before it for a while.
const BACKLOG: Duration = Duration::from_secs(1);
/// Reads of messages under way at once; more of them wait in the transport.
const READS: usize = 64;

/// The messages of one chat track, in order.
pub(crate) struct Texts {
    track: TrackConsumer,
    started: Instant,
    reads: FuturesUnordered<n0_future::boxed::BoxFuture<(u64, Option<Bytes>)>>,
    order: InOrder<String>,
    /// The highest number that was on its way when the first message had come.
    first: Option<u64>,
    newest: u64,
    ended: bool,
}

pub(crate) struct Text {
    pub(crate) sequence: u64,
    pub(crate) text: String,
    /// It was sent before we came.
    pub(crate) backlog: bool,
}

impl Texts {
    pub(super) fn open(
        broadcast: &BroadcastConsumer,
        name: String,
        priority: u8,
    ) -> Result<Texts, moq_lite::Error> {
        Ok(Texts {
            track: broadcast.subscribe_track(&Track { name, priority })?,
            started: Instant::now(),
            reads: FuturesUnordered::new(),
            order: InOrder::new(),
            first: None,
            newest: 0,
            ended: false,
        })
    }

    /// The next message; `None` when the track has ended. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<Text> {
        loop {
            if let Some((sequence, text)) = self.order.pop(Instant::now()) {
                let backlog = self.first.is_some_and(|first| sequence <= first);
                return Some(Text {
                    sequence,
                    text,
                    backlog,
                });
            }
            if self.ended && self.reads.is_empty() && self.order.deadline().is_none() {
                return None;
            }
            let deadline = self.order.deadline();
            tokio::select! {
                group = self.track.recv_group(), if !self.ended && self.reads.len() < READS => match group {
                    Ok(Some(group)) => {
                        self.newest = self.newest.max(group.info.sequence);
                        self.reads.push(Box::pin(message(group)));
                    }
                    Ok(None) | Err(_) => self.ended = true,
                },
                Some((sequence, message)) = self.reads.next(), if !self.reads.is_empty() => {
                    let Some(message) = message else { continue };
                    let Some(text) = chat::text(&message) else {
                        log::warn!("a chat message that is no text was skipped");
                        continue;
                    };
                    let now = Instant::now();
                    if self.first.is_none() && now < self.started + BACKLOG {
                        self.first = Some(self.newest);
                    }
                    self.order.push(sequence, text.into(), now);
                }
                () = sleep_until(deadline), if deadline.is_some() => {}
            }
        }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        tokio::time::sleep_until(deadline.into()).await;
    }
}

/// The first frame of a group, read no further than a message may be long.
async fn message(mut group: GroupConsumer) -> (u64, Option<Bytes>) {
    let sequence = group.info.sequence;
    let frame = match group.next_frame().await {
        // Four times: what is a little too long is cut, what is absurd is not read.
        Ok(Some(frame)) if frame.info.size <= 4 * MAX_MESSAGE as u64 => frame,
        _ => return (sequence, None),
    };
    let mut frame = frame;
    (sequence, frame.read_all().await.ok())
}
