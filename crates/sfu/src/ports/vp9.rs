//! VP9 in RTP (RFC 9628).

const PICTURE_ID: u8 = 0x80;
const INTER_PREDICTED: u8 = 0x40;
const LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const BEGIN: u8 = 0x08;
const END: u8 = 0x04;
const STRUCTURE: u8 = 0x02;

/// Joins the frames of one superframe: one frame for each spatial layer.
#[derive(Debug, Default)]
pub struct Vp9Frames {
    /// Where in the unit each frame ends.
    ends: Vec<usize>,
    /// A frame has begun and not ended.
    open: bool,
}

impl Vp9Frames {
    pub(super) fn append(&mut self, payload: &[u8], unit: &mut Vec<u8>) -> Option<()> {
        let (flags, part) = split(payload)?;
        if (flags & BEGIN != 0) == self.open {
            return None;
        }
        unit.extend_from_slice(part);
        self.open = flags & END == 0;
        if !self.open {
            self.ends.push(unit.len());
        }
        Some(())
    }

    /// Adds the index that tells a decoder where the frames are (VP9 bitstream specification, Annex B).
    pub(super) fn finish(&mut self, unit: &mut Vec<u8>) -> bool {
        let ends = std::mem::take(&mut self.ends);
        if std::mem::take(&mut self.open) || ends.len() > 8 {
            return false;
        }
        if ends.len() > 1 {
            let marker = 0xc0 | 3 << 3 | (ends.len() - 1) as u8;
            unit.push(marker);
            let mut start = 0;
            for end in ends {
                unit.extend_from_slice(&((end - start) as u32).to_le_bytes());
                start = end;
            }
            unit.push(marker);
        }
        true
    }
}

/// The first byte of the payload descriptor, and what follows the descriptor (RFC 9628 §4.2).
fn split(payload: &[u8]) -> Option<(u8, &[u8])> {
    let (flags, mut rest) = payload.split_first()?;
    if flags & PICTURE_ID != 0 {
        let long = rest.first()? & 0x80 != 0;
        rest = rest.get(1 + usize::from(long)..)?;
    }
    if flags & LAYERS != 0 {
        let has_index = flags & FLEXIBLE == 0;
        rest = rest.get(1 + usize::from(has_index)..)?;
    }
    if flags & (FLEXIBLE | INTER_PREDICTED) == FLEXIBLE | INTER_PREDICTED {
        for _ in 0..3 {
            let (difference, after) = rest.split_first()?;
            rest = after;
            if difference & 1 == 0 {
                break;
            }
        }
    }
    if flags & STRUCTURE != 0 {
        rest = skip_structure(rest)?;
    }
    Some((*flags, rest))
}

/// What follows the scalability structure (RFC 9628 §4.2.1).
fn skip_structure(bytes: &[u8]) -> Option<&[u8]> {
    let (head, mut rest) = bytes.split_first()?;
    if head & 0x10 != 0 {
        let layers = usize::from(head >> 5) + 1;
        rest = rest.get(4 * layers..)?;
    }
    if head & 0x08 != 0 {
        let (pictures, after) = rest.split_first()?;
        rest = after;
        for _ in 0..*pictures {
            let references = usize::from(rest.first()? >> 2 & 3);
            rest = rest.get(1 + references..)?;
        }
    }
    Some(rest)
}

/// Cuts a frame into payloads of at most `size` bytes, in the mode without flexible references or layers.
pub(super) fn packetize(
    frame: &[u8],
    size: usize,
    picture: u16,
    keyframe: bool,
    mut emit: impl FnMut(Vec<u8>),
) {
    let [high, low] = picture.to_be_bytes();
    let parts = frame.chunks(size.saturating_sub(3).max(1));
    let last = parts.len().saturating_sub(1);
    for (index, part) in parts.enumerate() {
        let mut flags = PICTURE_ID;
        if !keyframe {
            flags |= INTER_PREDICTED;
        }
        if index == 0 {
            flags |= BEGIN;
        }
        if index == last {
            flags |= END;
        }
        let mut payload = vec![flags, 0x80 | high, low];
        payload.extend_from_slice(part);
        emit(payload);
    }
}

/// Whether this frame needs no other (VP9 bitstream specification §6.2).
pub(super) fn is_keyframe(frame: &[u8]) -> bool {
    let Some(first) = frame.first() else {
        return false;
    };
    // frame_marker (2), profile (2, and a reserved bit for profile 3), show_existing_frame, frame_type.
    let profile_3 = first & 0x30 == 0x30;
    let (shown_again, inter) = if profile_3 {
        (first & 0x04, first & 0x02)
    } else {
        (first & 0x08, first & 0x04)
    };
    shown_again == 0 && inter == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spatial_layers_become_a_superframe_with_its_index() {
        let (mut frames, mut unit) = (Vp9Frames::default(), Vec::new());
        // Two layers; the first in two packets, with a scalability structure before it.
        let structure = [2 << 5 >> 1 | 0x08, 2, 0x04, 9, 0x00];
        let mut first = vec![0x8a | LAYERS, 5, 0, 1];
        first.extend_from_slice(&structure);
        first.extend_from_slice(&[1, 2]);
        frames.append(&first, &mut unit).unwrap();
        frames
            .append(&[0x84 | LAYERS, 5, 0, 1, 3], &mut unit)
            .unwrap();
        frames
            .append(&[0x8c | LAYERS, 5, 2, 1, 4], &mut unit)
            .unwrap();
        assert!(frames.finish(&mut unit));
        assert_eq!(unit[..4], [1, 2, 3, 4]);
        assert_eq!(unit[4..], [0xd9, 3, 0, 0, 0, 1, 0, 0, 0, 0xd9]);
    }

    #[test]
    fn a_missing_beginning_or_end_is_noticed() {
        let (mut frames, mut unit) = (Vp9Frames::default(), Vec::new());
        assert_eq!(frames.append(&[0x04, 1], &mut unit), None);
        frames.append(&[0x08, 1], &mut unit).unwrap();
        assert!(!frames.finish(&mut unit));
    }

    #[test]
    fn flexible_references_are_skipped() {
        assert_eq!(split(&[0x58, 0x03, 0x02, 7]), Some((0x58, &[7][..])));
        assert_eq!(split(&[0x58, 0x03, 0x03, 0x03, 7]), Some((0x58, &[7][..])));
    }
}
