//! Where what is carried again belongs, and whether it is missing there.

use std::collections::VecDeque;

use super::red::Earlier;

/// Packets that are remembered; what comes later than that is of no use to a listener.
const KNOWN: usize = 64;

/// The latest packets of a stream, those that came and those that were made up for.
#[derive(Debug, Default)]
pub struct Holes {
    /// Sequence number and timestamp, in the order of the numbers.
    known: VecDeque<(u64, u32)>,
    /// Timestamp of the first packet, until packets no longer carry what was before it.
    begins: Option<u32>,
}

impl Holes {
    /// Notes a packet; returns whether it is new: not there yet, nor so late that nobody knows.
    pub fn arrive(&mut self, sequence: u64, timestamp: u32) -> bool {
        if self.known.is_empty() {
            self.begins = Some(timestamp);
        }
        let index = self.known.partition_point(|known| known.0 < sequence);
        let is_forgotten = index == 0 && self.known.len() == KNOWN;
        if is_forgotten || self.known.get(index).is_some_and(|k| k.0 == sequence) {
            return false;
        }
        if self.known.len() == KNOWN {
            self.known.pop_front();
            self.known.insert(index - 1, (sequence, timestamp));
        } else {
            self.known.insert(index, (sequence, timestamp));
        }
        true
    }

    /// What a packet carries again and is missing, with its number and timestamp; from now on it counts as there.
    ///
    /// RFC 2198 tells only how old it is. The youngest is taken for the packet before the carrier, and the others for as
    /// many steps before as they are older, which is how clients send it; nothing is taken whose time would not fit.
    pub fn fill<'a>(
        &mut self,
        (carrier, timestamp): (u64, u32),
        earlier: &[Earlier<'a>],
    ) -> Vec<(u64, u32, &'a [u8])> {
        let Some(step) = earlier
            .iter()
            .map(|one| one.age)
            .min()
            .filter(|age| *age > 0)
        else {
            return Vec::new();
        };
        let mut filled = Vec::new();
        for one in earlier.iter().filter(|one| one.age % step == 0) {
            let Some(sequence) = carrier.checked_sub(u64::from(one.age / step)) else {
                continue;
            };
            let time = timestamp.wrapping_sub(one.age);
            if self.fits(sequence, time) && self.arrive(sequence, time) {
                filled.push((sequence, time, one.payload));
            }
        }
        filled
    }

    /// Whether a packet that has arrived carries something from before the first one again: that is for nobody.
    pub fn reaches_back(&mut self, timestamp: u32, earlier: &[Earlier<'_>]) -> bool {
        let Some(begins) = self.begins else {
            return false;
        };
        let oldest = earlier.iter().map(|one| one.age).max().unwrap_or(0);
        let reaches_back =
            i64::from(oldest) > i64::from(timestamp.wrapping_sub(begins).cast_signed());
        if !reaches_back && !earlier.is_empty() {
            self.begins = None;
        }
        reaches_back
    }

    /// Whether a packet may be missing between two that are known.
    fn fits(&self, sequence: u64, timestamp: u32) -> bool {
        let index = self.known.partition_point(|known| known.0 < sequence);
        let before = index
            .checked_sub(1)
            .and_then(|before| self.known.get(before));
        let is_after = |a: u32, b: u32| a.wrapping_sub(b).cast_signed() > 0;
        match (before, self.known.get(index)) {
            (Some((_, before)), Some((number, after))) => {
                *number != sequence && is_after(timestamp, *before) && is_after(*after, timestamp)
            }
            _ => false,
        }
    }

    /// What comes next continues nothing.
    pub fn restart(&mut self) {
        *self = Holes::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &[u8] = &[1];
    const B: &[u8] = &[2];

    fn earlier(age: u32, payload: &[u8]) -> Earlier<'_> {
        Earlier { age, payload }
    }

    fn arrived(numbers: &[u64]) -> Holes {
        let mut holes = Holes::default();
        for number in numbers {
            assert!(holes.arrive(*number, *number as u32 * 960));
        }
        holes
    }

    #[test]
    fn what_is_missing_is_filled_once_and_what_is_there_is_not() {
        let mut holes = arrived(&[7, 8, 11]);
        let again = [earlier(1920, A), earlier(960, B)];
        let filled = holes.fill((11, 11 * 960), &again);
        assert_eq!(filled, [(9, 9 * 960, A), (10, 10 * 960, B)]);
        assert_eq!(holes.fill((11, 11 * 960), &again), []);
        assert!(!holes.arrive(10, 10 * 960), "it was only late");
        assert!(holes.arrive(12, 12 * 960));
        assert_eq!(holes.fill((12, 12 * 960), &again), []);
    }

    #[test]
    fn nothing_is_put_before_the_beginning_or_where_its_time_does_not_fit() {
        let mut holes = arrived(&[8]);
        assert_eq!(holes.fill((8, 8 * 960), &[earlier(960, A)]), []);
        let mut paused = Holes::default();
        paused.arrive(1, 0);
        paused.arrive(3, 480);
        assert_eq!(paused.fill((3, 480), &[earlier(960, A)]), []);
        assert_eq!(paused.fill((3, 480), &[earlier(0, A)]), []);
        assert_eq!(Holes::default().fill((0, 0), &[earlier(960, A)]), []);
    }

    #[test]
    fn what_was_before_the_beginning_is_known_as_that() {
        let mut holes = arrived(&[8]);
        let again = [earlier(1920, A), earlier(960, B)];
        assert!(holes.reaches_back(8 * 960, &again));
        assert!(!holes.reaches_back(8 * 960, &[]));
        assert!(holes.reaches_back(9 * 960, &again));
        assert!(!holes.reaches_back(10 * 960, &again));
        assert!(!holes.reaches_back(10 * 960 + (1 << 31), &again));
        holes.restart();
        holes.arrive(20, 20 * 960);
        assert!(holes.reaches_back(20 * 960, &again));
    }

    #[test]
    fn the_clock_may_wrap_and_the_past_is_forgotten() {
        let mut holes = Holes::default();
        holes.arrive(1, u32::MAX - 900);
        holes.arrive(3, 1019);
        let filled = holes.fill((3, 1019), &[earlier(960, A)]);
        assert_eq!(filled, [(2, 59, A)]);
        for number in 10..200 {
            holes.arrive(number, number as u32 * 960);
        }
        assert_eq!(holes.known.len(), KNOWN);
        assert!(!holes.arrive(4, 0));
        holes.restart();
        assert!(holes.arrive(4, 0));
    }
}
