use std::sync::Arc;
use std::time::Instant;

use str0m::media::{Mid, Pt};
use str0m::rtp::{ExtensionValues, RtpPacket};

use super::continuity::Continuity;
use super::track::{LAYERS, Wish};
use super::vp8::Vp8Counters;
use crate::command::{Kind, PeerId};
use crate::egress::Outgoing;

/// One subscription on its way out: which layer it gets and how its numbers are rewritten.
pub(crate) struct Forwarder {
    pub peer: PeerId,
    pub mid: Mid,
    pub ssrc: u32,
    kind: Kind,
    /// The client wants media of this track.
    pub enabled: bool,
    /// Its bandwidth does not carry even the smallest layer.
    pub starved: bool,
    /// Highest layer the client wants.
    pub max_spatial: u8,
    /// Highest layer its bandwidth carries.
    pub allowed_spatial: u8,
    /// Layer being forwarded; `None` until a key frame comes.
    pub current: Option<u8>,
    /// Publisher's payload type and the subscriber's for the same codec (`None`: it has none).
    pub payload_type: Option<(Pt, Option<Pt>)>,
    /// The subscriber's payload type for redundant audio of that codec, where it takes it.
    pub redundant_type: Option<Pt>,
    continuity: Continuity,
    vp8: Vp8Counters,
}

/// What a packet looks like to every subscriber, found out once.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    /// Extended sequence number.
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload: &'a Arc<[u8]>,
    pub spatial: u8,
    pub starts_keyframe: bool,
    pub is_vp8: bool,
    /// Layers that have media, one bit each.
    pub live_layers: u8,
    /// When the media was captured, on our clock.
    pub captured_at: Instant,
    /// How loud it is: dB below full scale, as the publisher says.
    pub level: Option<u8>,
    pub now: Instant,
}

impl Forwarder {
    pub fn new(
        peer: PeerId,
        mid: Mid,
        ssrc: u32,
        kind: Kind,
        continuity: Continuity,
        wish: Wish,
    ) -> Forwarder {
        Forwarder {
            peer,
            mid,
            ssrc,
            kind,
            enabled: wish.enabled,
            starved: false,
            max_spatial: wish.max_spatial,
            allowed_spatial: LAYERS as u8 - 1,
            current: None,
            payload_type: None,
            redundant_type: None,
            continuity,
            vp8: Vp8Counters::default(),
        }
    }

    /// Media stops here; what comes next continues the numbers and begins with a key frame.
    pub fn pause(&mut self) {
        self.current = None;
        self.continuity.switch();
    }

    /// The layer this subscriber should have, given which ones have media.
    pub fn target(&self, live_layers: u8) -> Option<u8> {
        let limit = self.max_spatial.min(self.allowed_spatial);
        (self.enabled && !self.starved).then(|| best_layer(live_layers, limit))?
    }

    /// The packet to send for this arrival, if it is for this subscriber.
    pub fn forward(&mut self, arrival: &Arrival<'_>) -> Option<Outgoing> {
        let target = self.target(arrival.live_layers)?;
        if self.current != Some(arrival.spatial) {
            let startable = self.kind == Kind::Audio || arrival.starts_keyframe;
            if arrival.spatial != target || !startable {
                return None;
            }
            self.current = Some(target);
            self.continuity.switch();
            if arrival.is_vp8 {
                self.vp8.switch(arrival.payload);
            }
        }
        if arrival.payload.is_empty() {
            self.continuity.skip(arrival.sequence);
            return None;
        }
        let (_, Some(payload_type)) = self.payload_type? else {
            return None;
        };
        let (sequence, timestamp) =
            self.continuity
                .map(arrival.sequence, arrival.timestamp, arrival.now)?;
        let payload = if arrival.is_vp8 {
            self.vp8.renumbered(arrival.payload)
        } else {
            arrival.payload.clone()
        };
        Some(Outgoing {
            payload_type: *payload_type,
            sequence,
            timestamp,
            marker: arrival.marker,
            captured_at: arrival.captured_at,
            payload,
            nackable: self.kind == Kind::Video,
        })
    }
}

/// The highest layer with media up to `limit`, else the lowest above it.
pub(crate) fn best_layer(live_layers: u8, limit: u8) -> Option<u8> {
    let below = live_layers & ((2u8 << limit) - 1);
    match (live_layers, below) {
        (0, _) => None,
        (_, 0) => Some(live_layers.trailing_zeros() as u8),
        _ => Some(7 - below.leading_zeros() as u8),
    }
}

/// Header extensions that concern the media itself; those of the publisher's hop end here.
pub(crate) fn onward_extensions(packet: &RtpPacket) -> ExtensionValues {
    let from = &packet.header.ext_vals;
    ExtensionValues {
        audio_level: from.audio_level,
        voice_activity: from.voice_activity,
        video_orientation: from.video_orientation,
        abs_capture_time: from.abs_capture_time,
        play_delay_min: from.play_delay_min,
        play_delay_max: from.play_delay_max,
        ..ExtensionValues::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarder() -> Forwarder {
        let continuity = Continuity::new(90_000, 9);
        Forwarder::new(1, "v".into(), 9, Kind::Video, continuity, Wish::default())
    }

    #[test]
    fn the_target_is_the_highest_live_layer_within_wish_and_bandwidth() {
        let mut subscriber = forwarder();
        assert_eq!(subscriber.target(0b111), Some(2));
        subscriber.allowed_spatial = 1;
        assert_eq!(subscriber.target(0b111), Some(1));
        subscriber.max_spatial = 0;
        assert_eq!(subscriber.target(0b111), Some(0));
    }

    #[test]
    fn a_publisher_that_dropped_layers_still_gets_through() {
        let mut subscriber = forwarder();
        assert_eq!(subscriber.target(0b001), Some(0));
        subscriber.max_spatial = 0;
        assert_eq!(subscriber.target(0b100), Some(2));
        assert_eq!(subscriber.target(0), None);
    }

    #[test]
    fn a_disabled_subscription_has_no_target() {
        let mut subscriber = forwarder();
        subscriber.starved = true;
        assert_eq!(subscriber.target(0b111), None);
        subscriber.starved = false;
        subscriber.enabled = false;
        assert_eq!(subscriber.target(0b111), None);
    }
}
