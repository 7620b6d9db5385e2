//! Packets that come twice (RFC 3711 §3.3.2).

/// Remembers which of the last 64 packet numbers of one sender have been seen.
#[derive(Default)]
pub(crate) struct ReplayWindow {
    highest: u32,
    /// Bit n: `highest - n` was seen.
    seen: u64,
}

impl ReplayWindow {
    /// Whether a number is new. What is older than the window counts as seen.
    pub fn is_new(&self, index: u32) -> bool {
        match self.highest.checked_sub(index) {
            Some(age @ 0..64) => self.seen & (1 << age) == 0,
            Some(_) => false,
            None => true,
        }
    }

    /// Notes the number of a packet that proved authentic.
    pub fn note(&mut self, index: u32) {
        if let Some(age) = self.highest.checked_sub(index) {
            self.seen |= 1u64.checked_shl(age).unwrap_or(0);
        } else {
            let newer = index - self.highest;
            self.seen = self.seen.checked_shl(newer).unwrap_or(0) | 1;
            self.highest = index;
        }
    }
}
