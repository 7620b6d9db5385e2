//! When media packets leave: at the end of their turn, or together with the rest of their frame.

use std::time::{Duration, Instant};

/// A frame is of no use before its last packet: its first ones wait for it, but no longer than this.
pub(super) const LONGEST: Duration = Duration::from_millis(1);
/// Packets of publishers that may wait: what they fan out into takes memory.
const MOST: usize = 32;

/// Gathers the packets of a frame, which reach a server one by one, so that each subscriber gets them in one train.
#[derive(Default)]
pub(super) struct Gathering {
    /// Until when the packets may wait that end no frame; `None` while there are none.
    until: Option<Instant>,
    waiting: usize,
    /// Something is there that waits for nothing.
    urgent: bool,
}

impl Gathering {
    /// A packet is in its subscribers' batches.
    pub fn add(&mut self, ends_frame: bool, now: Instant) {
        if ends_frame {
            self.urgent = true;
        } else {
            self.until.get_or_insert(now + LONGEST);
            self.waiting += 1;
        }
    }

    /// When the batches must leave even if nothing comes any more.
    pub fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Whether the batches shall leave now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.urgent || self.waiting >= MOST || self.until.is_none_or(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_wait_for_the_end_of_their_frame_but_not_for_long() {
        let now = Instant::now();
        let mut gathering = Gathering::default();
        gathering.add(false, now);
        gathering.add(false, now + LONGEST / 2);
        assert!(!gathering.is_due(now + LONGEST / 2));
        assert_eq!(gathering.until(), Some(now + LONGEST));
        assert!(gathering.is_due(now + LONGEST));
        gathering.add(true, now);
        assert!(gathering.is_due(now));
    }

    #[test]
    fn what_belongs_to_no_frame_waits_for_nothing_and_many_packets_do_not_pile_up() {
        let now = Instant::now();
        let mut gathering = Gathering::default();
        assert!(gathering.is_due(now));
        (0..MOST).for_each(|_| gathering.add(false, now));
        assert!(gathering.is_due(now));
    }
}
