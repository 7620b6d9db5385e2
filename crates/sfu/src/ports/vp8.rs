//! VP8 in RTP (RFC 7741).

/// Appends the part of a frame that follows the payload descriptor (RFC 7741 §4.2).
pub(super) fn append(payload: &[u8], unit: &mut Vec<u8>) -> Option<()> {
    let (first, mut rest) = payload.split_first()?;
    if first & EXTENDED != 0 {
        let (extension, after) = rest.split_first()?;
        rest = after;
        if extension & 0x80 != 0 {
            let long = rest.first()? & 0x80 != 0;
            rest = rest.get(1 + usize::from(long)..)?;
        }
        if extension & 0x40 != 0 {
            rest = rest.get(1..)?;
        }
        if extension & 0x30 != 0 {
            rest = rest.get(1..)?;
        }
    }
    unit.extend_from_slice(rest);
    Some(())
}

const EXTENDED: u8 = 0x80;
const STARTS_PARTITION: u8 = 0x10;

/// Cuts a frame into payloads of at most `size` bytes, each with a 15-bit picture id, which counts frames.
pub(super) fn packetize(frame: &[u8], size: usize, picture: u16, mut emit: impl FnMut(Vec<u8>)) {
    let [high, low] = picture.to_be_bytes();
    for (index, part) in frame.chunks(size.saturating_sub(4).max(1)).enumerate() {
        let start = if index == 0 { STARTS_PARTITION } else { 0 };
        let mut payload = vec![EXTENDED | start, 0x80, 0x80 | high, low];
        payload.extend_from_slice(part);
        emit(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_of_all_lengths_are_taken_off() {
        for (payload, frame) in [
            (&[0x10, 7, 8][..], &[7, 8][..]),
            (&[0x90, 0x80, 0x05, 7], &[7]),
            (&[0x90, 0x80, 0x85, 0x01, 7], &[7]),
            (&[0x90, 0xe0, 0x85, 0x01, 2, 3, 7], &[7]),
            (&[0x90, 0x10, 3, 7], &[7]),
        ] {
            let mut unit = Vec::new();
            assert_eq!(append(payload, &mut unit), Some(()));
            assert_eq!(unit, frame);
        }
        for broken in [&[][..], &[0x80], &[0x80, 0x80], &[0x80, 0x80, 0x80]] {
            assert_eq!(append(broken, &mut Vec::new()), None);
        }
    }
}
