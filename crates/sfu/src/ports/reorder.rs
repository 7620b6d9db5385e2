//! Packets of one stream in the order of their numbers again, waiting a while for those that are missing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Packets that may wait behind a missing one.
const MAX_HELD: usize = 1024;

/// A jitter buffer that adds no delay while nothing is missing.
#[derive(Debug)]
pub struct Reorder<T> {
    next: Option<u64>,
    held: BTreeMap<u64, (Instant, T)>,
    /// How long a missing packet is waited for.
    patience: Duration,
}

impl<T> Reorder<T> {
    pub fn new(patience: Duration) -> Reorder<T> {
        Reorder {
            next: None,
            held: BTreeMap::new(),
            patience,
        }
    }

    /// Takes a packet; one that comes too late, or twice, is dropped.
    pub fn push(&mut self, sequence: u64, packet: T, now: Instant) {
        if sequence >= *self.next.get_or_insert(sequence) {
            self.held.entry(sequence).or_insert((now, packet));
        }
    }

    /// The next packet in order, and whether some before it are lost; `None` while it is waited for.
    pub fn pop(&mut self, now: Instant) -> Option<(T, bool)> {
        let first = self.held.first_entry()?;
        let (sequence, arrived) = (*first.key(), first.get().0);
        let lost = self.next != Some(sequence);
        let waited = now.saturating_duration_since(arrived) >= self.patience;
        if lost && !waited && self.held.len() <= MAX_HELD {
            return None;
        }
        self.next = Some(sequence + 1);
        self.held.pop_first().map(|(_, (_, packet))| (packet, lost))
    }

    /// Forgets everything: what comes next is another stream.
    pub fn restart(&mut self) {
        self.next = None;
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn popped(buffer: &mut Reorder<u64>, now: Instant) -> Vec<(u64, bool)> {
        std::iter::from_fn(|| buffer.pop(now)).collect()
    }

    #[test]
    fn packets_in_order_pass_at_once_and_swapped_ones_are_put_right() {
        let (mut buffer, now) = (Reorder::new(Duration::from_millis(100)), Instant::now());
        buffer.push(5, 5, now);
        assert_eq!(popped(&mut buffer, now), [(5, false)]);
        buffer.push(7, 7, now);
        assert_eq!(popped(&mut buffer, now), []);
        buffer.push(6, 6, now);
        buffer.push(6, 66, now);
        assert_eq!(popped(&mut buffer, now), [(6, false), (7, false)]);
    }

    #[test]
    fn a_lost_packet_is_waited_for_and_then_told() {
        let (mut buffer, now) = (Reorder::new(Duration::from_millis(100)), Instant::now());
        buffer.push(1, 1, now);
        buffer.push(3, 3, now);
        assert_eq!(popped(&mut buffer, now), [(1, false)]);
        let later = now + Duration::from_millis(100);
        assert_eq!(popped(&mut buffer, later), [(3, true)]);
        buffer.push(2, 2, later);
        assert_eq!(popped(&mut buffer, later), []);
    }

    #[test]
    fn a_burst_behind_a_hole_does_not_grow_without_end() {
        let (mut buffer, now) = (Reorder::new(Duration::from_secs(100)), Instant::now());
        buffer.push(0, 0, now);
        for sequence in 2..MAX_HELD as u64 + 4 {
            buffer.push(sequence, sequence, now);
        }
        assert_eq!(buffer.pop(now), Some((0, false)));
        assert_eq!(buffer.pop(now), Some((2, true)));
    }
}
