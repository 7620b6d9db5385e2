use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use iroh::EndpointId;
use tokio::sync::mpsc;

use crate::error::RoomClosed;
use crate::moq::RemoteBroadcast;

/// A reader this far behind is told; one that far behind loses the room.
const WARNING: usize = 1024;
const LIMIT: usize = 65_536;

/// What happens in a room (specs/iroh-rooms.md §8.3, §8.8).
#[derive(Clone, Debug)]
pub enum Event {
    PeerJoined {
        remote: EndpointId,
        display_name: Option<String>,
    },
    /// The peer has another display name.
    PeerUpdated {
        remote: EndpointId,
        display_name: Option<String>,
    },
    /// For each state a peer sends, heartbeats included.
    RemoteAnnounced {
        remote: EndpointId,
        broadcasts: Vec<String>,
    },
    BroadcastSubscribed {
        broadcast: RemoteBroadcast,
    },
    BroadcastEnded {
        remote: EndpointId,
        name: String,
        reason: String,
    },
    SubscribeFailed {
        remote: EndpointId,
        name: String,
        kind: &'static str,
        error: String,
        retry_in: Option<Duration>,
    },
    ChatReceived {
        remote: EndpointId,
        message: ChatMessage,
    },
    PeerLeft {
        remote: EndpointId,
    },
    Warning {
        code: &'static str,
        text: String,
    },
}

#[derive(Clone, Debug)]
pub struct ChatMessage {
    pub text: String,
    pub received_at: Instant,
    /// The broadcast whose chat track it came on.
    pub broadcast: String,
    pub sequence: u64,
    /// Sent before we came: publishers repeat their last message to each newcomer.
    pub backlog: bool,
}

/// The events of a room, to be read by one reader. Dropping it does not stop the room.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::UnboundedReceiver<Event>,
    /// Looked at already, and not yet taken.
    next: Option<Event>,
    fate: Arc<Fate>,
}

#[derive(Debug, Default)]
struct Fate {
    queued: AtomicUsize,
    error: std::sync::OnceLock<String>,
}

#[derive(Debug)]
pub(crate) struct EventSink {
    queue: mpsc::UnboundedSender<Event>,
    fate: Arc<Fate>,
    warned: bool,
}

pub(crate) fn events() -> (EventSink, Events) {
    let (sender, queue) = mpsc::unbounded_channel();
    let fate = Arc::new(Fate::default());
    let sink = EventSink {
        queue: sender,
        fate: fate.clone(),
        warned: false,
    };
    let events = Events {
        queue,
        next: None,
        fate,
    };
    (sink, events)
}

impl Events {
    /// Waits until [`Events::try_recv`] has something to say, an event or the end, and takes nothing.
    pub async fn ready(&mut self) {
        if self.next.is_none() {
            self.next = self.queue.recv().await;
        }
    }

    /// The next event. Cancel safe.
    pub async fn recv(&mut self) -> Result<Event, RoomClosed> {
        self.ready().await;
        match self.try_recv()? {
            Some(event) => Ok(event),
            None => Err(RoomClosed(self.fate.error.get().cloned())),
        }
    }

    /// The next event if there is one.
    pub fn try_recv(&mut self) -> Result<Option<Event>, RoomClosed> {
        let event = match self.next.take() {
            Some(event) => event,
            None => match self.queue.try_recv() {
                Ok(event) => event,
                Err(mpsc::error::TryRecvError::Empty) => return Ok(None),
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    return Err(RoomClosed(self.fate.error.get().cloned()));
                }
            },
        };
        self.fate.queued.fetch_sub(1, Ordering::Relaxed);
        Ok(Some(event))
    }
}

impl EventSink {
    /// Never waits. False when the reader is hopelessly behind; the room then closes.
    pub(crate) fn send(&mut self, event: Event) -> bool {
        let queued = self.fate.queued.fetch_add(1, Ordering::Relaxed) + 1;
        if queued > LIMIT {
            self.fail(format!("{LIMIT} events wait for a reader"));
            return false;
        }
        if self.queue.send(event).is_err() {
            // Nobody reads any more; the room goes on.
            self.fate.queued.fetch_sub(1, Ordering::Relaxed);
            return true;
        }
        if queued > WARNING && !self.warned {
            self.warned = true;
            let text = format!("{queued} events wait for a reader");
            self.send(Event::Warning {
                code: "slow_reader",
                text,
            });
        } else if queued < WARNING / 2 {
            self.warned = false;
        }
        true
    }

    pub(crate) fn fail(&self, reason: String) {
        let _ = self.fate.error.set(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(text: String) -> Event {
        Event::Warning { code: "test", text }
    }

    #[tokio::test]
    async fn ten_thousand_unread_events_stay_in_order_and_one_warning_is_among_them() {
        let (mut sink, mut events) = events();
        for number in 0..10_000 {
            assert!(sink.send(warning(number.to_string())));
        }
        let (mut expected, mut warnings) = (0, 0);
        while let Ok(Some(Event::Warning { code, text })) = events.try_recv() {
            if code == "slow_reader" {
                warnings += 1;
            } else {
                assert_eq!(text, expected.to_string());
                expected += 1;
            }
        }
        assert_eq!((expected, warnings), (10_000, 1));
    }

    #[tokio::test]
    async fn a_reader_that_never_reads_ends_the_room_by_name() {
        let (mut sink, mut events) = events();
        while sink.send(warning(String::new())) {}
        drop(sink);
        while let Ok(Some(_)) = events.try_recv() {}
        let closed = events.recv().await.unwrap_err();
        assert_eq!(
            closed.to_string(),
            "the room is closed: 65536 events wait for a reader"
        );
    }
}
