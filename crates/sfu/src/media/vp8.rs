use std::sync::Arc;

use str0m::rtp::Vp8Descriptor;

/// Keeps VP8's own counters continuous for one subscriber (RFC 7741 §4.2).
///
/// Each simulcast layer counts pictures by itself; a decoder that sees the number jump back drops frames.
#[derive(Default)]
pub(crate) struct Vp8Counters {
    picture_offset: u16,
    tl0_offset: u8,
    key_offset: u8,
    last: Option<(u16, u8, u8)>,
}

impl Vp8Counters {
    /// A new source starts with this packet: continue where the last one ended.
    pub fn switch(&mut self, payload: &[u8]) {
        let (Ok(descriptor), Some((picture, tl0, key))) =
            (Vp8Descriptor::parse(payload), self.last)
        else {
            return;
        };
        if let Some(next) = descriptor.picture_id() {
            self.picture_offset = picture.wrapping_add(1).wrapping_sub(next);
        }
        if let Some(next) = descriptor.tl0_pic_idx() {
            self.tl0_offset = tl0.wrapping_add(1).wrapping_sub(next);
        }
        if let Some(next) = descriptor.key_idx() {
            self.key_offset = key.wrapping_add(1).wrapping_sub(next);
        }
    }

    /// The payload as this subscriber must get it; shared with the others while its numbers need no change.
    pub fn renumbered(&mut self, payload: &Arc<[u8]>) -> Arc<[u8]> {
        let Ok(descriptor) = Vp8Descriptor::parse(payload) else {
            return payload.clone();
        };
        let picture = descriptor
            .picture_id()
            .map(|id| id.wrapping_add(self.picture_offset) & 0x7fff);
        let tl0 = descriptor
            .tl0_pic_idx()
            .map(|index| index.wrapping_add(self.tl0_offset));
        let key = descriptor
            .key_idx()
            .map(|index| index.wrapping_add(self.key_offset) & 0x1f);
        self.last = Some((picture.unwrap_or(0), tl0.unwrap_or(0), key.unwrap_or(0)));
        if self.picture_offset == 0 && self.tl0_offset == 0 && self.key_offset == 0 {
            return payload.clone();
        }
        let mut changed: Vec<u8> = payload.to_vec();
        write_numbers(&mut changed, picture, tl0, key);
        changed.into()
    }
}

/// Overwrites the numbers of a payload descriptor, which has those that are given (RFC 7741 §4.2).
fn write_numbers(payload: &mut [u8], picture: Option<u16>, tl0: Option<u8>, key: Option<u8>) {
    const LONG_PICTURE: u8 = 0x80;
    const KEY_BITS: u8 = 0x1f;
    let mut rest = &mut payload[2..];
    if let Some(picture) = picture {
        // A publisher may write short picture ids, of 7 bits.
        let [high, low] = picture.to_be_bytes();
        let size = if rest[0] & LONG_PICTURE != 0 {
            rest[..2].copy_from_slice(&[high | LONG_PICTURE, low]);
            2
        } else {
            rest[0] = low & !LONG_PICTURE;
            1
        };
        rest = &mut rest[size..];
    }
    if let Some(tl0) = tl0 {
        rest[0] = tl0;
        rest = &mut rest[1..];
    }
    if let Some(key) = key {
        rest[0] = rest[0] & !KEY_BITS | key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(id: u16, tl0: u8) -> Arc<[u8]> {
        Arc::new([
            0x90,
            0xc0 | 0x20,
            0x80 | (id >> 8) as u8,
            id as u8,
            tl0,
            0,
            0x00,
            0x00,
        ])
    }

    #[test]
    fn an_untouched_source_is_shared_as_it_is() {
        let mut counters = Vp8Counters::default();
        for packet in [picture(100, 7), picture(101, 8)] {
            assert!(Arc::ptr_eq(&counters.renumbered(&packet), &packet));
        }
    }

    #[test]
    fn a_new_source_continues_the_old_ones_numbers() {
        let mut counters = Vp8Counters::default();
        counters.renumbered(&picture(0x7fff, 255));
        let first = picture(9000, 40);
        counters.switch(&first);
        assert_eq!(counters.renumbered(&first), picture(0, 0));
        assert_eq!(counters.renumbered(&picture(9001, 41)), picture(1, 1));
    }

    #[test]
    fn short_picture_ids_and_key_numbers_keep_their_shape() {
        let packet = |id: u8, key: u8| Arc::<[u8]>::from([0x90, 0x80 | 0x10, id, 0xe0 | key, 1]);
        let mut counters = Vp8Counters::default();
        counters.renumbered(&packet(126, 3));
        counters.switch(&packet(10, 9));
        assert_eq!(counters.renumbered(&packet(10, 9)), packet(127, 4));
        assert_eq!(counters.renumbered(&packet(11, 10)), packet(0, 5));
    }
}
