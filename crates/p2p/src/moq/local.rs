use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use hang::Catalog;
use hang::catalog::{AudioConfig, Chat, User, VideoConfig};
use hang::container::{Frame, OrderedProducer, Timestamp};
use moq_lite::{BroadcastConsumer, BroadcastProducer, Track, TrackProducer};
use n0_future::future::now_or_never;
use tokio::sync::mpsc;

use crate::chat::{CHAT_PRIORITY, CHAT_TRACK, MAX_MESSAGE};
use crate::error::PublishError;

/// Stock readers drop messages that arrive out of order, which they do when sent back to back (specs/iroh-rooms.md §23.14).
const CHAT_SPACING: Duration = Duration::from_millis(10);
const CHAT_QUEUE: usize = 64;

/// A broadcast of ours: a catalog, and the tracks it names. Closed when the last handle is dropped.
#[derive(Clone)]
pub struct LocalBroadcast(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
}

struct State {
    producer: BroadcastProducer,
    catalog_track: TrackProducer,
    catalog: Catalog,
    chat: bool,
    closed: bool,
}

impl std::fmt::Debug for LocalBroadcast {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LocalBroadcast")
    }
}

impl LocalBroadcast {
    /// An empty broadcast. Its catalog is there from the start, so that a subscriber never waits for one.
    pub fn new() -> LocalBroadcast {
        let mut producer = BroadcastProducer::new();
        let catalog_track = producer
            .create_track(Catalog::default_track())
            .expect("the first track of a new broadcast");
        let mut state = State {
            producer,
            catalog_track,
            catalog: Catalog::default(),
            chat: false,
            closed: false,
        };
        state.write_catalog();
        LocalBroadcast(Arc::new(Inner {
            state: Mutex::new(state),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who speaks here, for the catalog.
    pub fn set_user(&self, id: Option<String>, name: Option<String>) {
        let mut state = self.state();
        state.catalog.user = Some(User {
            id,
            name,
            ..User::default()
        });
        state.write_catalog();
    }

    /// Adds a video rendition. `config` is its entry in the catalog, as JSON (specs/iroh-rooms.md §10.2).
    pub fn add_video(&self, name: &str, config: &str) -> Result<TrackWriter, PublishError> {
        let config: VideoConfig = parsed(config)?;
        let mut state = self.state();
        // The track first: a catalog never names what cannot be had.
        let track = state.create(name, 1)?;
        state.catalog.video.renditions.insert(name.into(), config);
        state.write_catalog();
        Ok(self.writer(name, track, true, None))
    }

    /// Adds an audio rendition, whose packets go out in groups of `group`: one stream per packet would use up what a peer
    /// accepts (specs/iroh-rooms.md §17.6).
    pub fn add_audio(
        &self,
        name: &str,
        config: &str,
        group: Duration,
    ) -> Result<TrackWriter, PublishError> {
        let config: AudioConfig = parsed(config)?;
        let mut state = self.state();
        let track = state.create(name, 2)?;
        state.catalog.audio.renditions.insert(name.into(), config);
        state.write_catalog();
        Ok(self.writer(name, track, false, Some(group)))
    }

    fn writer(
        &self,
        name: &str,
        track: TrackProducer,
        needs_keyframe: bool,
        group: Option<Duration>,
    ) -> TrackWriter {
        TrackWriter {
            broadcast: Arc::downgrade(&self.0),
            name: name.into(),
            track: Some(OrderedProducer::new(track)),
            needs_keyframe,
            waiting: needs_keyframe,
            group,
            group_start: 0,
        }
    }

    /// Adds the chat track; once per broadcast.
    pub(crate) fn enable_chat(&self) -> Result<ChatWriter, PublishError> {
        let mut state = self.state();
        let track = state.create(CHAT_TRACK, CHAT_PRIORITY)?;
        state.chat = true;
        state.catalog.chat = Some(Chat {
            message: Some(Track {
                name: CHAT_TRACK.into(),
                priority: CHAT_PRIORITY,
            }),
            typing: None,
        });
        state.write_catalog();
        let (queue, messages) = mpsc::channel(CHAT_QUEUE);
        tokio::spawn(write_chat(track, messages));
        Ok(ChatWriter { queue })
    }

    /// Retracts the broadcast: peers see it end at once.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let _ = state.producer.abort(moq_lite::Error::Cancel);
    }

    pub(super) fn consume(&self) -> Option<BroadcastConsumer> {
        let state = self.state();
        (!state.closed).then(|| state.producer.consume())
    }

    /// Tells of the end without keeping the broadcast from it.
    pub(crate) fn end(&self) -> impl Future<Output = ()> + Send + 'static {
        let consumer = self.state().producer.consume();
        async move {
            consumer.closed().await;
        }
    }

    pub(crate) fn downgrade(&self) -> WeakBroadcast {
        WeakBroadcast(Arc::downgrade(&self.0))
    }
}

impl Default for LocalBroadcast {
    fn default() -> Self {
        LocalBroadcast::new()
    }
}

/// A published broadcast as the room knows it: enough to close it, too little to keep it open.
pub(crate) struct WeakBroadcast(Weak<Inner>);

impl WeakBroadcast {
    pub(crate) fn close(&self) {
        if let Some(inner) = self.0.upgrade() {
            LocalBroadcast(inner).close();
        }
    }
}

impl State {
    fn create(&mut self, name: &str, priority: u8) -> Result<TrackProducer, PublishError> {
        let track = Track {
            name: name.into(),
            priority,
        };
        self.producer
            .create_track(track)
            .map_err(|error| match error {
                moq_lite::Error::Duplicate => PublishError::TrackTaken(name.into()),
                _ => PublishError::Closed,
            })
    }

    fn write_catalog(&mut self) {
        let text = self.catalog.to_vec().expect("a catalog always encodes");
        // A closed broadcast has no readers left to tell.
        let _ = self.catalog_track.write_frame(text);
    }
}

fn parsed<T: serde::de::DeserializeOwned>(config: &str) -> Result<T, PublishError> {
    serde_json::from_str(config).map_err(|error| PublishError::BadConfig(error.to_string()))
}

/// Writes the encoded frames of one rendition. Nothing here waits; without subscribers frames are let go.
pub struct TrackWriter {
    broadcast: Weak<Inner>,
    name: String,
    track: Option<OrderedProducer>,
    needs_keyframe: bool,
    waiting: bool,
    group: Option<Duration>,
    group_start: u64,
}

impl TrackWriter {
    /// One access unit or packet; the timestamp is in microseconds. Says whether it went out.
    pub fn write(
        &mut self,
        timestamp: u64,
        payload: Bytes,
        keyframe: bool,
    ) -> Result<bool, PublishError> {
        let track = self.track.as_mut().ok_or(PublishError::Closed)?;
        if track.track.is_closed() {
            return Err(PublishError::Closed);
        }
        if now_or_never(track.track.unused()).is_some() {
            let _ = track.keyframe();
            self.waiting = self.needs_keyframe;
            return Ok(false);
        }
        if self.waiting && !keyframe {
            return Ok(false);
        }
        self.waiting = false;
        let full = match self.group {
            Some(group) => timestamp.saturating_sub(self.group_start) >= group.as_micros() as u64,
            None => keyframe,
        };
        if full {
            self.group_start = timestamp;
            track.keyframe().map_err(|_| PublishError::Closed)?;
        }
        let timestamp = Timestamp::from_micros(timestamp)
            .map_err(|_| PublishError::BadConfig("a timestamp above 2^62".into()))?;
        let payload = payload.into();
        track
            .write(Frame { timestamp, payload })
            .map_err(|_| PublishError::Closed)?;
        Ok(true)
    }

    /// Somebody reads this track.
    pub fn subscribed(&self) -> bool {
        self.track
            .as_ref()
            .is_some_and(|track| now_or_never(track.track.unused()).is_none())
    }

    /// Ends the track and takes it out of the catalog.
    pub fn finish(&mut self) {
        let Some(mut track) = self.track.take() else {
            return;
        };
        let _ = track.finish();
        let Some(inner) = self.broadcast.upgrade() else {
            return;
        };
        let mut state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = state.producer.remove_track(&self.name);
        state.catalog.video.renditions.remove(&self.name);
        state.catalog.audio.renditions.remove(&self.name);
        state.write_catalog();
    }
}

impl Drop for TrackWriter {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Writes into the chat track of one broadcast.
#[derive(Clone, Debug)]
pub struct ChatWriter {
    queue: mpsc::Sender<String>,
}

impl ChatWriter {
    pub(crate) async fn send(&self, text: String) -> Result<(), PublishError> {
        if text.is_empty() || text.len() > MAX_MESSAGE {
            return Err(PublishError::ChatLength(MAX_MESSAGE));
        }
        self.queue
            .send(text)
            .await
            .map_err(|_| PublishError::Closed)
    }
}

/// One group of one frame per message, never two at the same moment.
async fn write_chat(mut track: TrackProducer, mut messages: mpsc::Receiver<String>) {
    while let Some(text) = messages.recv().await {
        if track.write_frame(text).is_err() {
            return;
        }
        tokio::time::sleep(CHAT_SPACING).await;
    }
    let _ = track.finish();
}
