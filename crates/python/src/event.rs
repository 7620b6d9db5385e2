use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use roomful_sfu::Event as Fact;

/// One encoding of a published track.
#[pyclass(frozen, get_all, from_py_object, module = "roomful._native")]
#[derive(Clone)]
pub struct Layer {
    rid: String,
    spatial: u8,
    ssrc: u32,
    rtx_ssrc: u32,
}

#[pymethods]
impl Layer {
    #[new]
    #[pyo3(signature = (*, rid, spatial, ssrc, rtx_ssrc))]
    fn new(rid: String, spatial: u8, ssrc: u32, rtx_ssrc: u32) -> Layer {
        Layer {
            rid,
            spatial,
            ssrc,
            rtx_ssrc,
        }
    }
}

/// Counters of one track at one peer.
#[pyclass(frozen, get_all, from_py_object, module = "roomful._native")]
#[derive(Clone)]
pub struct TrackStats {
    track: String,
    direction: String,
    packets: u64,
    bytes: u64,
    frames: u64,
    expected: u64,
    lost: u64,
    nacks: u64,
    plis: u64,
    jitter_ms: f32,
    spatial: i8,
}

#[pymethods]
impl TrackStats {
    #[new]
    #[pyo3(
        signature = (*, track, direction, packets=0, bytes=0, frames=0, expected=0, lost=0, nacks=0, plis=0, jitter_ms=0.0, spatial=-1),
        text_signature = "(*, track, direction, packets=0, bytes=0, frames=0, expected=0, lost=0, nacks=0, plis=0, jitter_ms=0.0, spatial=-1)"
    )]
    #[allow(clippy::too_many_arguments, reason = "one per field, all by name")]
    fn new(
        track: String,
        direction: String,
        packets: u64,
        bytes: u64,
        frames: u64,
        expected: u64,
        lost: u64,
        nacks: u64,
        plis: u64,
        jitter_ms: f32,
        spatial: i8,
    ) -> TrackStats {
        TrackStats {
            track,
            direction,
            packets,
            bytes,
            frames,
            expected,
            lost,
            nacks,
            plis,
            jitter_ms,
            spatial,
        }
    }
}

/// A fact from the engine; match on its variants.
#[pyclass(frozen, skip_from_py_object, module = "roomful._native")]
pub enum Event {
    Answered {
        peer: u64,
        request: u64,
        sdp: String,
        mid_to_track: BTreeMap<String, String>,
        candidates: Vec<String>,
    },
    Offered {
        peer: u64,
        request: u64,
        sdp: String,
        mid_to_track: BTreeMap<String, String>,
        candidates: Vec<String>,
    },
    NegotiationFailed {
        peer: u64,
        request: u64,
        reason: String,
    },
    NegotiationNeeded {
        peer: u64,
        audio: u32,
        video: u32,
    },
    TrackBound {
        peer: u64,
        track: String,
        mid: String,
        cid: String,
        sdp_cid: String,
        mime: String,
        rids: Vec<String>,
    },
    TrackUnbound {
        peer: u64,
        track: String,
    },
    TrackLayers {
        peer: u64,
        track: String,
        layers: Vec<Layer>,
    },
    SubscriptionActive {
        peer: u64,
        track: String,
    },
    SubscriptionFailed {
        peer: u64,
        track: String,
        reason: String,
    },
    StreamState {
        peer: u64,
        track: String,
        paused: bool,
    },
    PeerState {
        peer: u64,
        state: String,
        reason: String,
    },
    ChannelOpen {
        peer: u64,
        label: String,
    },
    Data {
        peer: u64,
        label: String,
        data: Py<PyBytes>,
    },
    AudioLevels {
        room: String,
        levels: Vec<(String, f32)>,
    },
    PeerStats {
        peer: u64,
        rtt_ms: f32,
        estimate_bps: f64,
        tracks: Vec<TrackStats>,
    },
    PortTrack {
        port: u64,
        number: u16,
        codec: u8,
        info: Py<PyBytes>,
    },
    PortTrackEnded {
        port: u64,
        number: u16,
    },
    PortClosed {
        port: u64,
        reason: String,
    },
}

