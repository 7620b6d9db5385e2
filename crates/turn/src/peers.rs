//! With whom clients may talk through us.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use crate::config::{Config, Network};

/// Default deny: the media engine, and what the configuration adds to it.
#[derive(Debug)]
pub(crate) struct Peers {
    local: HashMap<SocketAddr, SocketAddr>,
    announced: HashMap<SocketAddr, SocketAddr>,
    ips: HashSet<IpAddr>,
    allow: Vec<Network>,
    deny: Vec<Network>,
}

impl Peers {
    pub fn new(config: &Config) -> Peers {
        Peers {
            local: config.sfu.iter().map(|a| (a.announced, a.local)).collect(),
            announced: config.sfu.iter().map(|a| (a.local, a.announced)).collect(),
            ips: config.sfu.iter().map(|a| a.announced.ip()).collect(),
            allow: config.allow.clone(),
            deny: config.deny.clone(),
        }
    }

    /// May a client ask for permission to talk with this address?
    pub fn permits(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        !self.denied(ip) && (self.ips.contains(&ip) || self.allowed(ip))
    }

    /// Where a packet to this peer goes; `None`: nowhere.
    pub fn route(&self, peer: SocketAddr) -> Option<SocketAddr> {
        let ip = peer.ip().to_canonical();
        if self.denied(ip) {
            return None;
        }
        let known = self.local.get(&SocketAddr::new(ip, peer.port())).copied();
        known.or_else(|| self.allowed(ip).then_some(peer))
    }

    /// As whom the client knows the sender of a packet; `None`: it does not get it.
    pub fn name(&self, source: SocketAddr) -> Option<SocketAddr> {
        let ip = source.ip().to_canonical();
        let source = SocketAddr::new(ip, source.port());
        let known = self.announced.get(&source).copied();
        let peer = known.or_else(|| self.allowed(ip).then_some(source))?;
        (!self.denied(peer.ip())).then_some(peer)
    }

    fn allowed(&self, ip: IpAddr) -> bool {
        self.allow.iter().any(|network| network.contains(ip))
    }

    fn denied(&self, ip: IpAddr) -> bool {
        self.deny.iter().any(|network| network.contains(ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::config;

    fn at(address: &str) -> SocketAddr {
        address.parse().expect("an address")
    }

    fn ip(address: &str) -> IpAddr {
        address.parse().expect("an address")
    }

    #[test]
    fn only_the_media_engine_is_a_peer() {
        let peers = Peers::new(&config());
        assert!(peers.permits(ip("203.0.113.7")));
        assert!(peers.permits(ip("::ffff:203.0.113.7")));
        for other in [
            "10.0.0.5",
            "127.0.0.1",
            "169.254.169.254",
            "8.8.8.8",
            "::1",
            "0.0.0.0",
        ] {
            assert!(!peers.permits(ip(other)), "{other}");
            assert_eq!(
                peers.route(SocketAddr::new(ip(other), 7882)),
                None,
                "{other}"
            );
            assert_eq!(peers.name(SocketAddr::new(ip(other), 1)), None, "{other}");
        }
        assert_eq!(peers.route(at("203.0.113.7:53")), None);
    }

    #[test]
    fn behind_address_translation_packets_take_the_short_way() {
        let peers = Peers::new(&config());
        assert_eq!(
            peers.route(at("203.0.113.7:7882")),
            Some(at("10.0.0.5:7882"))
        );
        assert_eq!(
            peers.name(at("10.0.0.5:7882")),
            Some(at("203.0.113.7:7882"))
        );
    }

    #[test]
    fn networks_can_be_allowed_and_denial_wins() {
        let mut config = config();
        config.allow = vec!["10.0.0.0/8".parse().expect("a network")];
        config.deny = vec!["10.9.0.0/16".parse().expect("a network")];
        let peers = Peers::new(&config);
        assert!(peers.permits(ip("10.1.2.3")));
        assert_eq!(peers.route(at("10.1.2.3:9")), Some(at("10.1.2.3:9")));
        assert!(!peers.permits(ip("10.9.2.3")));
        assert_eq!(peers.route(at("10.9.2.3:9")), None);
        assert_eq!(peers.name(at("10.9.2.3:9")), None);
        config
            .deny
            .push("203.0.113.0/24".parse().expect("a network"));
        assert!(!Peers::new(&config).permits(ip("203.0.113.7")));
    }
}
