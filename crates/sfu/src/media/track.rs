use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use str0m::format::{Codec, CodecSpec};
use str0m::media::{Pt, Rid};
use str0m::rtp::Ssrc;

use super::forwarder::Forwarder;
use super::holes::Holes;
use super::speaker::SpeakerMeter;
use super::throttle::Throttle;
use crate::command::{Kind, PeerId, RoomSid, TrackSid};
use crate::event::LayerInfo;
use crate::ports::PortId;
use crate::ports::tap::Tap;

/// Spatial layers of one track at most.
pub(crate) const LAYERS: usize = 3;
/// A layer that sent nothing for this long counts as paused.
const LAYER_PAUSED_AFTER: Duration = Duration::from_millis(1500);
/// Bit rates are measured over this long.
const BITRATE_WINDOW: Duration = Duration::from_secs(1);
/// Packets that may be missing in a row; where more are, their numbers begin anew.
const LONGEST_GAP: u64 = 3000;

/// Number of a track within its shard.
pub(crate) type TrackKey = u32;

/// A published track and everybody it goes to.
pub(crate) struct Track {
    pub sid: TrackSid,
    pub room: RoomSid,
    pub publisher: Publisher,
    pub kind: Kind,
    pub muted: bool,
    /// Codec of each payload type that the publisher may use.
    pub codecs: Vec<(Pt, CodecSpec)>,
    /// Set where the publisher may send redundant audio.
    pub redundancy: Option<Redundancy>,
    pub layers: [Option<Layer>; LAYERS],
    pub forwarders: Vec<Forwarder>,
    /// Ports that its frames are written to.
    pub taps: Vec<Tap>,
    /// Peers that subscribed, whether media flows already or not, with what they asked for.
    pub subscribers: FxHashMap<PeerId, Wish>,
    pub speaker: SpeakerMeter,
    /// Simulcast ids the publisher announced; empty without simulcast.
    pub rids: Vec<String>,
    /// Last level reported to the room.
    pub reported_level: f32,
    /// As of the last `count_frames`.
    pub frames: u64,
}

/// How a publisher sends redundant audio (RFC 2198).
pub(crate) struct Redundancy {
    pub payload_type: Pt,
    /// Of the codec inside.
    pub codec: Pt,
    pub holes: Holes,
}

/// Where the media of a track comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publisher {
    Peer(PeerId),
    /// The track with this number of a worker.
    Port(PortId, u16),
}

/// What a subscriber asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub enabled: bool,
    /// Highest layer.
    pub max_spatial: u8,
}

impl Default for Wish {
    fn default() -> Wish {
        Wish {
            enabled: true,
            max_spatial: LAYERS as u8 - 1,
        }
    }
}

/// One encoding that the publisher sends.
pub(crate) struct Layer {
    pub rid: Option<Rid>,
    pub ssrc: Ssrc,
    pub rtx: Option<Ssrc>,
    pub keyframes: Throttle,
    last_packet: Instant,
    window_start: Instant,
    window_bytes: usize,
    bitrate: f64,
    /// Timestamp of the newest frame.
    newest: Option<u32>,
    /// That are not in the track's count yet.
    new_frames: u64,
    /// Highest number of a packet.
    highest: Option<u64>,
    /// Packets that should have come, by their numbers, and that have.
    expected: u64,
    arrived: u64,
}

impl Layer {
    pub fn new(
        rid: Option<Rid>,
        ssrc: Ssrc,
        rtx: Option<Ssrc>,
        throttle: Duration,
        now: Instant,
    ) -> Layer {
        Layer {
            rid,
            ssrc,
            rtx,
            keyframes: Throttle::new(throttle),
            last_packet: now,
            window_start: now,
            window_bytes: 0,
            bitrate: 0.0,
            newest: None,
            new_frames: 0,
            highest: None,
            expected: 0,
            arrived: 0,
        }
    }

    pub fn received(&mut self, bytes: usize, sequence: u64, timestamp: u32, now: Instant) {
        self.last_packet = now;
        self.count(sequence);
        // What was lost and comes again belongs to an older frame; the timestamp wraps around.
        let is_newer = |newest: u32| timestamp.wrapping_sub(newest).cast_signed() > 0;
        if self.newest.is_none_or(is_newer) {
            self.newest = Some(timestamp);
            self.new_frames += 1;
        }
        self.window_bytes += bytes;
        let elapsed = now.duration_since(self.window_start);
        if elapsed >= BITRATE_WINDOW {
            self.bitrate = self.window_bytes as f64 * 8.0 / elapsed.as_secs_f64();
            self.window_start = now;
            self.window_bytes = 0;
        }
    }

