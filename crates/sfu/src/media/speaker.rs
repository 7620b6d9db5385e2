use std::time::{Duration, Instant};

/// Quieter than this many dB below full scale is silence.
const ACTIVE_LEVEL: u8 = 35;
/// Share of an interval that must be above the level for the track to count.
const MIN_PERCENTILE: u32 = 40;
/// How often the levels of a room are looked at.
pub(crate) const UPDATE_INTERVAL: Duration = Duration::from_millis(400);
/// Exponential smoothing over this many intervals.
const SMOOTH_INTERVALS: f32 = 2.0;

/// Loudness of one audio track, from the level that the sender puts into each packet (RFC 6464).
///
/// The arithmetic is that of the LiveKit server, so that clients tuned to its levels feel at home.
#[derive(Default)]
pub(crate) struct SpeakerMeter {
    smoothed: f32,
    observed_ms: u32,
    active_ms: u32,
    loudest: u8,
    last_timestamp: Option<u32>,
    last_packet: Option<Instant>,
}

impl SpeakerMeter {
    /// Adds one packet: its level in -dBov (0 loud … 127 silent) and its RTP timestamp at `clock_rate` Hz.
    pub fn observe(&mut self, level: u8, timestamp: u32, clock_rate: u32, now: Instant) {
        let elapsed = self
            .last_timestamp
            .map_or(0, |last| timestamp.wrapping_sub(last));
        self.last_timestamp = Some(timestamp);
        self.last_packet = Some(now);
        // A step back or a long pause says nothing about how long this packet sounds.
        let duration = match elapsed.saturating_mul(1000) / clock_rate.max(1) {
            ms @ 1..=200 => ms,
            _ => 20,
        };
        self.observed_ms += duration;
        if level <= ACTIVE_LEVEL {
            self.loudest = if self.active_ms == 0 {
                level
            } else {
                self.loudest.min(level)
            };
            self.active_ms += duration;
        }
        let interval = UPDATE_INTERVAL.as_millis() as u32;
        if self.observed_ms >= interval {
            let target = if self.active_ms * 100 >= interval * MIN_PERCENTILE {
                let weight = 20.0 * (self.active_ms as f32 / interval as f32).log10();
                10f32.powf(-(f32::from(self.loudest) - weight) / 20.0)
            } else {
                0.0
            };
            self.smoothed = if target == 0.0 {
                0.0
            } else {
                self.smoothed + (target - self.smoothed) * 2.0 / (SMOOTH_INTERVALS + 1.0)
            };
            self.observed_ms = 0;
            self.active_ms = 0;
        }
    }

    /// Smoothed linear level, 0 … 1; 0 when the track is silent or sends nothing.
    pub fn level(&mut self, now: Instant) -> f32 {
        if self
            .last_packet
            .is_none_or(|last| now.duration_since(last) > 2 * UPDATE_INTERVAL)
        {
            *self = SpeakerMeter::default();
        }
        if self.smoothed >= 10f32.powf(-f32::from(ACTIVE_LEVEL) / 20.0) {
            self.smoothed.min(1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speak(meter: &mut SpeakerMeter, level: u8, packets: u32, start: Instant) -> Instant {
        let mut now = start;
        for _ in 0..packets {
            now += Duration::from_millis(20);
            let timestamp = meter
                .last_timestamp
                .map_or(0, |last| last.wrapping_add(960));
            meter.observe(level, timestamp, 48_000, now);
        }
        now
    }

    #[test]
    fn a_voice_becomes_active_and_silence_ends_it() {
        let mut meter = SpeakerMeter::default();
        let now = speak(&mut meter, 20, 60, Instant::now());
        assert!((meter.level(now) - 0.1).abs() < 0.02);
        let now = speak(&mut meter, 127, 25, now);
        assert_eq!(meter.level(now), 0.0);
    }

    #[test]
    fn noise_below_the_threshold_is_never_active() {
        let mut meter = SpeakerMeter::default();
        let now = speak(&mut meter, 36, 100, Instant::now());
        assert_eq!(meter.level(now), 0.0);
    }

    #[test]
    fn a_track_that_stops_sending_falls_silent() {
        let mut meter = SpeakerMeter::default();
        let now = speak(&mut meter, 10, 60, Instant::now());
        assert!(meter.level(now) > 0.0);
        assert_eq!(meter.level(now + Duration::from_millis(900)), 0.0);
    }
}