impl Event {
    pub fn from_fact(py: Python<'_>, fact: Fact) -> Event {
        match fact {
            Fact::Answered {
                peer,
                request,
                sdp,
                mid_to_track,
                candidates,
            } => Event::Answered {
                peer,
                request,
                sdp,
                mid_to_track,
                candidates,
            },
            Fact::Offered {
                peer,
                request,
                sdp,
                mid_to_track,
                candidates,
            } => Event::Offered {
                peer,
                request,
                sdp,
                mid_to_track,
                candidates,
            },
            Fact::NegotiationFailed {
                peer,
                request,
                reason,
            } => Event::NegotiationFailed {
                peer,
                request,
                reason,
            },
            Fact::NegotiationNeeded { peer, audio, video } => {
                Event::NegotiationNeeded { peer, audio, video }
            }
            Fact::TrackBound {
                peer,
                track,
                mid,
                cid,
                sdp_cid,
                mime,
                rids,
            } => Event::TrackBound {
                peer,
                track: track.to_string(),
                mid,
                cid,
                sdp_cid,
                mime,
                rids,
            },
            Fact::TrackUnbound { peer, track } => Event::TrackUnbound {
                peer,
                track: track.to_string(),
            },
            Fact::TrackLayers {
                peer,
                track,
                layers,
            } => Event::TrackLayers {
                peer,
                track: track.to_string(),
                layers: layers.into_iter().map(Layer::from).collect(),
            },
            Fact::SubscriptionActive { peer, track } => Event::SubscriptionActive {
                peer,
                track: track.to_string(),
            },
            Fact::SubscriptionFailed {
                peer,
                track,
                reason,
            } => Event::SubscriptionFailed {
                peer,
                track: track.to_string(),
                reason: reason.to_owned(),
            },
            Fact::StreamState {
                peer,
                track,
                paused,
            } => Event::StreamState {
                peer,
                track: track.to_string(),
                paused,
            },
            Fact::PeerState {
                peer,
                state,
                reason,
            } => Event::PeerState {
                peer,
                state: state.as_str().to_owned(),
                reason,
            },
            Fact::ChannelOpen { peer, label } => Event::ChannelOpen { peer, label },
            Fact::Data { peer, label, data } => Event::Data {
                peer,
                label,
                data: PyBytes::new(py, &data).unbind(),
            },
            Fact::AudioLevels { room, levels } => Event::AudioLevels {
                room: room.to_string(),
                levels: levels
                    .into_iter()
                    .map(|(track, level)| (track.to_string(), level))
                    .collect(),
            },
            Fact::PeerStats {
                peer,
                rtt_ms,
                estimate_bps,
                tracks,
            } => Event::PeerStats {
                peer,
                rtt_ms,
                estimate_bps,
                tracks: tracks.into_iter().map(TrackStats::from).collect(),
            },
            Fact::PortTrack {
                port,
                number,
                codec,
                info,
            } => Event::PortTrack {
                port,
                number,
                codec,
                info: PyBytes::new(py, &info).unbind(),
            },
            Fact::PortTrackEnded { port, number } => Event::PortTrackEnded { port, number },
            Fact::PortClosed { port, reason } => Event::PortClosed { port, reason },
        }
    }
}

impl From<roomful_sfu::LayerInfo> for Layer {
    fn from(layer: roomful_sfu::LayerInfo) -> Layer {
        Layer {
            rid: layer.rid,
            spatial: layer.spatial,
            ssrc: layer.ssrc,
            rtx_ssrc: layer.rtx_ssrc,
        }
    }
}

impl From<roomful_sfu::TrackStats> for TrackStats {
    fn from(stats: roomful_sfu::TrackStats) -> TrackStats {
        TrackStats {
            track: stats.track.to_string(),
            direction: if stats.inbound { "in" } else { "out" }.to_owned(),
            packets: stats.packets,
            bytes: stats.bytes,
            frames: stats.frames,
            expected: stats.expected,
            lost: stats.lost,
            nacks: stats.nacks,
            plis: stats.plis,
            jitter_ms: stats.jitter_ms,
            spatial: stats.spatial,
        }
    }
}
