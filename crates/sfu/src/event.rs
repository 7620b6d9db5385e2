use std::collections::BTreeMap;

use crate::command::{PeerId, RoomSid, TrackSid};
use crate::ports::PortId;

/// Where a peer connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerState {
    /// ICE and DTLS are up, or traffic came back after `Disconnected`.
    Connected,
    /// Nothing was received for [`disconnected_after`](crate::Config::disconnected_after).
    Disconnected,
    /// Nothing was received for [`failed_after`](crate::Config::failed_after), or the engine gave it up; it is gone.
    Failed,
    /// The remote side ended the connection; it is gone.
    Closed,
}

impl PeerState {
    pub fn as_str(self) -> &'static str {
        match self {
            PeerState::Connected => "connected",
            PeerState::Disconnected => "disconnected",
            PeerState::Failed => "failed",
            PeerState::Closed => "closed",
        }
    }
}

/// One encoding of a published track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerInfo {
    /// RTP stream id, empty without simulcast.
    pub rid: String,
    /// Rank of the layer: 0 is the smallest.
    pub spatial: u8,
    pub ssrc: u32,
    pub rtx_ssrc: u32,
}

/// Counters of one track at one peer since it was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackStats {
    pub track: TrackSid,
    /// `true`: received from this peer; `false`: sent to it.
    pub inbound: bool,
    pub packets: u64,
    pub bytes: u64,
    /// Pictures, or the packets of audio: each has a timestamp of its own. Received: of the layer with most of them.
    pub frames: u64,
    /// Packets that should have arrived, as far as is known, and those of them that did not. Sent: as the peer reports.
    /// Received: by their numbers, after what was lost has been sent again.
    pub expected: u64,
    pub lost: u64,
    pub nacks: u64,
    pub plis: u64,
    pub jitter_ms: f32,
    /// Sent: the layer forwarded now, -1 for none. Received: the highest layer that has media.
    pub spatial: i8,
}

/// A fact for the control plane.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Answered {
        peer: PeerId,
        request: u64,
        sdp: String,
        mid_to_track: BTreeMap<String, String>,
        candidates: Vec<String>,
    },
    Offered {
        peer: PeerId,
        request: u64,
        /// Empty when there was nothing to negotiate.
        sdp: String,
        mid_to_track: BTreeMap<String, String>,
        candidates: Vec<String>,
    },
    NegotiationFailed {
        peer: PeerId,
        request: u64,
        reason: String,
    },
    /// Subscriptions changed: the client must offer (`audio`, `video` sections are missing), or we must.
    NegotiationNeeded {
        peer: PeerId,
        audio: u32,
        video: u32,
    },
    TrackBound {
        peer: PeerId,
        track: TrackSid,
        mid: String,
        cid: String,
        sdp_cid: String,
        mime: String,
        rids: Vec<String>,
    },
    TrackUnbound {
        peer: PeerId,
        track: TrackSid,
    },
    TrackLayers {
        peer: PeerId,
        track: TrackSid,
        layers: Vec<LayerInfo>,
    },
    SubscriptionActive {
        peer: PeerId,
        track: TrackSid,
    },
    SubscriptionFailed {
        peer: PeerId,
        track: TrackSid,
        /// `codec`: the subscriber cannot decode it; `track`: there is no such track.
        reason: &'static str,
    },
    /// A video is paused because the subscriber's network does not carry it, or goes on.
    StreamState {
        peer: PeerId,
        track: TrackSid,
        paused: bool,
    },
    PeerState {
        peer: PeerId,
        state: PeerState,
        reason: String,
    },
    ChannelOpen {
        peer: PeerId,
        label: String,
    },
    Data {
        peer: PeerId,
        label: String,
        data: Vec<u8>,
    },
    AudioLevels {
        room: RoomSid,
        levels: Vec<(TrackSid, f32)>,
    },
    PeerStats {
        peer: PeerId,
        rtt_ms: f32,
        estimate_bps: f64,
        tracks: Vec<TrackStats>,
    },
    /// A worker starts a track.
    PortTrack {
        port: PortId,
        number: u16,
        /// As in [`codec_of`](crate::ports::records::codec_of).
        codec: u8,
        /// JSON of the worker.
        info: Vec<u8>,
    },
    PortTrackEnded {
        port: PortId,
        number: u16,
    },
    /// The worker is gone or broke the format, or the room was closed; the port is gone. `reason` is empty when the
    /// worker said that it stops.
    PortClosed {
        port: PortId,
        reason: String,
    },
}
