use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// What a [`Turn`](crate::Turn) is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// UDP addresses for clients; STUN is answered there too.
    pub udp: Vec<SocketAddr>,
    /// TCP addresses for clients.
    pub tcp: Vec<SocketAddr>,
    /// Certificate chain and key (PEM) for the TCP addresses; `None`: somebody in front of us ends TLS.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Local addresses that relays are bound to, one per address family.
    pub relay_ips: Vec<IpAddr>,
    pub relay_ports: RangeInclusive<u16>,
    /// API keys and their secrets: whose signatures on credentials are good.
    pub keys: HashMap<String, String>,
    /// Where the media engine is to be reached: the peers that everybody may talk to.
    pub sfu: Vec<SfuAddress>,
    /// Further networks with peers that may be talked to.
    pub allow: Vec<Network>,
    /// Networks that nobody may talk to, whatever else is said.
    pub deny: Vec<Network>,
    /// Relays that one participant may have at a time.
    pub relays_per_user: usize,
    /// Clients at a time, those included that have not said who they are.
    pub clients: usize,
}

/// One address of the media engine. Behind address translation the announced one leads here only by way of the router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SfuAddress {
    pub announced: SocketAddr,
    pub local: SocketAddr,
}

/// An address prefix, as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    ip: IpAddr,
    prefix: u32,
}

impl Network {
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || format!("not a network like 10.0.0.0/8: {text:?}");
        let (ip, prefix) = match text.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |prefix| prefix.parse().map_err(|_| wrong()))?;
        if prefix > longest {
            return Err(wrong());
        }
        Ok(Network { ip, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, ip: &str) -> bool {
        let network: Network = network.parse().expect("a network");
        network.contains(ip.parse().expect("an address"))
    }

    #[test]
    fn a_network_contains_what_begins_like_it() {
        assert!(holds("10.0.0.0/8", "10.200.1.2"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "192.0.2.1"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("192.0.2.7", "192.0.2.7"));
        assert!(!holds("192.0.2.7", "192.0.2.8"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1"));
        assert!(holds("::/0", "2001:db8:1::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/x",
            "::/129",
            "10.0.0.0/-1",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
