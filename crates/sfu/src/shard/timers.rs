use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::command::PeerId;
use crate::peer::Peer;

/// When peers want to be woken. Entries are not moved when a deadline moves back: they are looked at again when due.
#[derive(Default)]
pub(crate) struct Timers {
    queue: BinaryHeap<Reverse<(Instant, PeerId)>>,
}

impl Timers {
    pub fn next(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes out the next entry that is due.
    pub fn pop_due(&mut self, now: Instant) -> Option<PeerId> {
        self.next().filter(|at| *at <= now)?;
        self.queue.pop().map(|Reverse((_, peer))| peer)
    }

    /// Makes sure that the peer is looked at by its deadline.
    pub fn schedule(&mut self, peer: &mut Peer) {
        if peer.scheduled.is_none_or(|at| peer.deadline < at) {
            peer.scheduled = Some(peer.deadline);
            self.queue.push(Reverse((peer.deadline, peer.id)));
        }
    }
}
