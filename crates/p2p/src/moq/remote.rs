use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use hang::container::{OrderedConsumer, OrderedFrame};
use iroh::EndpointId;
use moq_lite::{BroadcastConsumer, GroupConsumer, Track};
use n0_future::future::now_or_never;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use crate::catalog::{Catalog, MAX_CATALOG};
use crate::error::SubscribeError;
use crate::moq::texts::Texts;
use crate::moq::{Session, Sessions};

/// How long each step of a subscription may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) announce: Duration,
    pub(crate) catalog: Duration,
}

/// A broadcast of another peer, whose first catalog has arrived.
#[derive(Clone)]
pub struct RemoteBroadcast(Arc<Inner>);

struct Inner {
    name: String,
    consumer: BroadcastConsumer,
    /// Kept: the connection lives as long as what came over it.
    session: Arc<Session>,
    catalog: watch::Receiver<Arc<Catalog>>,
    reader: AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl std::fmt::Debug for RemoteBroadcast {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "RemoteBroadcast({:?} of {})",
            self.0.name,
            self.remote().fmt_short()
        )
    }
}

impl RemoteBroadcast {
    /// Connects, waits for the name to be announced and for the first catalog.
    pub(crate) async fn open(
        sessions: &Arc<Sessions>,
        remote: EndpointId,
        name: &str,
        timeouts: Timeouts,
    ) -> Result<RemoteBroadcast, SubscribeError> {
        let session = sessions.connect(remote, timeouts.connect).await?;
        let consumer = announced(&session, name, timeouts.announce).await?;
        let catalog_track = consumer
            .subscribe_track(&hang::Catalog::default_track())
            .map_err(|_| SubscribeError::Closed)?;
        let mut catalogs = Catalogs::new(catalog_track);
        let until = Instant::now() + timeouts.catalog;
        let first = match timeout_at(until, catalogs.next()).await {
            Ok(Some(catalog)) => catalog?,
            Ok(None) => return Err(SubscribeError::Closed),
            Err(_) => return Err(SubscribeError::NoCatalog(timeouts.catalog)),
        };
        let (updates, catalog) = watch::channel(Arc::new(first));
        let reader = tokio::spawn(async move {
            while let Some(update) = catalogs.next().await {
                match update {
                    Ok(update) => {
                        updates.send_if_modified(|current| {
                            let changed = **current != update;
                            *current = Arc::new(update);
                            changed
                        });
                    }
                    Err(error) => log::warn!("kept the catalog before: {error}"),
                }
            }
        });
        Ok(RemoteBroadcast(Arc::new(Inner {
            name: name.into(),
            consumer,
            session,
            catalog,
            reader: reader.abort_handle(),
        })))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn remote(&self) -> EndpointId {
        self.0.session.remote
    }

    /// The newest catalog, as JSON.
    pub fn catalog(&self) -> String {
        self.0.catalog.borrow().to_json()
    }

    /// The catalog after the one given; `None` when the broadcast is over.
    pub async fn next_catalog(&self, after: &str) -> Option<String> {
        let mut catalog = self.0.catalog.clone();
        let changed = catalog
            .wait_for(|catalog| catalog.to_json() != after)
            .await
            .ok()?;
        Some(changed.to_json())
    }

    /// Reads a rendition that the catalog names, as encoded frames in order. Groups are skipped once newer ones hold more
    /// than `max_latency`.
    pub fn media(&self, track: &str, max_latency: Duration) -> Result<MediaReader, SubscribeError> {
        let kind = self
            .0
            .catalog
            .borrow()
            .kind_of(track)
            .ok_or_else(|| SubscribeError::NoTrack(track.into()))?;
        let track = Track {
            name: track.into(),
            priority: if kind == "audio" { 2 } else { 1 },
        };
        let track = self
            .0
            .consumer
            .subscribe_track(&track)
            .map_err(|_| SubscribeError::Closed)?;
        Ok(MediaReader {
            track: OrderedConsumer::new(track, max_latency),
            next: None,
            over: false,
            _broadcast: self.clone(),
        })
    }

    /// Why the broadcast ended, once it has.
    pub async fn closed(&self) -> String {
        self.0.consumer.closed().await;
        if self.0.session.is_closed() {
            self.0.session.closed().await
        } else {
            "retracted".into()
        }
    }

    /// The peer took leave, rather than vanish or retract this one.
    pub(crate) fn ended_by_peer(&self) -> bool {
        self.0.session.ended_by_peer()
    }

    /// The chat of this broadcast, once its catalog has one; waits for ever if it never has.
    pub(crate) async fn texts(&self) -> Option<Texts> {
        let mut catalog = self.0.catalog.clone();
        let (name, priority) = catalog
            .wait_for(|catalog| catalog.chat().is_some())
            .await
            .ok()?
            .chat()?;
        Texts::open(&self.0.consumer, name, priority).ok()
    }
}

async fn announced(
    session: &Session,
    name: &str,
    patience: Duration,
) -> Result<BroadcastConsumer, SubscribeError> {
    let mut announcements = session.origin.consume();
    let found = async {
        // Those announced before come first.
        while let Some((path, broadcast)) = announcements.announced().await {
            if let Some(broadcast) = broadcast
                && path.as_str() == name
            {
                return Some(broadcast);
            }
        }
        None
    };
    tokio::select! {
        found = found => found.ok_or(SubscribeError::Closed),
        reason = session.closed() => Err(SubscribeError::SessionClosed(reason)),
        () = tokio::time::sleep(patience) => Err(SubscribeError::NotAnnounced(patience)),
    }
}

/// The versions of a catalog, newest group first: a document, then patches to it.
struct Catalogs {
    track: moq_lite::TrackConsumer,
    group: Option<GroupConsumer>,
    current: Option<Catalog>,
}

impl Catalogs {
    fn new(track: moq_lite::TrackConsumer) -> Catalogs {
        Catalogs {
            track,
            group: None,
            current: None,
        }
    }

