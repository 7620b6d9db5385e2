use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What an [`Engine`](crate::Engine) is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// UDP addresses to bind, one list per shard. The number of lists is the number of shards.
    pub udp: Vec<Vec<SocketAddr>>,
    /// TCP addresses to listen on for ICE-TCP (RFC 6544, passive); empty switches it off.
    pub tcp: Vec<SocketAddr>,
    /// Addresses announced in host candidates, in order of preference.
    pub candidate_ips: Vec<IpAddr>,
    /// Least time between two keyframe requests to one publisher layer, by layer: low, middle, high.
    pub keyframe_throttle: [Duration; 3],
    /// Without anything received for this long a peer counts as disconnected.
    pub disconnected_after: Duration,
    /// Without anything received for this long a peer is given up. The control plane usually closes it before.
    pub failed_after: Duration,
    /// Bytes one peer may have waiting on its reliable data channel before it is dropped as slow.
    pub data_buffer: usize,
}

impl Config {
    /// A single shard on one address, for tests and trials.
    pub fn loopback(udp: SocketAddr) -> Config {
        Config {
            udp: vec![vec![udp]],
            tcp: vec![],
            candidate_ips: vec![udp.ip()],
            ..Config::default()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            udp: vec![],
            tcp: vec![],
            candidate_ips: vec![],
            keyframe_throttle: [
                Duration::from_millis(500),
                Duration::from_secs(1),
                Duration::from_secs(1),
            ],
            disconnected_after: Duration::from_secs(10),
            failed_after: Duration::from_secs(30),
            data_buffer: 1 << 20,
        }
    }
}
