//! H.264 (RFC 6184) and H.265 (RFC 7798) in RTP: network abstraction layer units, in Annex B on our side.

use std::collections::BTreeMap;

const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// Which of the two, which differ in their unit headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    H264,
    H265,
}

impl Family {
    fn header_size(self) -> usize {
        match self {
            Family::H264 => 1,
            Family::H265 => 2,
        }
    }

    fn kind(self, first: u8) -> u8 {
        match self {
            Family::H264 => first & 0x1f,
            Family::H265 => first >> 1 & 0x3f,
        }
    }

    fn aggregation(self) -> u8 {
        match self {
            Family::H264 => 24,
            Family::H265 => 48,
        }
    }

    fn fragment(self) -> u8 {
        match self {
            Family::H264 => 28,
            Family::H265 => 49,
        }
    }

    /// Kinds in the payload that are units themselves, not packets of units.
    fn is_unit(self, kind: u8) -> bool {
        match self {
            Family::H264 => (1..=23).contains(&kind),
            Family::H265 => kind < 48,
        }
    }

    /// Sequence, picture and video parameter sets.
    fn is_parameter_set(self, kind: u8) -> bool {
        match self {
            Family::H264 => matches!(kind, 7 | 8),
            Family::H265 => (32..=34).contains(&kind),
        }
    }

    fn is_random_access(self, kind: u8) -> bool {
        match self {
            Family::H264 => kind == 5,
            Family::H265 => (16..=23).contains(&kind),
        }
    }

    /// Access unit delimiters, which RTP does without.
    fn is_delimiter(self, kind: u8) -> bool {
        match self {
            Family::H264 => kind == 9,
            Family::H265 => kind == 35,
        }
    }
}

/// Joins the units of one access unit, with the parameter sets before each keyframe.
#[derive(Debug)]
pub struct NalUnits {
    family: Family,
    /// A fragmented unit has begun and not ended.
    open: bool,
    /// The last parameter set of each kind.
    parameters: BTreeMap<u8, Vec<u8>>,
    has_parameters: bool,
}

impl NalUnits {
    pub(super) fn new(family: Family) -> NalUnits {
        NalUnits {
            family,
            open: false,
            parameters: BTreeMap::new(),
            has_parameters: false,
        }
    }

    pub(super) fn append(&mut self, payload: &[u8], unit: &mut Vec<u8>) -> Option<()> {
        let family = self.family;
        let kind = family.kind(*payload.first()?);
        let (header, rest) = payload.split_at_checked(family.header_size())?;
        if self.open != (kind == family.fragment() && rest.first()? & 0x80 == 0) {
            return None;
        }
        if kind == family.fragment() {
            return self.append_fragment(header, rest, unit);
        }
        if kind != family.aggregation() {
            return family.is_unit(kind).then(|| self.write(payload, unit));
        }
        let mut rest = rest;
        while !rest.is_empty() {
            let (size, after) = rest.split_first_chunk()?;
            let (found, after) = after.split_at_checked(u16::from_be_bytes(*size).into())?;
            rest = after;
            if found.len() >= family.header_size() {
                self.write(found, unit);
            }
        }
        Some(())
    }

    fn append_fragment(&mut self, header: &[u8], rest: &[u8], unit: &mut Vec<u8>) -> Option<()> {
        let (fragment, data) = rest.split_first()?;
        if fragment & 0x80 != 0 {
            unit.extend_from_slice(&START_CODE);
            match self.family {
                Family::H264 => unit.push(header[0] & 0xe0 | fragment & 0x1f),
                Family::H265 => {
                    unit.push(header[0] & 0x81 | (fragment & 0x3f) << 1);
                    unit.push(header[1]);
                }
            }
        }
        unit.extend_from_slice(data);
        self.open = fragment & 0x40 == 0;
        Some(())
    }

    fn write(&mut self, found: &[u8], unit: &mut Vec<u8>) {
        let kind = self.family.kind(found[0]);
        if self.family.is_parameter_set(kind) {
            self.parameters.insert(kind, found.to_vec());
            self.has_parameters = true;
        }
        unit.extend_from_slice(&START_CODE);
        unit.extend_from_slice(found);
    }

    pub(super) fn finish(&mut self, keyframe: bool, unit: &mut Vec<u8>) -> bool {
        if keyframe && !self.has_parameters {
            let mut whole = Vec::new();
            // Their kinds ascend in the order in which they must come.
            for set in self.parameters.values() {
                whole.extend_from_slice(&START_CODE);
                whole.extend_from_slice(set);
            }
            unit.splice(..0, whole);
        }
        self.has_parameters = false;
        !std::mem::take(&mut self.open)
    }

    /// Parameter sets stay: they hold until they are changed.
    pub(super) fn abandon(&mut self) {
        self.open = false;
        self.has_parameters = false;
    }
}

