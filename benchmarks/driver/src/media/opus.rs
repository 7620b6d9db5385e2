//! Packets the size of speech in opus (RFC 6716), one per 20 ms.

use super::random::Variation;
use super::stamp;

pub const CLOCK_RATE: u32 = 48_000;
pub const PACKETS_PER_SECOND: u32 = 50;

/// Hybrid mode, full band, 20 ms, mono, one frame.
const TABLE_OF_CONTENTS: u8 = 15 << 3;

pub struct Microphone {
    variation: Variation,
}

impl Microphone {
    pub fn new(seed: u64) -> Self {
        Self {
            variation: Variation::new(seed),
        }
    }

    pub fn next_packet(&mut self) -> Vec<u8> {
        let mut payload = vec![0xa5; self.variation.between(80, 100 - stamp::LENGTH) + stamp::LENGTH];
        payload[0] = TABLE_OF_CONTENTS;
        payload
    }

    /// Loudness in negative dBov, as the audio level header extension carries it.
    pub fn next_level(&mut self) -> i8 {
        -(self.variation.between(20, 60) as i8)
    }
}
