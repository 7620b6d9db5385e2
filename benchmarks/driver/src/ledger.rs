//! What was sent and received, by all participants of this thread.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

use hdrhistogram::Histogram;
use str0m::rtp::{RtpPacket, Ssrc};
use tokio::sync::Notify;

use crate::media::stamp;

/// Packets and payload bytes since the program started, by the time they were sent or arrived.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    pub sent_packets: u64,
    pub received_packets: u64,
    pub received_bytes: u64,
}

/// Sequence numbers of one track as one subscriber received them.
#[derive(Clone, Copy)]
struct Sequence {
    received: u64,
    first: u64,
    highest: u64,
}

impl Sequence {
    fn missing(&self) -> u64 {
        (self.highest - self.first + 1).saturating_sub(self.received)
    }
}

/// The measuring window: packets belong to it by the time they were sent, whenever they arrive.
struct Window {
    start: Instant,
    end: Option<Instant>,
    traffic: Traffic,
    latency_us: Histogram<u64>,
    sequences: HashMap<(usize, Ssrc), Sequence>,
}

impl Window {
    fn contains(&self, sent: Instant) -> bool {
        sent >= self.start && self.end.is_none_or(|end| sent < end)
    }
}

/// What the measuring window came to. Latencies are from publisher to subscriber, in milliseconds.
pub struct Measurement {
    pub traffic: Traffic,
    pub lost_packets: u64,
    pub latency_ms_p50: f64,
    pub latency_ms_p95: f64,
    pub latency_ms_p99: f64,
}

pub struct Ledger {
    /// Zero of the stamps in the payloads.
    pub epoch: Instant,
    /// The same, by the clock on the wall.
    pub wall_epoch: SystemTime,
    traffic: Cell<Traffic>,
    streams: RefCell<HashSet<(usize, Ssrc)>>,
    new_stream: Notify,
    window: RefCell<Option<Window>>,
}

impl Ledger {
    pub fn new() -> Self {
        Self {
            epoch: Instant::now(),
            wall_epoch: SystemTime::now(),
            traffic: Cell::default(),
            streams: RefCell::default(),
            new_stream: Notify::new(),
            window: RefCell::default(),
        }
    }

    /// Counts a packet that a publisher sent at `now`.
    pub fn sent(&self, now: Instant) {
        let mut traffic = self.traffic.get();
        traffic.sent_packets += 1;
        self.traffic.set(traffic);
        if let Some(window) = self.window.borrow_mut().as_mut().filter(|window| window.contains(now)) {
            window.traffic.sent_packets += 1;
        }
    }

    /// Counts a packet that participant number `subscriber` received, unless a server made it up.
    pub fn received(&self, subscriber: usize, packet: &RtpPacket) {
        let Some(sent) = stamp::sent_at(&packet.payload, self.epoch) else {
            return;
        };
        let bytes = packet.payload.len() as u64;
        let mut traffic = self.traffic.get();
        traffic.received_packets += 1;
        traffic.received_bytes += bytes;
        self.traffic.set(traffic);

        let stream = (subscriber, packet.header.ssrc);
        let mut window = self.window.borrow_mut();
        let Some(window) = window.as_mut() else {
            if self.streams.borrow_mut().insert(stream) {
                self.new_stream.notify_waiters();
            }
            return;
        };
        if window.contains(sent) {
            let age = packet.timestamp.saturating_duration_since(sent);
            window.traffic.received_packets += 1;
            window.traffic.received_bytes += bytes;
            window.latency_us.saturating_record(age.as_micros() as u64);
            let number = *packet.seq_no;
            let sequence = window.sequences.entry(stream).or_insert(Sequence {
                received: 0,
                first: number,
                highest: number,
            });
            sequence.received += 1;
            sequence.first = sequence.first.min(number);
            sequence.highest = sequence.highest.max(number);
        }
    }

    pub fn traffic(&self) -> Traffic {
        self.traffic.get()
    }

    /// Tracks that have arrived before the measuring window, counted once per subscriber.
    pub fn flowing_tracks(&self) -> usize {
        self.streams.borrow().len()
    }

    /// Returns when at least `count` tracks flow. Never, if they never do.
    pub async fn tracks_flow(&self, count: usize) {
        loop {
            let arrival = self.new_stream.notified();
            if self.flowing_tracks() >= count {
                return;
            }
            arrival.await;
        }
    }

    pub fn open_window(&self) {
        let ceiling = Duration::from_secs(60).as_micros() as u64;
        *self.window.borrow_mut() = Some(Window {
            start: Instant::now(),
            end: None,
            traffic: Traffic::default(),
            latency_us: Histogram::new_with_max(ceiling, 2).expect("two digits up to a minute is a valid range"),
            sequences: HashMap::new(),
        });
    }

    /// Packets sent from now on are outside the window; those on their way still count.
    pub fn close_window(&self) {
        if let Some(window) = self.window.borrow_mut().as_mut() {
            window.end = Some(Instant::now());
        }
    }

    /// The window so far; nothing before it was opened.
    pub fn measurement(&self) -> Option<Measurement> {
        let window = self.window.borrow();
        let window = window.as_ref()?;
        let latency_ms = |quantile| window.latency_us.value_at_quantile(quantile) as f64 / 1000.0;
        Some(Measurement {
            traffic: window.traffic,
            lost_packets: window.sequences.values().map(Sequence::missing).sum(),
            latency_ms_p50: latency_ms(0.50),
            latency_ms_p95: latency_ms(0.95),
            latency_ms_p99: latency_ms(0.99),
        })
    }
}
