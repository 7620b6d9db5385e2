//! Redundant audio (RFC 2198): packets that carry earlier ones again.

use std::sync::Arc;

/// Packets that one may carry again; clients send one or two.
const MAX_EARLIER: usize = 8;
const MORE: u8 = 0x80;
const PAYLOAD_TYPE: u8 = 0x7f;
const LENGTH: u32 = 0x3ff;

/// What is in a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redundant<'a> {
    /// What is carried again, in its order: the oldest first.
    pub earlier: Vec<Earlier<'a>>,
    /// The packet's own.
    pub primary: &'a [u8],
}

/// The payload of an earlier packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier<'a> {
    /// Ticks of the stream's clock by which it is older, up to 16383.
    pub age: u32,
    pub payload: &'a [u8],
}

/// Takes a payload apart. What is in another codec than `payload_type` is left out.
///
/// `None` for what is broken, and where the packet's own payload is in another codec.
pub fn read(payload: &[u8], payload_type: u8) -> Option<Redundant<'_>> {
    let (mut blocks, mut rest) = (Vec::new(), payload);
    loop {
        let (first, after) = rest.split_first()?;
        if first & MORE == 0 {
            rest = after;
            if *first != payload_type {
                return None;
            }
            break;
        }
        let (header, after) = rest.split_first_chunk::<4>()?;
        let header = u32::from_be_bytes(*header);
        blocks.push((first & PAYLOAD_TYPE, header >> 10 & 0x3fff, header & LENGTH));
        rest = after;
        if blocks.len() > MAX_EARLIER {
            return None;
        }
    }
    let mut earlier = Vec::with_capacity(blocks.len());
    for (codec, age, length) in blocks {
        let (payload, after) = rest.split_at_checked(length as usize)?;
        rest = after;
        if codec == payload_type && age > 0 && !payload.is_empty() {
            earlier.push(Earlier { age, payload });
        }
    }
    Some(Redundant {
        earlier,
        primary: rest,
    })
}

/// The same payload for a client that has another number for the codec inside.
pub fn renumbered(payload: &Arc<[u8]>, from: u8, to: u8) -> Arc<[u8]> {
    if from == to {
        return payload.clone();
    }
    let mut changed = payload.to_vec();
    let mut at = 0;
    while let Some(first) = changed.get_mut(at) {
        let more = *first & MORE;
        if *first & PAYLOAD_TYPE == from {
            *first = more | to;
        }
        if more == 0 {
            break;
        }
        at += 4;
    }
    changed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two earlier packets, of 1920 and 960 ticks ago, before one of its own.
    const PACKET: [u8; 15] = [
        0x80 | 111,
        0x1e,
        0x00,
        2,
        0x80 | 111,
        0x0f,
        0x00,
        1,
        111,
        1,
        2,
        3,
        4,
        5,
        6,
    ];

    #[test]
    fn a_payload_is_taken_apart() {
        let found = read(&PACKET, 111).unwrap();
        assert_eq!(found.primary, [4, 5, 6]);
        let earlier = |age, payload| Earlier { age, payload };
        assert_eq!(
            found.earlier,
            [earlier(1920, &[1, 2][..]), earlier(960, &[3])]
        );
    }

    #[test]
    fn other_codecs_are_left_out_and_what_is_cut_off_is_refused() {
        let mut mixed = PACKET;
        mixed[0] = 0x80 | 13;
        let found = read(&mixed, 111).unwrap();
        assert_eq!((found.earlier.len(), found.primary), (1, &[4, 5, 6][..]));
        assert_eq!(read(&PACKET, 63), None);
        for end in 0..12 {
            assert_eq!(read(&PACKET[..end], 111), None, "{end}");
        }
        assert_eq!(read(&[0x80 | 111; 400], 111), None);
    }

    #[test]
    fn the_codec_has_the_clients_number() {
        let payload: Arc<[u8]> = PACKET.into();
        assert!(Arc::ptr_eq(&renumbered(&payload, 111, 111), &payload));
        let changed = renumbered(&payload, 111, 96);
        assert_eq!(read(&changed, 111), None);
        assert_eq!(read(&changed, 96), read(&PACKET, 111));
    }
}
