//! One thread with its sockets, its peers and its routing; it shares nothing with the others.

mod commands;
mod demux;
mod feedback;
mod gathering;
mod notices;
mod ports;
mod redundant;
mod reports;
mod routing;
mod sending;
mod timers;
mod transport;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use mio::net::TcpListener;
use mio::{Events, Poll, Token, Waker};
use rustc_hash::FxHashMap;

use crate::command::{Command, PeerId, RoomSid, TrackSid};
use crate::config::Config;
use crate::counters::{self, Counters};
use crate::event::Event;
use crate::events::EventQueue;
use crate::media::speaker::UPDATE_INTERVAL;
use crate::media::track::{Track, TrackKey};
use crate::net::tcp::TcpConnection;
use crate::net::udp::{ReceiveBuffer, UdpPort};
use crate::peer::{Certificate, Outbox, Peer};

use demux::Demux;
pub(crate) use demux::Directory;
use feedback::FeedbackPace;
use gathering::Gathering;
use ports::Ports;
use timers::Timers;

/// Commands handled in one turn, so that packets never wait long.
const COMMANDS_PER_TURN: usize = 256;
pub(crate) const WAKE: Token = Token(0);
const FIRST_SOCKET: usize = 1;
/// Timers may be this late: media wakes a busy shard more often than that anyway.
const TIMER_SLACK: Duration = Duration::from_millis(3);

/// What reaches a shard from other threads.
pub(crate) enum Input {
    Command(Command),
    /// A TCP connection that another shard accepted for a peer of ours, with the packets read so far.
    Adopt(TcpConnection, Vec<Vec<u8>>),
}

/// How other threads reach a shard.
#[derive(Clone)]
pub(crate) struct ShardHandle {
    pub sender: SyncSender<Input>,
    pub waker: Arc<Waker>,
}

/// What a shard is started with.
pub(crate) struct ShardSetup {
    pub index: usize,
    pub config: Arc<Config>,
    pub certificate: Certificate,
    pub poll: Poll,
    pub inbox: Receiver<Input>,
    pub events: Arc<EventQueue>,
    pub counters: Arc<Counters>,
    pub directory: Directory,
    pub siblings: Vec<ShardHandle>,
    pub udp: Vec<UdpPort>,
    pub listeners: Vec<TcpListener>,
}

pub(crate) struct Shard {
    index: usize,
    config: Arc<Config>,
    certificate: Certificate,
    poll: Poll,
    inbox: Receiver<Input>,
    events: Arc<EventQueue>,
    counters: Arc<Counters>,
    siblings: Vec<ShardHandle>,
    directory: Directory,
    udp: Vec<UdpPort>,
    listeners: Vec<TcpListener>,
    connections: FxHashMap<usize, TcpConnection>,
    next_token: usize,
    demux: Demux,
    timers: Timers,
    peers: FxHashMap<PeerId, Peer>,
    tracks: FxHashMap<TrackKey, Track>,
    track_keys: HashMap<TrackSid, TrackKey>,
    next_track: TrackKey,
    /// Peers of each open room.
    rooms: HashMap<RoomSid, Vec<PeerId>>,
    outbox: Outbox,
    /// Peers that were written to and not drained yet.
    dirty: Vec<PeerId>,
    /// Facts of this turn.
    facts: Vec<Event>,
    ports: Ports,
    /// Peers with media packets to send at the end of this turn.
    senders: Vec<PeerId>,
    gathering: Gathering,
    feedback_pace: FeedbackPace,
    next_report: Instant,
    reports: u64,
    now: Instant,
    stopping: bool,
}

impl Shard {
    pub fn new(setup: ShardSetup) -> Shard {
        let now = Instant::now();
        Shard {
            demux: Demux::new(setup.index, setup.directory.clone()),
            index: setup.index,
            config: setup.config,
            certificate: setup.certificate,
            poll: setup.poll,
            inbox: setup.inbox,
            events: setup.events,
            counters: setup.counters,
            siblings: setup.siblings,
            directory: setup.directory,
            next_token: FIRST_SOCKET + setup.udp.len() + setup.listeners.len(),
            udp: setup.udp,
            listeners: setup.listeners,
            connections: FxHashMap::default(),
            timers: Timers::default(),
            peers: FxHashMap::default(),
            tracks: FxHashMap::default(),
            track_keys: HashMap::new(),
            next_track: 0,
            rooms: HashMap::new(),
            outbox: Outbox::default(),
            dirty: Vec::new(),
            facts: Vec::new(),
            ports: Ports::default(),
            senders: Vec::new(),
            gathering: Gathering::default(),
            feedback_pace: FeedbackPace::default(),
            next_report: now + UPDATE_INTERVAL,
            reports: 0,
            now,
            stopping: false,
        }
    }

