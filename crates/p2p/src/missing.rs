use std::collections::HashMap;
use std::time::Duration;

use iroh::EndpointId;
use tokio::time::Instant;

use crate::retry::Backoff;

/// As many as gossip keeps in reserve.
const MOST: usize = 30;

/// Whoever leaves is a neighbour for a moment more: they need not be remembered for long.
const MOST_GOODBYES: usize = 256;

/// A network that is divided for longer than this stays so until somebody joins again.
const GIVE_UP: Duration = Duration::from_secs(3600);

/// Members say each half minute that they are here, by way of others too. In a large room neighbours come and go all the
/// time, because there is no place for all; whoever is heard of by then is no less in the room.
const SILENCE: Duration = Duration::from_secs(45);

/// Neighbours that went without a goodbye. If it was not they that went but the network between, half of the room went
/// with them: gossip replaces a neighbour by others that it can reach, and neither half would look for the other.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    peers: HashMap<EndpointId, Search>,
    /// Timestamps of the goodbyes of those who are no neighbours for a reason.
    goodbyes: HashMap<EndpointId, u64>,
}

#[derive(Debug)]
struct Search {
    since: Instant,
    next: Instant,
    backoff: Backoff,
}

impl Missing {
    pub(crate) fn lost(&mut self, peer: EndpointId, now: Instant) {
        if self.goodbyes.contains_key(&peer) {
            return;
        }
        if self.peers.len() >= MOST {
            let longest = self.peers.iter().min_by_key(|(_, search)| search.since);
            if let Some(longest) = longest.map(|(peer, _)| *peer) {
                self.peers.remove(&longest);
            }
        }
        let search = Search {
            since: now,
            next: now + SILENCE,
            backoff: Backoff::new(),
        };
        self.peers.insert(peer, search);
    }

    /// It is a neighbour again.
    pub(crate) fn met(&mut self, peer: EndpointId) {
        self.peers.remove(&peer);
    }

    /// It said something; what was said before a goodbye may come after it.
    pub(crate) fn heard(&mut self, peer: EndpointId, timestamp: u64) {
        if self
            .goodbyes
            .get(&peer)
            .is_none_or(|goodbye| timestamp > *goodbye)
        {
            self.goodbyes.remove(&peer);
            self.peers.remove(&peer);
        }
    }

    pub(crate) fn goodbye(&mut self, peer: EndpointId, timestamp: u64) {
        if self.goodbyes.len() >= MOST_GOODBYES {
            self.goodbyes.clear();
        }
        self.goodbyes.insert(peer, timestamp);
        self.peers.remove(&peer);
    }

    /// When somebody is to be dialed next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.peers.values().map(|search| search.next).min()
    }

    /// Whom to dial now. Each is due again later.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<EndpointId> {
        self.peers
            .retain(|_, search| now.duration_since(search.since) < GIVE_UP);
        let mut due = Vec::new();
        for (peer, search) in &mut self.peers {
            if search.next <= now {
                search.next = now + search.backoff.next();
                due.push(*peer);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use iroh::SecretKey;

    use super::*;

    fn id(seed: u8) -> EndpointId {
        SecretKey::from_bytes(&[seed; 32]).public()
    }

    #[test]
    fn a_lost_neighbour_is_looked_for_less_and_less_often_until_it_is_found() {
        let (mut missing, start) = (Missing::default(), Instant::now());
        missing.lost(id(1), start);
        let (mut tries, mut now) = (0, start);
        assert!(missing.due(start + SILENCE / 2).is_empty());
        let end = start + SILENCE + Duration::from_secs(120);
        while let Some(next) = missing.next().filter(|next| *next < end) {
            now = next;
            assert_eq!(missing.due(now), [id(1)]);
            assert!(missing.due(now).is_empty());
            tries += 1;
        }
        assert!((6..=9).contains(&tries), "{tries}");
        missing.heard(id(1), 7);
        assert_eq!(missing.next(), None);
        assert!(missing.due(now + Duration::from_secs(60)).is_empty());
    }

    #[test]
    fn whoever_said_goodbye_is_not_missed_until_it_is_back() {
        let (mut missing, start) = (Missing::default(), Instant::now());
        missing.goodbye(id(1), 10);
        // What it said before comes late.
        missing.heard(id(1), 9);
        missing.lost(id(1), start);
        assert_eq!(missing.next(), None);
        missing.heard(id(1), 11);
        missing.lost(id(1), start);
        assert!(missing.next().is_some());
        missing.met(id(1));
        assert_eq!(missing.next(), None);
    }

    #[test]
    fn whoever_does_not_come_back_is_given_up() {
        let (mut missing, start) = (Missing::default(), Instant::now());
        missing.lost(id(1), start);
        assert!(missing.due(start + GIVE_UP).is_empty());
        assert_eq!(missing.next(), None);
    }

    #[test]
    fn of_too_many_the_first_is_given_up() {
        let (mut missing, start) = (Missing::default(), Instant::now());
        for seed in 0..=MOST as u8 {
            missing.lost(id(seed), start + Duration::from_millis(seed.into()));
        }
        let due = missing.due(start + SILENCE + Duration::from_secs(1));
        assert_eq!(due.len(), MOST);
        assert!(!due.contains(&id(0)));
    }
}
