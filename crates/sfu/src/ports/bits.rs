//! Reading and writing LEB128 numbers (AV1 bitstream specification §4.10.5).

/// The number at the start of `bytes`, and what follows it.
pub(super) fn read_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0usize;
    for (index, byte) in bytes.iter().take(8).enumerate() {
        value |= usize::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

pub(super) fn write_leb128(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_the_way_there_and_back() {
        for value in [0, 1, 127, 128, 300, 1 << 20, (1 << 28) + 5] {
            let mut bytes = Vec::new();
            write_leb128(&mut bytes, value);
            bytes.push(9);
            assert_eq!(read_leb128(&bytes), Some((value, &[9][..])));
        }
        assert_eq!(read_leb128(&[0x80, 0x80]), None);
        assert_eq!(read_leb128(&[0xff; 9]), None);
    }
}
