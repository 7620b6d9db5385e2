use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use iroh::EndpointId;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use crate::error::SubscribeError;
use crate::event::ChatMessage;
use crate::moq::{RemoteBroadcast, Sessions, Timeouts};
use crate::retry::Backoff;

/// A subscription that held this long was a good one: the next retry is quick again.
const STABLE: Duration = Duration::from_secs(60);

/// What a follower tells the room.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) remote: EndpointId,
    pub(crate) name: String,
    /// Of the follower that wrote it; a later one under the same name is another.
    pub(crate) generation: u64,
    pub(crate) news: News,
}

#[derive(Debug)]
pub(crate) enum News {
    Subscribed(RemoteBroadcast),
    Chat(ChatMessage),
    /// It ended; a follower that is `done` does not come back by itself.
    Ended {
        reason: String,
        done: bool,
    },
    Failed {
        error: SubscribeError,
        retry_in: Duration,
    },
    /// A retry begins.
    Trying,
}

/// A task that reads one broadcast of one peer, again and again while the peer still advertises it.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) generation: u64,
    pub(crate) stage: Stage,
    task: AbortHandle,
    nudge: Arc<Notify>,
    wanted: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Connecting,
    Live,
    /// Until the next try.
    Waiting,
}

impl Follower {
    pub(crate) fn start(
        sessions: Arc<Sessions>,
        remote: EndpointId,
        name: String,
        generation: u64,
        timeouts: Timeouts,
        notes: mpsc::Sender<Note>,
    ) -> Follower {
        let nudge = Arc::new(Notify::new());
        let wanted = Arc::new(AtomicBool::new(true));
        let following = Following {
            sessions,
            remote,
            name,
            generation,
            timeouts,
            notes,
            nudge: nudge.clone(),
            wanted: wanted.clone(),
        };
        Follower {
            generation,
            stage: Stage::Connecting,
            task: tokio::spawn(following.run()).abort_handle(),
            nudge,
            wanted,
        }
    }

    /// The peer has spoken: what waits for a retry need not wait longer.
    pub(crate) fn nudge(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.nudge.notify_waiters();
    }

    /// The peer does not advertise it any more: it may end, and then does not come back.
    pub(crate) fn unwanted(&self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Following {
    sessions: Arc<Sessions>,
    remote: EndpointId,
    name: String,
    generation: u64,
    timeouts: Timeouts,
    notes: mpsc::Sender<Note>,
    nudge: Arc<Notify>,
    wanted: Arc<AtomicBool>,
}

impl Following {
    async fn run(self) {
        let mut backoff = Backoff::new();
        loop {
            let wait =
                match RemoteBroadcast::open(&self.sessions, self.remote, &self.name, self.timeouts)
                    .await
                {
                    Ok(broadcast) => {
                        let started = Instant::now();
                        self.tell(News::Subscribed(broadcast.clone())).await;
                        let reason = self.read(&broadcast).await;
                        // A peer that took leave comes back by speaking again, not by being called.
                        let done =
                            broadcast.ended_by_peer() || !self.wanted.load(Ordering::Relaxed);
                        self.tell(News::Ended { reason, done }).await;
                        if done {
                            return;
                        }
                        if started.elapsed() > STABLE {
                            backoff.reset();
                        }
                        backoff.next()
                    }
                    Err(error) => {
                        let retry_in = backoff.next();
                        self.tell(News::Failed { error, retry_in }).await;
                        retry_in
                    }
                };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.nudge.notified() => {}
            }
            self.tell(News::Trying).await;
        }
    }

    async fn tell(&self, news: News) {
        let note = Note {
            remote: self.remote,
            name: self.name.clone(),
            generation: self.generation,
            news,
        };
        // A room that is gone has aborted this task, or is about to.
        let _ = self.notes.send(note).await;
    }

    /// Passes the chat on until the broadcast ends; says why it did.
    async fn read(&self, broadcast: &RemoteBroadcast) -> String {
        let chat = async {
            if let Some(mut texts) = broadcast.texts().await {
                while let Some(text) = texts.next().await {
                    let message = ChatMessage {
                        text: text.text,
                        received_at: Instant::now(),
                        broadcast: self.name.clone(),
                        sequence: text.sequence,
                        backlog: text.backlog,
                    };
                    self.tell(News::Chat(message)).await;
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            reason = broadcast.closed() => reason,
            () = chat => String::new(),
        }
    }
}
