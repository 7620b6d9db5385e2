//! How much a subscriber's network carries, from what it says of the packets it got.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::net::rtcp::Arrival;

/// Assumed until something was measured, bit/s.
const INITIAL: f64 = 4_000_000.0;
const MIN: f64 = 50_000.0;
const MAX: f64 = 100_000_000.0;
/// Packets whose arrival is still waited for.
const HISTORY: usize = 4096;
/// A judgement is made over so much feedback.
const WINDOW: Duration = Duration::from_millis(250);
/// The network counts as overloaded when packets queue in it for this much longer than they did at best...
const QUEUE_LIMIT: f64 = 60_000.0;
/// ...or when more than this share is lost. Less happens on healthy radio links, and retransmissions mend it.
const LOSS_LIMIT: f64 = 0.10;
/// Packets a loss share needs to mean something.
const LOSS_SAMPLE: usize = 20;
/// After an overload, what arrived is the measure, with some room to drain the queue.
const BACK_OFF: f64 = 0.85;
/// Growth per second while all is well: the estimate is a permission, and a layer that turns out too big brings it back.
const GROWTH: f64 = 1.08;
/// How long growth pauses after an overload, doubled with each one that follows soon.
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Without feedback for this long nothing was sent.
const REST: Duration = Duration::from_secs(1);
/// Smaller changes wait for the next regular look at the layers.
const NOTABLE: f64 = 0.05;
/// The best delay is forgotten after this long: clocks drift and routes change.
const BASE_WINDOW: Duration = Duration::from_secs(30);

struct Sent {
    at: Instant,
    bytes: u16,
}

/// Estimates bandwidth from transport-wide feedback: delay and loss bring it down, quiet time brings it up.
pub(crate) struct Bandwidth {
    start: Instant,
    /// Number of the first packet in `sent`.
    first: u16,
    sent: VecDeque<Sent>,
    estimate: f64,
    /// The estimate last acted on.
    told: f64,
    window: Window,
    /// Least one-way delay, µs between two clocks that are not each other's.
    base: Option<(i64, Instant)>,
    last_growth: Instant,
    /// The network was overloaded at least once: before that, the estimate is a guess.
    was_overloaded: bool,
    pause: Duration,
    growth_from: Instant,
}

#[derive(Default)]
struct Window {
    since: Option<Instant>,
    arrived: usize,
    lost: usize,
    bytes: usize,
    least_delay: Option<i64>,
}

impl Bandwidth {
    pub fn new(now: Instant) -> Bandwidth {
        Bandwidth {
            start: now,
            first: 0,
            sent: VecDeque::new(),
            estimate: INITIAL,
            told: INITIAL,
            window: Window::default(),
            base: None,
            last_growth: now,
            was_overloaded: false,
            pause: SHORTEST_PAUSE,
            growth_from: now,
        }
    }

    /// Bit/s.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Has the network shown where its bounds are?
    pub fn is_bounded(&self) -> bool {
        self.was_overloaded
    }

    /// Time goes by with nothing sent, of which nobody reports: that is quiet time as well.
    pub fn rest(&mut self, now: Instant) {
        let rested = now.duration_since(self.last_growth) >= REST;
        if rested && self.window.arrived + self.window.lost == 0 {
            self.window.since = Some(now);
            self.judge(&Window::default(), REST, now);
        }
    }

