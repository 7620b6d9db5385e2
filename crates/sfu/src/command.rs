use std::os::fd::OwnedFd;
use std::sync::Arc;

use crate::ports::PortId;

/// Number of one peer connection, given by the caller and never reused.
pub type PeerId = u64;
/// Sid of a room; rooms are spread over the shards by it.
pub type RoomSid = Arc<str>;
/// Sid of a published track.
pub type TrackSid = Arc<str>;

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Audio,
    Video,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Audio => "audio",
            Kind::Video => "video",
        }
    }
}

/// A track that its client has announced and that waits for its m-line.
#[derive(Debug, Clone)]
pub struct PendingTrack {
    pub sid: TrackSid,
    /// The client's own id of the track, found again in `a=msid`.
    pub cid: String,
    pub kind: Kind,
    /// Preferred codec, like `video/vp8`; empty for none.
    pub mime: String,
    /// Let Opus send discontinuously.
    pub dtx: bool,
    /// Let Opus send stereo.
    pub stereo: bool,
    /// Let Opus be sent redundantly (RFC 2198).
    pub red: bool,
}

/// What a shard is told to do.
#[derive(Debug)]
pub enum Command {
    OpenRoom {
        room: RoomSid,
        /// On the shard of this other room: tracks move between the two.
        beside: Option<RoomSid>,
    },
    CloseRoom {
        room: RoomSid,
    },
    OpenPeer {
        room: RoomSid,
        peer: PeerId,
        /// Answer connectivity checks only (ICE-lite), or check as well.
        full_ice: bool,
        /// Create the data channels on our side (we will make the first offer).
        channels: bool,
        /// Send and receive in the same sections, as they were first agreed on: what goes through them changes
        /// without another description.
        two_way: bool,
    },
    ClosePeer {
        peer: PeerId,
    },
    AcceptOffer {
        peer: PeerId,
        request: u64,
        sdp: String,
        pending: Vec<PendingTrack>,
    },
    CreateOffer {
        peer: PeerId,
        request: u64,
        ice_restart: bool,
    },
    AcceptAnswer {
        peer: PeerId,
        request: u64,
        sdp: String,
        /// Of a two-way peer, whose answer may bring tracks.
        pending: Vec<PendingTrack>,
    },
    AddCandidate {
        peer: PeerId,
        candidate: String,
    },
    Subscribe {
        peer: PeerId,
        track: TrackSid,
        stream_id: String,
    },
    Unsubscribe {
        peer: PeerId,
        track: TrackSid,
    },
    SetSubscription {
        peer: PeerId,
        track: TrackSid,
        enabled: bool,
        max_spatial: u8,
    },
    SetTrackMuted {
        track: TrackSid,
        muted: bool,
    },
    /// Ask a publisher to send at most so many bits per second, all its tracks together; `None` asks no more.
    LimitPeer {
        peer: PeerId,
        bitrate: Option<u64>,
    },
    /// From now on videos of this subscriber may be paused while its network does not carry them.
    AllowPause {
        peer: PeerId,
    },
    Unpublish {
        track: TrackSid,
    },
    /// From now on a client's track has another sid and belongs to another room; its subscriptions end.
    MoveTrack {
        track: TrackSid,
        to: TrackSid,
        room: RoomSid,
    },
    SendData {
        peers: Vec<PeerId>,
        label: String,
        data: Arc<[u8]>,
    },
    /// Write frames of tracks of this room to a pipe.
    OpenFramesOut {
        room: RoomSid,
        port: PortId,
        fd: OwnedFd,
    },
    AddFrames {
        port: PortId,
        track: TrackSid,
        number: u16,
        /// JSON for the worker.
        info: Vec<u8>,
        max_spatial: u8,
    },
    RemoveFrames {
        port: PortId,
        track: TrackSid,
    },
    /// Write an instruction, a JSON object, between the frames.
    MarkFrames {
        port: PortId,
        control: Vec<u8>,
    },
    RequestKeyframe {
        track: TrackSid,
    },
    /// Read frames from a pipe or socket.
    OpenFramesIn {
        room: RoomSid,
        port: PortId,
        fd: OwnedFd,
    },
    /// Forward what comes under this number as a track.
    PublishFrames {
        port: PortId,
        number: u16,
        track: TrackSid,
    },
    ClosePort {
        port: PortId,
    },
    Stop,
}
