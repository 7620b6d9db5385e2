//! The driver's standard output: one JSON object per line, each with an `event`.

use std::io::{self, Write};

use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Report {
    /// The stamps in payloads count from this moment, in nanoseconds since the Unix epoch: another program can stamp too.
    Started { unix_ns: u64 },
    /// Everybody is in. Times in milliseconds, from a participant's connect to its last peer connection up.
    Joined {
        participants: usize,
        seconds: f64,
        joins_per_second: f64,
        join_ms_p50: f64,
        join_ms_p95: f64,
    },
    /// Every subscriber receives every track.
    Flowing { tracks: usize, seconds: f64 },
    /// The measuring window begins now.
    Measuring,
    /// One second of the measuring window.
    Second {
        number: u64,
        sent_packets: u64,
        received_packets: u64,
        received_bytes: u64,
    },
    /// The measuring window ends now.
    Stopped { seconds: f64 },
    /// What came of the window. `expected_packets` is what the publishers sent in it times the subscribers, `lost_packets` what is
    /// missing between the first and the last packet of each track; latencies are from publisher to subscriber.
    Measured {
        seconds: f64,
        sent_packets: u64,
        expected_packets: u64,
        received_packets: u64,
        received_bytes: u64,
        lost_packets: u64,
        delivered: f64,
        latency_ms_p50: f64,
        latency_ms_p95: f64,
        latency_ms_p99: f64,
        driver_cpu_seconds: f64,
    },
    /// Everybody left.
    Finished,
    /// The run was given up.
    Failed { error: String },
}

impl Report {
    pub fn print(&self) -> io::Result<()> {
        let mut output = io::stdout().lock();
        serde_json::to_writer(&mut output, self)?;
        output.write_all(b"\n")?;
        output.flush()
    }
}
