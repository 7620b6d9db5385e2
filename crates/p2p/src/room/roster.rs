use std::collections::HashMap;

use iroh::EndpointId;

use crate::state::PeerState;

/// More peers than a full mesh can carry; the rest is ignored.
pub(crate) const MAX_PEERS: usize = 256;

/// What is known of the other members: pure state, told facts and answering with what changed.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    peers: HashMap<EndpointId, Peer>,
    full: bool,
}

#[derive(Debug, Default)]
struct Peer {
    /// Counted as in the room: PeerJoined was told and PeerLeft was not.
    here: bool,
    display_name: Option<String>,
    broadcasts: Vec<String>,
    /// Timestamps of its newest state and of its last goodbye.
    newest: u64,
    goodbye: u64,
}

/// What a state changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Joined,
    Renamed,
    /// Nothing but perhaps the broadcasts.
    Known,
    /// It is older than what is known, or than the goodbye.
    Stale,
    /// One more than there may be. Told once.
    TooMany {
        first: bool,
    },
}

impl Roster {
    pub(crate) fn state(&mut self, remote: EndpointId, state: PeerState, timestamp: u64) -> Change {
        if !self.peers.contains_key(&remote) && self.peers.len() >= MAX_PEERS {
            let first = !std::mem::replace(&mut self.full, true);
            return Change::TooMany { first };
        }
        let peer = self.peers.entry(remote).or_default();
        if timestamp <= peer.newest.max(peer.goodbye) {
            return Change::Stale;
        }
        peer.newest = timestamp;
        peer.broadcasts = state.broadcasts;
        let renamed =
            std::mem::replace(&mut peer.display_name, state.display_name) != peer.display_name;
        match (std::mem::replace(&mut peer.here, true), renamed) {
            (false, _) => Change::Joined,
            (true, true) => Change::Renamed,
            (true, false) => Change::Known,
        }
    }

    /// An orderly goodbye. True if the peer was here until now.
    pub(crate) fn goodbye(&mut self, remote: EndpointId, timestamp: u64) -> bool {
        if !self.peers.contains_key(&remote) && self.peers.len() >= MAX_PEERS {
            return false;
        }
        // Of somebody unknown too: what was said before may come after.
        let peer = self.peers.entry(remote).or_default();
        if timestamp <= peer.newest {
            return false;
        }
        peer.goodbye = timestamp;
        peer.broadcasts.clear();
        std::mem::take(&mut peer.here)
    }

    /// Its state was not said again in time, so nothing of it counts any more. True if the peer was here until now.
    pub(crate) fn expired(&mut self, remote: EndpointId) -> bool {
        self.full = false;
        self.peers.remove(&remote).is_some_and(|peer| peer.here)
    }

    /// Its state was not said again, but it is here for another reason: remembered, without its broadcasts.
    pub(crate) fn faded(&mut self, remote: EndpointId) {
        if let Some(peer) = self.peers.get_mut(&remote) {
            peer.broadcasts.clear();
        }
    }

    /// True if the peer was here until now.
    pub(crate) fn left(&mut self, remote: EndpointId) -> bool {
        let peer = self.peers.get_mut(&remote);
        peer.is_some_and(|peer| std::mem::take(&mut peer.here))
    }

    /// It shows itself again. True if it was not here.
    pub(crate) fn back(&mut self, remote: EndpointId) -> bool {
        let peer = self.peers.get_mut(&remote);
        peer.is_some_and(|peer| !std::mem::replace(&mut peer.here, true))
    }

    pub(crate) fn advertises(&self, remote: EndpointId, name: &str) -> bool {
        let peer = self.peers.get(&remote);
        peer.is_some_and(|peer| peer.broadcasts.iter().any(|known| known == name))
    }

    pub(crate) fn display_name(&self, remote: EndpointId) -> Option<String> {
        self.peers.get(&remote)?.display_name.clone()
    }

    pub(crate) fn broadcasts(&self, remote: EndpointId) -> Vec<String> {
        self.peers
            .get(&remote)
            .map(|peer| peer.broadcasts.clone())
            .unwrap_or_default()
    }

    /// Everybody who is here, in the order of their ids.
    pub(crate) fn here(&self) -> Vec<(EndpointId, Option<String>)> {
        let here = self.peers.iter().filter(|(_, peer)| peer.here);
        let mut here: Vec<_> = here
            .map(|(id, peer)| (*id, peer.display_name.clone()))
            .collect();
        here.sort_by_key(|(id, _)| *id);
        here
    }
}

#[cfg(test)]
mod tests {
    use iroh::SecretKey;

    use super::*;

    fn id(seed: u16) -> EndpointId {
        let mut key = [7; 32];
        key[..2].copy_from_slice(&seed.to_le_bytes());
        SecretKey::from_bytes(&key).public()
    }

    fn state(broadcasts: &[&str], name: &str) -> PeerState {
        PeerState {
            broadcasts: broadcasts.iter().map(|name| name.to_string()).collect(),
            display_name: Some(name.into()),
        }
    }

    #[test]
    fn a_peer_joins_once_is_renamed_and_its_heartbeats_change_nothing() {
        let mut roster = Roster::default();
        assert_eq!(
            roster.state(id(1), state(&["cam"], "A"), 10),
            Change::Joined
        );
        assert_eq!(roster.state(id(1), state(&["cam"], "A"), 20), Change::Known);
        assert_eq!(
            roster.state(id(1), state(&["cam"], "B"), 30),
            Change::Renamed
        );
        assert_eq!(roster.state(id(1), state(&[], "A"), 25), Change::Stale);
        assert_eq!(roster.here(), [(id(1), Some("B".into()))]);
        assert!(roster.advertises(id(1), "cam"));
    }

    #[test]
    fn after_a_goodbye_only_newer_words_bring_a_peer_back() {
        let mut roster = Roster::default();
        roster.state(id(1), state(&["cam"], "A"), 10);
        assert!(!roster.goodbye(id(1), 5), "older than what it said since");
        assert!(roster.goodbye(id(1), 20));
        assert!(!roster.goodbye(id(1), 20));
        assert_eq!(roster.state(id(1), state(&[], "A"), 15), Change::Stale);
        assert!(roster.here().is_empty());
        assert_eq!(roster.state(id(1), state(&[], "A"), 30), Change::Joined);
    }

    #[test]
    fn a_goodbye_that_overtakes_what_was_said_before_counts() {
        let mut roster = Roster::default();
        assert!(!roster.goodbye(id(1), 20), "nobody knew it");
        assert_eq!(roster.state(id(1), state(&[], "A"), 15), Change::Stale);
        assert!(roster.here().is_empty());
    }

    #[test]
    fn what_expires_is_forgotten() {
        let mut roster = Roster::default();
        roster.state(id(1), state(&["cam"], "A"), 10);
        assert!(roster.expired(id(1)));
        assert!(!roster.expired(id(1)));
        assert_eq!(roster.state(id(1), state(&[], "A"), 5), Change::Joined);
    }

    #[test]
    fn a_crowd_beyond_the_limit_is_ignored_and_told_once() {
        let mut roster = Roster::default();
        for seed in 0..MAX_PEERS as u16 {
            assert_eq!(roster.state(id(seed), state(&[], ""), 1), Change::Joined);
        }
        assert_eq!(
            roster.state(id(1000), state(&[], ""), 1),
            Change::TooMany { first: true }
        );
        assert_eq!(
            roster.state(id(1001), state(&[], ""), 1),
            Change::TooMany { first: false }
        );
        assert_eq!(roster.state(id(3), state(&[], ""), 2), Change::Known);
    }
}
