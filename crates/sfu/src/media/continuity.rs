use std::time::Instant;

use crate::egress::Progress;

/// Sequence numbers and timestamps of one outgoing stream that stay continuous while its source pauses or changes.
pub(crate) struct Continuity {
    clock_rate: u32,
    /// Added to incoming numbers; `None` until the first packet after a switch has set it.
    sequence_delta: Option<i64>,
    timestamp_delta: u32,
    /// Incoming packets before this one belong to the time before the switch.
    first_in: u64,
    highest_in: u64,
    highest_out: u64,
    last_timestamp: u32,
    last_sent: Option<Instant>,
}

impl Continuity {
    /// `start` seeds the first sequence number and timestamp. It is kept small enough for the first numbers to lie
    /// in the rollover period that SRTP receivers assume (RFC 3711 §3.3.1).
    pub fn new(clock_rate: u32, start: u32) -> Continuity {
        Continuity {
            clock_rate,
            sequence_delta: None,
            timestamp_delta: 0,
            first_in: 0,
            highest_in: 0,
            highest_out: u64::from(start & 0x3fff),
            last_timestamp: start,
            last_sent: None,
        }
    }

    /// Goes on where another source of the same stream has got to.
    pub fn after(clock_rate: u32, progress: Progress) -> Continuity {
        Continuity {
            highest_out: progress.sequence,
            last_timestamp: progress.timestamp,
            last_sent: Some(progress.sent_at),
            ..Continuity::new(clock_rate, 0)
        }
    }

    /// The next packet comes from another source, or after a pause.
    pub fn switch(&mut self) {
        self.sequence_delta = None;
    }

    /// Sequence number and timestamp to send a packet with; `None` when it is older than the switch.
    pub fn map(&mut self, sequence: u64, timestamp: u32, now: Instant) -> Option<(u64, u32)> {
        let delta = match self.sequence_delta {
            Some(delta) => delta,
            None => self.rebase(sequence, timestamp, now),
        };
        if sequence < self.first_in {
            return None;
        }
        let out = u64::try_from(i64::try_from(sequence).ok()? + delta).ok()?;
        let timestamp = timestamp.wrapping_add(self.timestamp_delta);
        if sequence >= self.highest_in {
            self.highest_in = sequence;
            self.last_timestamp = timestamp;
            self.last_sent = Some(now);
        }
        self.highest_out = self.highest_out.max(out);
        Some((out, timestamp))
    }

    /// Leaves a packet out without a hole, where nothing after it was sent yet.
    pub fn skip(&mut self, sequence: u64) {
        if let Some(delta) = &mut self.sequence_delta
            && sequence > self.highest_in
        {
            *delta -= 1;
            self.highest_in = sequence;
        }
    }

    fn rebase(&mut self, sequence: u64, timestamp: u32, now: Instant) -> i64 {
        let delta = self.highest_out as i64 + 1 - sequence as i64;
        let elapsed = self.last_sent.map_or(0, |last| {
            let ticks = now.duration_since(last).as_secs_f64() * f64::from(self.clock_rate);
            (ticks as u32).max(1)
        });
        let next = self.last_timestamp.wrapping_add(elapsed);
        self.timestamp_delta = next.wrapping_sub(timestamp);
        self.sequence_delta = Some(delta);
        self.first_in = sequence;
        self.highest_in = sequence;
        delta
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_switch_continues_numbers_and_moves_time_by_what_passed() {
        let start = Instant::now();
        let mut out = Continuity::new(90_000, 10);
        assert_eq!(out.map(500, 7000, start), Some((11, 10)));
        assert_eq!(out.map(501, 10_000, start), Some((12, 3010)));
        out.switch();
        let later = start + Duration::from_millis(100);
        assert_eq!(out.map(90_000, 55, later), Some((13, 3010 + 9000)));
        assert_eq!(out.map(90_001, 3055, later), Some((14, 3010 + 12_000)));
    }

    #[test]
    fn reordered_packets_keep_their_place_and_late_ones_from_before_the_switch_are_dropped() {
        let start = Instant::now();
        let mut out = Continuity::new(90_000, 0);
        out.map(100, 0, start);
        assert_eq!(out.map(103, 9000, start), Some((4, 9000)));
        assert_eq!(out.map(101, 3000, start), Some((2, 3000)));
        out.switch();
        assert_eq!(
            out.map(700, 0, start).map(|(sequence, _)| sequence),
            Some(5)
        );
        assert_eq!(out.map(699, 0, start), None);
    }

    #[test]
    fn another_source_goes_on_in_the_same_stream() {
        let start = Instant::now();
        let progress = Progress {
            sequence: 70_000,
            timestamp: 500,
            sent_at: start,
        };
        let mut out = Continuity::after(48_000, progress);
        let later = start + Duration::from_millis(20);
        assert_eq!(out.map(3, 8, later), Some((70_001, 500 + 960)));
    }

    #[test]
    fn a_packet_left_out_leaves_no_hole() {
        let start = Instant::now();
        let mut out = Continuity::new(90_000, 0);
        out.map(100, 0, start);
        out.skip(101);
        assert_eq!(
            out.map(102, 0, start).map(|(sequence, _)| sequence),
            Some(2)
        );
    }

    #[test]
    fn the_first_number_is_in_the_first_rollover_period() {
        let mut out = Continuity::new(90_000, u32::MAX);
        let (sequence, _) = out.map(1 << 40, 0, Instant::now()).unwrap();
        assert!(sequence < 1 << 15);
    }
}
