use str0m::rtp::{Vp8Descriptor, Vp8Patch};

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

    /// The change this packet needs on its way out, if any.
    pub fn patch(&mut self, payload: &[u8]) -> Option<Vp8Patch> {
        let descriptor = Vp8Descriptor::parse(payload).ok()?;
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
            return None;
        }
        let build = |picture: Option<u16>| {
            let mut patch = descriptor.patch();
            if let Some(picture) = picture {
                patch = patch.picture_id(picture);
            }
            if let Some(tl0) = tl0 {
                patch = patch.tl0_pic_idx(tl0);
            }
            if let Some(key) = key {
                patch = patch.key_idx(key);
            }
            patch.build().ok()
        };
        // A publisher may write short picture ids, of 7 bits.
        build(picture).or_else(|| build(picture.map(|id| id & 0x7f)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(id: u16, tl0: u8) -> Vec<u8> {
        vec![
            0x90,
            0xc0 | 0x20,
            0x80 | (id >> 8) as u8,
            id as u8,
            tl0,
            0,
            0x00,
            0x00,
        ]
    }

    #[test]
    fn an_untouched_source_needs_no_patch() {
        let mut counters = Vp8Counters::default();
        assert!(counters.patch(&picture(100, 7)).is_none());
        assert!(counters.patch(&picture(101, 8)).is_none());
    }

    #[test]
    fn a_new_source_continues_the_old_ones_numbers() {
        let mut counters = Vp8Counters::default();
        counters.patch(&picture(0x7fff, 255));
        let first = picture(9000, 40);
        counters.switch(&first);
        assert!(counters.patch(&first).is_some());
        assert_eq!(counters.last, Some((0, 0, 0)));
        counters.patch(&picture(9001, 41));
        assert_eq!(counters.last, Some((1, 1, 0)));
    }
}
