//! AV1 in RTP (RTP payload format for AV1, §4).

use super::bits::{read_leb128, write_leb128};

const CONTINUES: u8 = 0x80;
const CONTINUED: u8 = 0x40;
const NEW_SEQUENCE: u8 = 0x08;

const HAS_EXTENSION: u8 = 0x04;
const HAS_SIZE: u8 = 0x02;
const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const TILE_LIST: u8 = 8;
const PADDING: u8 = 15;

/// Joins the OBUs of one temporal unit, each with its size (AV1 bitstream specification §5.2).
#[derive(Debug, Default)]
pub struct Av1Units {
    /// The beginning of an OBU that goes on in the next packet.
    partial: Option<Vec<u8>>,
}

impl Av1Units {
    pub(super) fn append(&mut self, payload: &[u8], unit: &mut Vec<u8>) -> Option<()> {
        let (aggregation, mut rest) = payload.split_first()?;
        if (aggregation & CONTINUES != 0) != self.partial.is_some() {
            return None;
        }
        let mut left = usize::from(aggregation >> 4 & 3);
        while !rest.is_empty() {
            let (element, after) = if left == 1 {
                (rest, &[][..])
            } else {
                let (size, after) = read_leb128(rest)?;
                after.split_at_checked(size)?
            };
            left = left.saturating_sub(1);
            rest = after;
            let mut obu = self.partial.take().unwrap_or_default();
            obu.extend_from_slice(element);
            if rest.is_empty() && aggregation & CONTINUED != 0 {
                self.partial = Some(obu);
            } else {
                append_sized(&obu, unit)?;
            }
        }
        Some(())
    }

    pub(super) fn finish(&mut self) -> bool {
        self.partial.take().is_none()
    }
}

fn kind(header: u8) -> u8 {
    header >> 3 & 0x0f
}

/// Writes an OBU with its size, unless it is of a kind that a temporal unit in a file has no use for.
fn append_sized(obu: &[u8], unit: &mut Vec<u8>) -> Option<()> {
    let (header, payload) = split_obu(obu)?;
    if matches!(kind(obu[0]), TEMPORAL_DELIMITER | TILE_LIST | PADDING) {
        return Some(());
    }
    unit.push(header[0] | HAS_SIZE);
    unit.extend_from_slice(&header[1..]);
    write_leb128(unit, payload.len());
    unit.extend_from_slice(payload);
    Some(())
}

/// Header without the size field, and payload, of one OBU that ends with `obu`.
fn split_obu(obu: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *obu.first()?;
    let header = 1 + usize::from(first & HAS_EXTENSION != 0);
    let (header, rest) = obu.split_at_checked(header)?;
    if first & HAS_SIZE == 0 {
        return Some((header, rest));
    }
    let (size, rest) = read_leb128(rest)?;
    Some((header, rest.get(..size)?))
}

/// Cuts a temporal unit into payloads of at most `size` bytes.
///
/// Gives `None` for one that is not in the low-overhead format with sizes.
pub(super) fn packetize(unit: &[u8], size: usize, mut emit: impl FnMut(Vec<u8>)) -> Option<()> {
    let obus = obus(unit)?;
    let opens_sequence = obus.iter().any(|obu| kind(obu[0]) == SEQUENCE_HEADER);
    let mut new_sequence = if opens_sequence { NEW_SEQUENCE } else { 0 };
    let room = size.saturating_sub(1).max(1);
    for obu in obus {
        let parts = obu.chunks(room);
        let last = parts.len() - 1;
        for (index, part) in parts.enumerate() {
            // One element without a length: W = 1.
            let mut aggregation = 1 << 4 | std::mem::take(&mut new_sequence);
            if index > 0 {
                aggregation |= CONTINUES;
            }
            if index < last {
                aggregation |= CONTINUED;
            }
            let mut payload = vec![aggregation];
            payload.extend_from_slice(part);
            emit(payload);
        }
    }
    Some(())
}

/// The OBUs of a temporal unit that travel, without their size fields.
fn obus(unit: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    let mut rest = unit;
    while let Some(first) = rest.first() {
        if first & HAS_SIZE == 0 {
            return None;
        }
        let header = 1 + usize::from(first & HAS_EXTENSION != 0);
        let (size, payload) = read_leb128(rest.get(header..)?)?;
        let (payload, after) = payload.split_at_checked(size)?;
        if !matches!(kind(*first), TEMPORAL_DELIMITER | TILE_LIST | PADDING) {
            let mut obu = vec![first & !HAS_SIZE];
            obu.extend_from_slice(&rest[1..header]);
            obu.extend_from_slice(payload);
            found.push(obu);
        }
        rest = after;
    }
    Some(found)
}

/// Whether a temporal unit opens a coded video sequence: only those carry a sequence header.
pub(super) fn is_keyframe(unit: &[u8]) -> bool {
    obus(unit).is_some_and(|obus| obus.iter().any(|obu| kind(obu[0]) == SEQUENCE_HEADER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporal_units_survive_the_way_through_packets_of_any_size() {
        let sequence = [&[0x0a, 3][..], &[1, 2, 3]].concat();
        let frame = [&[0x36, 0x08, 0xc8, 0x01][..], &[5; 200]].concat();
        let unit = [&sequence[..], &frame].concat();
        let with_delimiter = [&[0x12, 0][..], &unit].concat();
        for size in [4, 60, 1200] {
            let mut units = Av1Units::default();
            let (mut joined, mut packets) = (Vec::new(), Vec::new());
            packetize(&with_delimiter, size, |payload| packets.push(payload)).unwrap();
            assert!(packets.iter().all(|packet| packet.len() <= size));
            assert_eq!(packets[0][0] & NEW_SEQUENCE, NEW_SEQUENCE);
            for packet in &packets {
                units.append(packet, &mut joined).unwrap();
            }
            assert!(units.finish());
            assert_eq!(joined, unit);
        }
        assert!(is_keyframe(&unit));
        assert!(!is_keyframe(&frame));
    }

    #[test]
    fn several_elements_in_one_packet_are_told_apart_by_length_or_count() {
        for packet in [
            &[0x00, 2, 0x08, 1, 3, 0x30, 2, 3][..],
            &[0x20, 2, 0x08, 1, 0x30, 2, 3],
        ] {
            let mut unit = Vec::new();
            Av1Units::default().append(packet, &mut unit).unwrap();
            assert_eq!(unit, [0x0a, 1, 1, 0x32, 2, 2, 3]);
        }
    }

    #[test]
    fn a_fragment_without_its_beginning_is_refused() {
        let mut units = Av1Units::default();
        assert_eq!(units.append(&[0x90, 1], &mut Vec::new()), None);
        units.append(&[0x50, 0x08, 1], &mut Vec::new()).unwrap();
        assert!(!units.finish());
    }
}