    fn count(&mut self, sequence: u64) {
        self.arrived += 1;
        let highest = self.highest.unwrap_or(sequence.wrapping_sub(1));
        let (ahead, behind) = (
            sequence.wrapping_sub(highest),
            highest.wrapping_sub(sequence),
        );
        if behind <= LONGEST_GAP {
            return; // it comes late, or twice
        }
        self.expected += if ahead <= LONGEST_GAP { ahead } else { 1 };
        self.highest = Some(sequence);
    }

    fn is_live(&self, now: Instant) -> bool {
        now.duration_since(self.last_packet) < LAYER_PAUSED_AFTER
    }
}

impl Track {
    pub fn new(
        sid: TrackSid,
        room: RoomSid,
        publisher: Publisher,
        kind: Kind,
        codecs: Vec<(Pt, CodecSpec)>,
        rids: Vec<String>,
    ) -> Track {
        Track {
            sid,
            room,
            publisher,
            kind,
            muted: false,
            codecs,
            redundancy: None,
            layers: [const { None }; LAYERS],
            forwarders: Vec::new(),
            taps: Vec::new(),
            subscribers: FxHashMap::default(),
            speaker: SpeakerMeter::default(),
            rids,
            reported_level: 0.0,
            frames: 0,
        }
    }

    /// Adds the frames of the layer that had most of them lately: all layers carry the same pictures, or fewer.
    pub fn count_frames(&mut self) {
        let layers = self.layers.iter_mut().flatten();
        let new_frames = layers.map(|layer| std::mem::take(&mut layer.new_frames));
        self.frames += new_frames.max().unwrap_or(0);
    }

    /// How many packets should have come, of all layers, and how many of them did not.
    pub fn losses(&self) -> (u64, u64) {
        let layers = self.layers.iter().flatten();
        layers.fold((0, 0), |(expected, lost), layer| {
            let missing = layer.expected.saturating_sub(layer.arrived);
            (expected + layer.expected, lost + missing)
        })
    }

    pub fn codec(&self, pt: Pt) -> Option<CodecSpec> {
        self.codecs
            .iter()
            .find(|(known, _)| *known == pt)
            .map(|(_, spec)| *spec)
    }

    /// Which layers have media now, one bit each.
    pub fn live_layers(&self, now: Instant) -> u8 {
        let live = |spatial: usize| {
            self.layers[spatial]
                .as_ref()
                .is_some_and(|layer| layer.is_live(now))
        };
        (0..LAYERS)
            .filter(|spatial| live(*spatial))
            .fold(0, |mask, spatial| mask | 1 << spatial)
    }

    /// What each live layer costs in bit/s; layers not yet measured count as nothing to pay.
    pub fn bitrates(&self, now: Instant) -> [Option<f64>; LAYERS] {
        std::array::from_fn(|s| {
            self.layers[s]
                .as_ref()
                .filter(|l| l.is_live(now))
                .map(|layer| layer.bitrate)
        })
    }

    pub fn layer_infos(&self) -> Vec<LayerInfo> {
        let infos = self.layers.iter().enumerate();
        infos
            .filter_map(|(spatial, layer)| {
                let layer = layer.as_ref()?;
                Some(LayerInfo {
                    rid: layer.rid.map(|rid| rid.to_string()).unwrap_or_default(),
                    spatial: spatial as u8,
                    ssrc: *layer.ssrc,
                    rtx_ssrc: layer.rtx.map_or(0, |rtx| *rtx),
                })
            })
            .collect()
    }

    /// Media of a layer begins anew: it has nothing that the old numbers could continue.
    pub fn renew(&mut self, spatial: u8) {
        for forwarder in &mut self.forwarders {
            if forwarder.current == Some(spatial) {
                forwarder.pause();
            }
        }
        self.taps.iter_mut().for_each(|tap| tap.renew(spatial));
        if let Some(redundancy) = &mut self.redundancy {
            redundancy.holes.restart();
        }
    }

