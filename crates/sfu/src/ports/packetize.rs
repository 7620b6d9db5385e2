//! From encoded access units to RTP payloads.

use str0m::format::Codec;

use super::nal::{self, Family};
use super::{av1, vp8, vp9};

/// Bytes of a payload at most: with all headers and extensions it fits into every MTU in use.
pub const MAX_PAYLOAD: usize = 1100;

/// Cuts one access unit after the other.
#[derive(Debug)]
pub struct Packetizer {
    codec: Codec,
    /// Counts frames, for the codecs whose payload descriptor has such a number.
    picture: u16,
}

impl Packetizer {
    pub fn new(codec: Codec) -> Packetizer {
        Packetizer { codec, picture: 0 }
    }

    /// The payloads of an access unit in order; none for one that is not in the form that `frames` asks for.
    pub fn packetize(&mut self, unit: &[u8]) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        let mut emit = |payload| payloads.push(payload);
        match self.codec {
            Codec::Vp8 => vp8::packetize(unit, MAX_PAYLOAD, self.picture, emit),
            Codec::Vp9 => {
                let keyframe = vp9::is_keyframe(unit);
                vp9::packetize(unit, MAX_PAYLOAD, self.picture, keyframe, emit);
            }
            Codec::Av1 => {
                if av1::packetize(unit, MAX_PAYLOAD, emit).is_none() {
                    payloads.clear();
                }
            }
            Codec::H264 => nal::packetize(Family::H264, unit, MAX_PAYLOAD, emit),
            Codec::H265 => nal::packetize(Family::H265, unit, MAX_PAYLOAD, emit),
            _ => emit(unit.to_vec()),
        }
        self.picture = (self.picture + 1) & 0x7fff;
        payloads
    }
}

/// Whether an access unit can be decoded without those before it; always so for audio.
pub fn is_keyframe(codec: Codec, unit: &[u8]) -> bool {
    match codec {
        Codec::Vp8 => unit.first().is_some_and(|first| first & 1 == 0),
        Codec::Vp9 => vp9::is_keyframe(unit),
        Codec::Av1 => av1::is_keyframe(unit),
        Codec::H264 => nal::is_keyframe(Family::H264, unit),
        Codec::H265 => nal::is_keyframe(Family::H265, unit),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::depacketize::Depacketizer;
    use super::*;
    use crate::media::keyframe::starts_keyframe;

    #[test]
    fn what_is_cut_is_joined_again_and_known_as_a_keyframe() {
        let long = [7u8; 3000];
        let h264 = [
            &[0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65][..],
            &long,
        ]
        .concat();
        let av1 = [&[0x0a, 1, 1, 0x32, 0xb8, 0x17][..], &long].concat();
        let cases = [
            (Codec::Vp8, [&[0x10][..], &long].concat()),
            (Codec::Vp9, [&[0x82][..], &long].concat()),
            (Codec::Av1, av1),
            (Codec::H264, h264),
            (Codec::Opus, vec![1, 2, 3]),
        ];
        for (codec, unit) in cases {
            let payloads = Packetizer::new(codec).packetize(&unit);
            assert!(payloads.iter().all(|payload| payload.len() <= MAX_PAYLOAD));
            assert!(starts_keyframe(codec, &payloads[0]), "{codec:?}");
            assert!(is_keyframe(codec, &unit), "{codec:?}");
            let (mut depacketizer, mut joined) = (Depacketizer::new(codec), Vec::new());
            for payload in &payloads {
                depacketizer.push(payload, &mut joined).unwrap();
            }
            depacketizer.finish(true, &mut joined).unwrap();
            assert_eq!(joined, unit, "{codec:?}");
        }
    }

    #[test]
    fn no_payload_makes_a_depacketizer_panic() {
        let codecs = [Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H264, Codec::H265];
        for codec in codecs {
            let mut depacketizer = Depacketizer::new(codec);
            for first in 0..=255u8 {
                for second in [0, 0x10, 0x80, 0x90, 0xff] {
                    for length in 0..6 {
                        let mut payload = vec![first, second];
                        payload.resize(length, second);
                        let mut unit = Vec::new();
                        let _ = depacketizer.push(&payload, &mut unit);
                        let _ = depacketizer.finish(first & 1 == 0, &mut unit);
                    }
                }
            }
        }
    }
}