    /// Runs until told to stop.
    pub fn run(mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(256);
        let mut buffer = ReceiveBuffer::new();
        self.register_sockets()?;
        while !self.stopping {
            if let Err(error) = self.poll.poll(&mut ready, self.sleep()) {
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
                continue;
            }
            self.now = Instant::now();
            self.feedback_pace.begin_turn();
            for event in &ready {
                self.socket_ready(event.token(), &mut buffer);
            }
            let more = self.run_commands();
            self.run_timers();
            self.settle();
            self.publish();
            if more {
                self.siblings[self.index].waker.wake()?;
            } else if self.gathering.until().is_none()
                && let Some(pause) = self.feedback_pace.pause(self.now)
            {
                std::thread::sleep(pause);
            }
        }
        Ok(())
    }

    /// How long nothing is due.
    fn sleep(&self) -> Option<Duration> {
        let busy = !(self.peers.is_empty() && self.ports.is_empty());
        let report = busy.then_some(self.next_report);
        let timer = self.timers.next().map(|at| {
            // What is due already shall not wait, and what is not may: other work will wake us soon.
            if at > self.now { at + TIMER_SLACK } else { at }
        });
        let next = [timer, report, self.gathering.until()]
            .into_iter()
            .flatten()
            .min()?;
        let left = next.saturating_duration_since(Instant::now());
        // epoll counts milliseconds: waking a little late beats spinning through the last one.
        Some(Duration::from_millis(left.as_micros().div_ceil(1000) as u64))
    }

    /// Runs waiting commands; returns whether more wait.
    fn run_commands(&mut self) -> bool {
        for _ in 0..COMMANDS_PER_TURN {
            match self.inbox.try_recv() {
                Ok(input) => {
                    self.feedback_pace.other();
                    self.input(input);
                }
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => {
                    self.stopping = true;
                    return false;
                }
            }
        }
        true
    }

    fn input(&mut self, input: Input) {
        match input {
            Input::Command(command) => self.command(command),
            Input::Adopt(connection, packets) => self.adopt(connection, packets),
        }
    }

    fn run_timers(&mut self) {
        while let Some(id) = self.timers.pop_due(self.now) {
            let Some(peer) = self.peers.get_mut(&id) else {
                continue;
            };
            peer.scheduled = None;
            if peer.deadline <= self.now {
                mark_dirty(peer, &mut self.dirty);
            } else {
                self.timers.schedule(peer);
            }
        }
        if self.now >= self.next_report {
            self.next_report = self.now + UPDATE_INTERVAL;
            self.report();
        }
    }

    /// Drains peers and routes what they received until nothing is left to do in this turn, then sends it.
    fn settle(&mut self) {
        while !(self.dirty.is_empty()
            && self.outbox.arrivals.is_empty()
            && self.outbox.notices.is_empty())
        {
            self.route_arrivals();
            self.handle_notices();
            for id in std::mem::take(&mut self.dirty) {
                let Some(peer) = self.peers.get_mut(&id) else {
                    continue;
                };
                if let Err(fault) = peer.drain(self.now, &mut self.outbox) {
                    self.fail(id, &fault);
                    continue;
                }
                self.timers.schedule(peer);
                self.transmit(id);
            }
        }
        self.flush();
        self.flush_outlets();
    }

    fn publish(&mut self) {
        counters::set(&self.counters.rooms, self.rooms.len());
        counters::set(&self.counters.peers, self.peers.len());
        counters::set(&self.counters.tracks, self.tracks.len());
        self.events.publish(&mut self.facts);
    }
}

/// Notes that a peer has something to drain.
fn mark_dirty(peer: &mut Peer, dirty: &mut Vec<PeerId>) {
    if !std::mem::replace(&mut peer.dirty, true) {
        dirty.push(peer.id);
    }
}