    pub fn forwarder(&mut self, peer: PeerId) -> Option<&mut Forwarder> {
        self.forwarders
            .iter_mut()
            .find(|forwarder| forwarder.peer == peer)
    }
}

/// Rank of a simulcast stream among those announced, 0 for the smallest.
///
/// Two naming schemes are in use: `q`, `h`, `f` and `2`, `1`, `0`, both from small to large.
pub(crate) fn spatial_of(rid: &str, announced: &[String]) -> u8 {
    let size = |rid: &str| match rid {
        "q" | "2" => 0,
        "h" | "1" => 1,
        "f" | "0" => 2,
        _ => 3,
    };
    let smaller = announced
        .iter()
        .filter(|other| size(other) < size(rid))
        .count();
    smaller.min(LAYERS - 1) as u8
}

/// RTP clock of a codec in Hz.
pub(crate) fn clock_rate(spec: CodecSpec) -> u32 {
    spec.clock_rate.get()
}

/// Canonical mime type of a codec, as LiveKit clients spell it.
pub(crate) fn mime_of(codec: Codec) -> &'static str {
    match codec {
        Codec::Opus => "audio/opus",
        Codec::PCMU => "audio/PCMU",
        Codec::PCMA => "audio/PCMA",
        Codec::Vp8 => "video/VP8",
        Codec::H264 => "video/H264",
        Codec::H265 => "video/H265",
        Codec::Vp9 => "video/VP9",
        Codec::Av1 => "video/AV1",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(layers: [Option<Layer>; LAYERS]) -> Track {
        let mut track = Track::new(
            "TR_v".into(),
            "RM_a".into(),
            Publisher::Port(1, 0),
            Kind::Video,
            Vec::new(),
            Vec::new(),
        );
        track.layers = layers;
        track
    }

    #[test]
    fn packets_are_missed_by_their_numbers_in_all_layers() {
        let now = Instant::now();
        let layer = || Some(Layer::new(None, 1.into(), None, Duration::ZERO, now));
        let mut track = track([layer(), layer(), None]);
        let mut losses_after = |layer: usize, sequences: &[u64]| {
            for sequence in sequences {
                let layer = track.layers[layer].as_mut().unwrap();
                layer.received(1000, *sequence, 0, now);
            }
            track.losses()
        };
        assert_eq!(losses_after(0, &[65_534, 65_535, 65_536]), (3, 0));
        assert_eq!(losses_after(0, &[65_540]), (7, 3));
        assert_eq!(losses_after(0, &[65_538]), (7, 2), "one came late");
        assert_eq!(losses_after(1, &[0, 2]), (10, 3));
        assert_eq!(losses_after(0, &[5, 6, 90_000]), (13, 3), "begun anew");
    }

    #[test]
    fn frames_are_counted_once_though_they_have_many_packets_and_layers() {
        let now = Instant::now();
        let layer = || Some(Layer::new(None, 1.into(), None, Duration::ZERO, now));
        let mut track = track([layer(), layer(), None]);
        let mut film = |layer: usize, timestamps: &[u32]| {
            let layer = track.layers[layer].as_mut().unwrap();
            for timestamp in timestamps {
                layer.received(1000, 0, *timestamp, now);
            }
            track.count_frames();
            track.frames
        };
        let wrapped = 3000_u32.wrapping_sub(6000);
        assert_eq!(film(0, &[wrapped, wrapped, 0, wrapped, 3000]), 3);
        assert_eq!(film(1, &[0, 3000]), 5, "layers count where others rest");
        for layer in track.layers.iter_mut().flatten() {
            layer.received(1000, 0, 6000, now);
        }
        track.count_frames();
        assert_eq!(track.frames, 6);
    }

    #[test]
    fn layers_rank_among_what_was_announced() {
        let announced = |rids: &[&str]| rids.iter().map(|rid| rid.to_string()).collect::<Vec<_>>();
        assert_eq!(spatial_of("f", &announced(&["f", "h", "q"])), 2);
        assert_eq!(spatial_of("h", &announced(&["h", "q"])), 1);
        assert_eq!(spatial_of("q", &announced(&["h", "q"])), 0);
        assert_eq!(spatial_of("2", &announced(&["2", "1", "0"])), 0);
        assert_eq!(spatial_of("x", &announced(&["x"])), 0);
    }
}