    async fn next(&mut self) -> Option<Result<Catalog, SubscribeError>> {
        loop {
            tokio::select! {
                biased;
                group = self.track.next_group_ordered() => match group {
                    Ok(Some(group)) => {
                        self.group = Some(group);
                        self.current = None;
                    }
                    Ok(None) | Err(_) => return None,
                },
                frame = frame(self.group.as_mut()) => {
                    let Some(frame) = frame else {
                        self.group = None;
                        continue;
                    };
                    let read = match &self.current {
                        None => Catalog::parse(&frame),
                        Some(current) => current.patched(&frame),
                    };
                    match &read {
                        Ok(catalog) => self.current = Some(catalog.clone()),
                        Err(_) => self.group = None,
                    }
                    return Some(read);
                }
            }
        }
    }
}

/// The next frame of a group; `None` at its end, or where it holds more than a catalog may.
async fn frame(group: Option<&mut GroupConsumer>) -> Option<Bytes> {
    let Some(group) = group else {
        return std::future::pending().await;
    };
    let mut frame = group.next_frame().await.ok()??;
    if frame.info.size > MAX_CATALOG as u64 {
        log::warn!("a catalog of {} bytes was left unread", frame.info.size);
        return None;
    }
    frame.read_all().await.ok()
}

/// One encoded frame (specs/iroh-rooms.md §10.4).
#[derive(Clone, Debug)]
pub struct MediaFrame {
    /// In microseconds, from an epoch of the track's own.
    pub timestamp: u64,
    pub payload: Bytes,
    /// Sequence number of its group, and its place in there; the first one is a keyframe.
    pub group: u64,
    pub index: usize,
}

/// Reads the frames of one rendition, in order.
pub struct MediaReader {
    track: OrderedConsumer,
    next: Option<MediaFrame>,
    over: bool,
    _broadcast: RemoteBroadcast,
}

impl MediaReader {
    /// Waits until there is a frame to take, and takes none. False when the track is over, however it ended.
    pub async fn ready(&mut self) -> bool {
        if self.next.is_none() && !self.over {
            let frame = self.track.read().await.ok().flatten();
            self.put(frame);
        }
        self.next.is_some()
    }

    /// The next frame; `None` when the track is over.
    pub async fn read(&mut self) -> Option<MediaFrame> {
        self.ready().await;
        self.next.take()
    }

    /// The next frame, if it is there already.
    pub fn try_read(&mut self) -> Option<MediaFrame> {
        if self.next.is_none()
            && !self.over
            && let Some(frame) = now_or_never(self.track.read())
        {
            self.put(frame.ok().flatten());
        }
        self.next.take()
    }

    fn put(&mut self, frame: Option<OrderedFrame>) {
        self.over = frame.is_none();
        self.next = frame.map(|mut frame| MediaFrame {
            timestamp: u64::try_from(frame.timestamp.as_micros()).unwrap_or(u64::MAX),
            payload: frame.payload.copy_to_bytes(frame.payload.remaining()),
            group: frame.group,
            index: frame.index,
        });
    }
}
