//! The command line.

use std::net::IpAddr;
use std::time::Duration;

use clap::Parser;

/// Joins publishers and subscribers to one room, counts what arrives, prints one JSON object per line.
#[derive(Debug, Clone, Parser)]
#[command(name = "load-driver", version)]
pub struct Arguments {
    /// Server to load, as ws:// or http:// URL.
    #[arg(long, default_value = "ws://127.0.0.1:7880")]
    pub url: String,
    /// API key that signs the tokens.
    #[arg(long, default_value = "devkey")]
    pub key: String,
    /// Secret of that key.
    #[arg(long, default_value = "secret")]
    pub secret: String,
    /// Room to join.
    #[arg(long, default_value = "load")]
    pub room: String,
    /// Prefix of the participants' identities; two drivers in one room need two prefixes.
    #[arg(long, default_value = "load")]
    pub identity: String,
    /// Participants that publish one VP8 track each (30 fps, about 1.3 Mbit/s) and subscribe to nothing.
    #[arg(long, default_value_t = 0)]
    pub video_publishers: usize,
    /// Participants that publish one opus track each (50 packets/s) and subscribe to nothing.
    #[arg(long, default_value_t = 0)]
    pub audio_publishers: usize,
    /// Participants that subscribe to every track.
    #[arg(long, default_value_t = 0)]
    pub subscribers: usize,
    /// Joins under way at the same time.
    #[arg(long, default_value_t = 8)]
    pub joins_at_once: usize,
    /// Seconds one participant may take to join, and all tracks may take to flow afterwards.
    #[arg(long, default_value = "30", value_parser = seconds)]
    pub join_timeout: Duration,
    /// Seconds between the moment all tracks flow and the measuring window.
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub warmup: Duration,
    /// Seconds of the measuring window.
    #[arg(long, default_value = "20", value_parser = seconds)]
    pub duration: Duration,
    /// Local address of the media sockets.
    #[arg(long, default_value = "127.0.0.1")]
    pub bind: IpAddr,
}

impl Arguments {
    /// Tracks each subscriber has to receive.
    pub fn published_tracks(&self) -> usize {
        self.video_publishers + self.audio_publishers
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number of seconds"))?;
    Duration::try_from_secs_f64(value).map_err(|error| error.to_string())
}
