//! Access units out of packets in order.

use std::sync::Arc;
use std::time::Instant;

use str0m::format::Codec;

use super::depacketize::Depacketizer;
use crate::media::keyframe::starts_keyframe;

/// Bytes of an access unit at most.
const MAX_UNIT: usize = 8 << 20;

/// What of a packet an access unit is made of.
#[derive(Debug, Clone)]
pub struct Packet {
    pub timestamp: u32,
    pub marker: bool,
    pub captured_at: Instant,
    /// How loud it is, as the publisher says.
    pub level: Option<u8>,
    pub payload: Arc<[u8]>,
}

/// One encoded access unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit {
    pub timestamp: u32,
    pub captured_at: Instant,
    pub keyframe: bool,
    /// Something before it is missing.
    pub gap: bool,
    /// How loud it is, as the publisher says.
    pub level: Option<u8>,
    pub data: Vec<u8>,
}

/// Joins packets to access units. After a loss, video goes on with the next keyframe, so that all that comes out
/// can be decoded.
#[derive(Debug)]
pub struct Assembler {
    codec: Codec,
    depacketizer: Depacketizer,
    building: Option<Unit>,
    gap: bool,
    needs_keyframe: bool,
}

impl Assembler {
    pub fn new(codec: Codec) -> Assembler {
        Assembler {
            codec,
            depacketizer: Depacketizer::new(codec),
            building: None,
            gap: false,
            needs_keyframe: codec.is_video(),
        }
    }

    pub fn needs_keyframe(&self) -> bool {
        self.needs_keyframe
    }

    /// Something was lost before what comes next.
    pub fn lose(&mut self) {
        self.gap = true;
        self.start_anew();
    }

    /// What comes next does not continue what came before, though nothing was lost.
    pub fn start_anew(&mut self) {
        self.building = None;
        self.depacketizer.abandon();
        self.needs_keyframe = self.codec.is_video();
    }

    /// Takes the next packet; gives access units that are complete with it: mostly one at most.
    pub fn push(&mut self, packet: &Packet, mut emit: impl FnMut(Unit)) {
        let is_video = self.codec.is_video();
        if self
            .building
            .as_ref()
            .is_some_and(|unit| unit.timestamp != packet.timestamp)
        {
            self.complete(&mut emit);
        }
        let starts = starts_keyframe(self.codec, &packet.payload);
        if self.building.is_none() && self.needs_keyframe && !starts {
            return;
        }
        let unit = self.building.get_or_insert_with(|| Unit {
            timestamp: packet.timestamp,
            captured_at: packet.captured_at,
            keyframe: false,
            gap: self.gap,
            level: packet.level,
            data: Vec::new(),
        });
        unit.keyframe |= starts;
        let taken = self.depacketizer.push(&packet.payload, &mut unit.data);
        if taken.is_err() || unit.data.len() > MAX_UNIT {
            self.lose();
        } else if !is_video || packet.marker {
            self.complete(&mut emit);
        }
    }

    fn complete(&mut self, emit: &mut impl FnMut(Unit)) {
        let Some(mut unit) = self.building.take() else {
            return;
        };
        let whole = self.depacketizer.finish(unit.keyframe, &mut unit.data);
        if whole.is_err() {
            self.lose();
        } else if !unit.data.is_empty() {
            self.needs_keyframe &= !unit.keyframe;
            self.gap = false;
            emit(unit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(timestamp: u32, marker: bool, payload: &[u8]) -> Packet {
        Packet {
            timestamp,
            marker,
            captured_at: Instant::now(),
            level: None,
            payload: payload.into(),
        }
    }

    fn units(assembler: &mut Assembler, packets: &[Packet]) -> Vec<(u32, bool, bool, Vec<u8>)> {
        let mut units = Vec::new();
        for packet in packets {
            assembler.push(packet, |u| {
                units.push((u.timestamp, u.keyframe, u.gap, u.data));
            });
        }
        units
    }

    #[test]
    fn video_starts_with_a_keyframe_and_ends_at_marker_or_time() {
        let mut assembler = Assembler::new(Codec::Vp8);
        let found = units(
            &mut assembler,
            &[
                packet(1, true, &[0x10, 0x01, 9]),
                packet(2, false, &[0x10, 0x00, 1]),
                packet(2, true, &[0x00, 2]),
                packet(3, false, &[0x10, 0x01, 3]),
                packet(4, true, &[0x10, 0x01, 4]),
            ],
        );
        assert_eq!(
            found,
            [
                (2, true, false, vec![0, 1, 2]),
                (3, false, false, vec![1, 3]),
                (4, false, false, vec![1, 4]),
            ]
        );
    }

    #[test]
    fn after_a_loss_video_waits_for_a_keyframe_and_says_so() {
        let mut assembler = Assembler::new(Codec::Vp8);
        units(&mut assembler, &[packet(1, true, &[0x10, 0x00])]);
        assert!(!assembler.needs_keyframe());
        assembler.lose();
        assert!(assembler.needs_keyframe());
        let found = units(
            &mut assembler,
            &[
                packet(2, true, &[0x10, 0x01]),
                packet(3, true, &[0x10, 0x00]),
                packet(4, true, &[0x10, 0x01]),
            ],
        );
        assert_eq!(
            found,
            [(3, true, true, vec![0]), (4, false, false, vec![1]),]
        );
    }

    #[test]
    fn audio_goes_on_after_a_loss() {
        let mut assembler = Assembler::new(Codec::Opus);
        assembler.lose();
        let found = units(
            &mut assembler,
            &[packet(1, false, &[7]), packet(2, false, &[8])],
        );
        assert_eq!(found, [(1, true, true, vec![7]), (2, true, false, vec![8])]);
    }
}
