//! Does this RTP payload start a key frame? The codec's own header bytes tell, which stay clear even under
//! end-to-end encryption.

use str0m::format::Codec;
use str0m::rtp::Vp8Descriptor;

/// Whether `payload` holds the beginning of a frame that a decoder can start with.
///
/// A codec whose payload we cannot read counts as always startable, so that its media flows.
pub fn starts_keyframe(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::Vp8 => Vp8Descriptor::parse(payload)
            .is_ok_and(|descriptor| descriptor.starts_keyframe(payload)),
        Codec::Vp9 => vp9(payload),
        Codec::H264 => h264(payload),
        Codec::H265 => h265(payload),
        Codec::Av1 => av1(payload),
        _ => true,
    }
}

/// RFC 9628 §4.2: not inter-picture predicted (P = 0) and the beginning of a frame (B = 1).
fn vp9(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|flags| flags & 0x40 == 0 && flags & 0x08 != 0)
}

/// RFC 6184 §5.4: a sequence parameter set or an IDR slice, alone, aggregated (STAP-A) or fragmented (FU-A).
fn h264(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    let starts = |header: u8| matches!(header & 0x1f, IDR | SPS);
    match payload {
        [header, rest @ ..] if header & 0x1f == 24 => {
            units(rest).any(|unit| unit.first().is_some_and(|h| starts(*h)))
        }
        [indicator, fu, ..] if indicator & 0x1f == 28 => fu & 0x80 != 0 && starts(*fu),
        [header, ..] => starts(*header),
        [] => false,
    }
}

/// RFC 7798 §4.4: a parameter set or an intra random access point, alone, aggregated (AP) or fragmented (FU).
fn h265(payload: &[u8]) -> bool {
    let kind = |header: u8| (header >> 1) & 0x3f;
    let starts = |kind: u8| matches!(kind, 16..=23 | 32..=34);
    match payload {
        [header, _, rest @ ..] if kind(*header) == 48 => {
            units(rest).any(|unit| unit.first().is_some_and(|h| starts(kind(*h))))
        }
        [header, _, fu, ..] if kind(*header) == 49 => fu & 0x80 != 0 && starts(fu & 0x3f),
        [header, _, ..] => starts(kind(*header)),
        _ => false,
    }
}

/// The units of an aggregation packet: each with two bytes of length before it.
fn units(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let size = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        let unit = rest.get(2..2 + size)?;
        rest = &rest[2 + size..];
        Some(unit)
    })
}

/// AV1 RTP specification §4.4: the aggregation header's N bit opens a coded video sequence.
fn av1(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|aggregation| aggregation & 0x08 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_are_told_from_other_frames_in_every_codec() {
        let cases: &[(Codec, &[u8], bool)] = &[
            (Codec::Vp8, &[0x10, 0x00, 0x00], true),
            (Codec::Vp8, &[0x10, 0x01, 0x00], false),
            (Codec::Vp8, &[0x00, 0x00, 0x00], false),
            (Codec::Vp9, &[0x08, 0x00], true),
            (Codec::Vp9, &[0x48, 0x00], false),
            (Codec::H264, &[0x67, 0x42], true),
            (Codec::H264, &[0x65, 0x88], true),
            (Codec::H264, &[0x41, 0x9a], false),
            (Codec::H264, &[0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68], true),
            (Codec::H264, &[0x78, 0, 2, 0x41, 0x9a], false),
            (Codec::H264, &[0x7c, 0x85, 0x88], true),
            (Codec::H264, &[0x7c, 0x05, 0x88], false),
            (Codec::H265, &[0x26, 0x01, 0xaf], true),
            (Codec::H265, &[0x02, 0x01, 0xd0], false),
            (Codec::Av1, &[0x18, 0x0a], true),
            (Codec::Av1, &[0x10, 0x0a], false),
            (Codec::Opus, &[0xfc], true),
        ];
        for (codec, payload, expected) in cases {
            assert_eq!(
                starts_keyframe(*codec, payload),
                *expected,
                "{codec:?} {payload:02x?}"
            );
        }
    }

    #[test]
    fn truncated_payloads_start_nothing_and_panic_nowhere() {
        for codec in [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::H265, Codec::Av1] {
            assert!(!starts_keyframe(codec, &[]));
            for first in 0..=255u8 {
                for length in 1..6 {
                    starts_keyframe(codec, &vec![first; length]);
                }
            }
        }
    }
}
