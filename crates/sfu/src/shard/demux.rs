use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use str0m::net::Protocol;

use crate::command::PeerId;
use crate::net::stun;

/// Which shard has the peer with this ICE username fragment: an ICE-TCP connection may be accepted elsewhere.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<Mutex<HashMap<String, usize>>>);

impl Directory {
    pub fn shard_of(&self, ufrag: &str) -> Option<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(ufrag)
            .copied()
    }

    fn insert(&self, ufrag: String, shard: usize) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ufrag, shard);
    }

    fn remove(&self, ufrag: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(ufrag);
    }
}

/// For which peer a packet is.
pub(crate) struct Demux {
    shard: usize,
    directory: Directory,
    by_address: FxHashMap<(SocketAddr, bool), PeerId>,
    by_ufrag: HashMap<String, PeerId>,
}

/// Where a packet goes.
pub(crate) enum Destination {
    /// From an address that has shown its credentials.
    Known(PeerId),
    /// Names this peer, but may be anybody: ask the peer.
    Claimed(PeerId),
    Nobody,
}

fn is_tcp(protocol: Protocol) -> bool {
    protocol == Protocol::Tcp
}

impl Demux {
    pub fn new(shard: usize, directory: Directory) -> Demux {
        Demux {
            shard,
            directory,
            by_address: FxHashMap::default(),
            by_ufrag: HashMap::new(),
        }
    }

    pub fn find(&self, protocol: Protocol, source: SocketAddr, packet: &[u8]) -> Destination {
        // A binding request says whom it is for, and an address may have changed hands.
        let claimed = stun::local_ufrag(packet).and_then(|ufrag| self.by_ufrag.get(ufrag));
        if let Some(peer) = claimed {
            return Destination::Claimed(*peer);
        }
        let known = self.by_address.get(&(source, is_tcp(protocol)));
        known.map_or(Destination::Nobody, |peer| Destination::Known(*peer))
    }

    pub fn learn(&mut self, protocol: Protocol, source: SocketAddr, peer: PeerId) {
        self.by_address.insert((source, is_tcp(protocol)), peer);
    }

    /// Registers a peer's current fragment; an earlier one stays good for packets under way.
    pub fn register(&mut self, ufrag: String, peer: PeerId) {
        if self.by_ufrag.insert(ufrag.clone(), peer).is_none() {
            self.directory.insert(ufrag, self.shard);
        }
    }

    /// Forgets a peer; gives the addresses of its TCP connections.
    pub fn forget(&mut self, peer: PeerId) -> Vec<SocketAddr> {
        let mut connections = Vec::new();
        self.by_address.retain(|(address, is_tcp), owner| {
            if *owner == peer && *is_tcp {
                connections.push(*address);
            }
            *owner != peer
        });
        let directory = &self.directory;
        self.by_ufrag.retain(|ufrag, owner| {
            let keep = *owner != peer;
            if !keep {
                directory.remove(ufrag);
            }
            keep
        });
        connections
    }
}