/// The units of an access unit in Annex B (H.264 Annex B, H.265 Annex B).
fn units(access_unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(found) = access_unit[at..].windows(3).position(|w| w == [0, 0, 1]) {
        at += found + 3;
        starts.push(at);
    }
    let ends: Vec<usize> = starts
        .iter()
        .skip(1)
        .map(|start| start - 3)
        .chain([access_unit.len()])
        .collect();
    starts.into_iter().zip(ends).map(move |(start, end)| {
        let unit = &access_unit[start..end];
        // A unit never ends in zero bytes: they belong to the next start code.
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        &unit[..unit.len() - zeros]
    })
}

/// Whether an access unit can be decoded without those before it.
pub(super) fn is_keyframe(family: Family, access_unit: &[u8]) -> bool {
    units(access_unit).any(|unit| {
        unit.first()
            .is_some_and(|first| family.is_random_access(family.kind(*first)))
    })
}

/// Cuts an access unit in Annex B into payloads of at most `size` bytes.
pub(super) fn packetize(
    family: Family,
    access_unit: &[u8],
    size: usize,
    mut emit: impl FnMut(Vec<u8>),
) {
    let header_size = family.header_size();
    for unit in units(access_unit) {
        if unit.len() <= header_size || family.is_delimiter(family.kind(unit[0])) {
            continue;
        }
        if unit.len() <= size {
            emit(unit.to_vec());
            continue;
        }
        let (header, data) = unit.split_at(header_size);
        let kind = family.kind(header[0]);
        let parts = data.chunks(size.saturating_sub(header_size + 1).max(1));
        let last = parts.len() - 1;
        for (index, part) in parts.enumerate() {
            let mut payload = match family {
                Family::H264 => vec![header[0] & 0xe0 | family.fragment()],
                Family::H265 => vec![header[0] & 0x81 | family.fragment() << 1, header[1]],
            };
            let start = if index == 0 { 0x80 } else { 0 };
            let end = if index == last { 0x40 } else { 0 };
            payload.push(start | end | kind);
            payload.extend_from_slice(part);
            emit(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(family: Family, packets: &[Vec<u8>]) -> Option<Vec<u8>> {
        let (mut units, mut unit) = (NalUnits::new(family), Vec::new());
        for packet in packets {
            units.append(packet, &mut unit)?;
        }
        units.finish(false, &mut unit).then_some(unit)
    }

    #[test]
    fn access_units_survive_the_way_through_packets_of_any_size() {
        let h264: &[&[u8]] = &[
            &[0x67, 1, 2],
            &[0x68, 3],
            &[0x65, 9, 8, 7, 6, 5, 4, 3, 2, 1],
        ];
        let h265: &[&[u8]] = &[
            &[0x40, 1, 2],
            &[0x42, 1, 3],
            &[0x44, 1, 4],
            &[0x26, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1],
        ];
        for (family, units) in [(Family::H264, h264), (Family::H265, h265)] {
            let whole: Vec<u8> = units
                .iter()
                .flat_map(|unit| [&START_CODE[..], unit].concat())
                .collect();
            for size in [5, 8, 100] {
                let mut packets = Vec::new();
                packetize(family, &whole, size, |payload| packets.push(payload));
                assert!(packets.iter().all(|packet| packet.len() <= size));
                assert_eq!(
                    joined(family, &packets).as_ref(),
                    Some(&whole),
                    "{family:?}"
                );
            }
            assert!(is_keyframe(family, &whole));
        }
    }

    #[test]
    fn aggregated_units_are_taken_apart() {
        let packet = vec![0x78, 0, 2, 0x67, 1, 0, 3, 0x68, 2, 3];
        assert_eq!(
            joined(Family::H264, &[packet]),
            Some(vec![0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 3])
        );
    }

    #[test]
    fn a_keyframe_without_its_parameter_sets_gets_the_last_ones() {
        let (mut units, mut unit) = (NalUnits::new(Family::H264), Vec::new());
        units.append(&[0x68, 2], &mut unit).unwrap();
        units.append(&[0x67, 1], &mut unit).unwrap();
        assert!(units.finish(true, &mut unit));
        unit.clear();
        units.append(&[0x65, 9], &mut unit).unwrap();
        assert!(units.finish(true, &mut unit));
        assert_eq!(
            unit,
            [
                0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 9
            ]
        );
    }

    #[test]
    fn fragments_without_beginning_or_end_are_refused() {
        assert_eq!(joined(Family::H264, &[vec![0x7c, 0x05, 1]]), None);
        assert_eq!(joined(Family::H264, &[vec![0x7c, 0x85, 1]]), None);
        assert_eq!(
            joined(Family::H264, &[vec![0x7c, 0x85, 1], vec![0x41, 1]]),
            None
        );
    }

    #[test]
    fn start_codes_of_both_lengths_are_found() {
        let found: Vec<&[u8]> = units(&[0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x65, 2]).collect();
        assert_eq!(found, [&[0x67, 1][..], &[0x65, 2]]);
    }
}