    /// Notes a packet on its way and gives its transport-wide number.
    pub fn sending(&mut self, bytes: usize, now: Instant) -> u16 {
        if self.sent.len() == HISTORY {
            self.sent.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        let number = self.first.wrapping_add(self.sent.len() as u16);
        self.sent.push_back(Sent {
            at: now,
            bytes: bytes.min(usize::from(u16::MAX)) as u16,
        });
        number
    }

    /// Takes feedback in; returns whether the estimate has changed by so much that it should be acted on.
    pub fn learn(&mut self, arrivals: &[Arrival], now: Instant) -> bool {
        for arrival in arrivals {
            let index = usize::from(arrival.sequence.wrapping_sub(self.first));
            let Some(sent) = self.sent.get(index) else {
                continue;
            };
            match arrival.at {
                Some(at) => {
                    let delay = at - sent.at.duration_since(self.start).as_micros() as i64;
                    let least = self.window.least_delay.get_or_insert(delay);
                    *least = delay.min(*least);
                    self.window.arrived += 1;
                    self.window.bytes += usize::from(sent.bytes);
                }
                None => self.window.lost += 1,
            }
        }
        let since = *self.window.since.get_or_insert(now);
        let elapsed = now.duration_since(since);
        if elapsed < WINDOW {
            return false;
        }
        let window = std::mem::take(&mut self.window);
        self.window.since = Some(now);
        self.judge(&window, elapsed, now)
    }

    fn judge(&mut self, window: &Window, elapsed: Duration, now: Instant) -> bool {
        let queued = window
            .least_delay
            .map_or(0, |least| self.queued(least, now));
        let total = window.arrived + window.lost;
        let loss = window.lost as f64 / total.max(1) as f64;
        if queued as f64 > QUEUE_LIMIT || (total >= LOSS_SAMPLE && loss > LOSS_LIMIT) {
            self.was_overloaded = true;
            let arrived = window.bytes as f64 * 8.0 / elapsed.as_secs_f64();
            self.estimate = (arrived * BACK_OFF).min(self.estimate).max(MIN);
            if now >= self.growth_from {
                // It had been quiet before: did growing bring this about?
                let soon = now.duration_since(self.growth_from) < 2 * self.pause;
                self.pause = if soon {
                    (2 * self.pause).min(LONGEST_PAUSE)
                } else {
                    SHORTEST_PAUSE
                };
            }
            self.growth_from = now + self.pause;
        } else if now >= self.growth_from {
            let grown = now.duration_since(self.last_growth.max(self.growth_from));
            self.estimate = (self.estimate * GROWTH.powf(grown.as_secs_f64())).min(MAX);
        }
        self.last_growth = now;
        let notable = (self.estimate / self.told - 1.0).abs() > NOTABLE;
        if notable {
            self.told = self.estimate;
        }
        notable
    }

    /// Microseconds that packets spend in queues: their delay above the least one seen lately.
    fn queued(&mut self, delay: i64, now: Instant) -> i64 {
        match self.base {
            Some((least, since)) if least <= delay && now.duration_since(since) < BASE_WINDOW => {
                delay - least
            }
            _ => {
                self.base = Some((delay, now));
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends 100 packets of 1250 bytes (1 Mbit/s) over a second; `fate` gives each one's delay in ms, or its loss.
    fn second(
        bandwidth: &mut Bandwidth,
        now: &mut Instant,
        mut fate: impl FnMut(usize) -> Option<i64>,
    ) {
        for batch in 0..10 {
            let arrivals: Vec<Arrival> = (0..10)
                .map(|index| {
                    *now += Duration::from_millis(10);
                    let sequence = bandwidth.sending(1250, *now);
                    let sent = now.duration_since(bandwidth.start).as_micros() as i64;
                    let at = fate(batch * 10 + index).map(|delay| sent + delay * 1000);
                    Arrival { sequence, at }
                })
                .collect();
            bandwidth.learn(&arrivals, *now);
        }
    }

    #[test]
    fn a_quiet_network_lets_the_estimate_grow() {
        let mut now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        for _ in 0..10 {
            second(&mut bandwidth, &mut now, |_| Some(20));
        }
        assert!(
            bandwidth.estimate() > 1.8 * INITIAL,
            "{}",
            bandwidth.estimate()
        );
    }

    #[test]
    fn a_queue_brings_the_estimate_down_to_what_arrives() {
        let mut now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        second(&mut bandwidth, &mut now, |_| Some(20));
        second(&mut bandwidth, &mut now, |index| {
            Some(20 + 3 * index as i64)
        });
        assert!(bandwidth.estimate() < 1e6, "{}", bandwidth.estimate());
        assert!(bandwidth.estimate() > 5e5, "{}", bandwidth.estimate());
    }

    #[test]
    fn heavy_loss_brings_it_down_and_light_loss_does_not() {
        let mut now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        second(&mut bandwidth, &mut now, |index| {
            (index % 20 != 0).then_some(20)
        });
        assert!(bandwidth.estimate() >= INITIAL);
        second(&mut bandwidth, &mut now, |index| {
            (index % 4 != 0).then_some(20)
        });
        assert!(bandwidth.estimate() < 1e6);
    }

    #[test]
    fn each_failed_attempt_to_grow_is_followed_by_a_longer_pause() {
        let mut now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        let mut pauses = Vec::new();
        for _ in 0..3 {
            second(&mut bandwidth, &mut now, |_| None);
            pauses.push(bandwidth.pause.as_secs());
            now = bandwidth.growth_from;
            second(&mut bandwidth, &mut now, |_| Some(20));
        }
        assert_eq!(pauses, [10, 20, 40]);
    }

    #[test]
    fn while_nothing_is_sent_the_estimate_recovers() {
        let mut now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        assert!(!bandwidth.is_bounded());
        second(&mut bandwidth, &mut now, |_| None);
        assert!(bandwidth.is_bounded());
        let low = bandwidth.estimate();
        for _ in 0..30 {
            now += Duration::from_secs(1);
            bandwidth.rest(now);
        }
        assert!(bandwidth.estimate() > 3.0 * low, "{}", bandwidth.estimate());
    }

    #[test]
    fn feedback_of_packets_long_forgotten_is_ignored() {
        let mut now = Instant::now();
        let mut bandwidth = Bandwidth::new(now);
        for _ in 0..=HISTORY {
            bandwidth.sending(100, now);
        }
        now += Duration::from_secs(1);
        let old = Arrival {
            sequence: 0,
            at: None,
        };
        assert!(!bandwidth.learn(&[old], now));
    }
}
