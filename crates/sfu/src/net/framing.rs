//! Frames on a TCP stream: two bytes of length, then the packet (RFC 4571).

/// Cuts a byte stream into packets.
#[derive(Default)]
pub struct Deframer {
    buffer: Vec<u8>,
    /// Bytes at the front of `buffer` that were already given out.
    taken: usize,
}

impl Deframer {
    /// Adds bytes read from the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole packet, if one is there.
    pub fn next_packet(&mut self) -> Option<&[u8]> {
        let rest = &self.buffer[self.taken..];
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        if rest.len() < 2 + length {
            return None;
        }
        let start = self.taken + 2;
        self.taken = start + length;
        Some(&self.buffer[start..start + length])
    }
}

/// Appends one framed packet. Packets over 65,535 bytes cannot be framed and are left out.
pub fn frame(packet: &[u8], out: &mut Vec<u8>) {
    if let Ok(length) = u16::try_from(packet.len()) {
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_whole_however_the_stream_was_cut() {
        let mut stream = Vec::new();
        for packet in [&b"one"[..], b"", b"three"] {
            frame(packet, &mut stream);
        }
        for step in 1..stream.len() {
            let mut deframer = Deframer::default();
            let mut seen: Vec<Vec<u8>> = Vec::new();
            for chunk in stream.chunks(step) {
                deframer.push(chunk);
                while let Some(packet) = deframer.next_packet() {
                    seen.push(packet.to_vec());
                }
            }
            assert_eq!(seen, [b"one".to_vec(), b"".to_vec(), b"three".to_vec()]);
        }
    }
}
