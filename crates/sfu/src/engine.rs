use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use mio::{Poll, Waker};

use crate::command::{Command, PeerId, RoomSid};
use crate::config::Config;
use crate::counters::{Counters, Totals};
use crate::events::EventQueue;
use crate::net::tcp;
use crate::net::udp::UdpPort;
use crate::peer::Certificate;
use crate::ports::PortId;
use crate::shard::{Directory, Input, Shard, ShardHandle, ShardSetup, WAKE};

/// Commands that may wait for one shard.
const INBOX: usize = 16 << 10;

/// A command could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("the media engine is overloaded: too many commands wait")]
    Overloaded,
    #[error("the media engine is closed")]
    Closed,
}

/// The running media engine: its shards' threads and the way to them.
pub struct Engine {
    shards: Vec<ShardHandle>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    counters: Vec<Arc<Counters>>,
    events: Arc<EventQueue>,
    placement: Mutex<Placement>,
    udp_addresses: Vec<SocketAddr>,
    tcp_addresses: Vec<SocketAddr>,
}

/// Where a peer is.
struct Home {
    shard: usize,
    room: RoomSid,
}

/// Which shard has what.
#[derive(Default)]
struct Placement {
    rooms: HashMap<RoomSid, usize>,
    peers: HashMap<PeerId, Home>,
    peers_of_room: HashMap<RoomSid, HashSet<PeerId>>,
    ports: HashMap<PortId, usize>,
    next: usize,
    closed: bool,
}

impl Engine {
    /// Binds the sockets and starts the shards.
    ///
    /// # Errors
    ///
    /// An address cannot be bound (the error's text names it), or the machine refuses a thread or an epoll.
    pub fn start(config: Config, wake: impl Fn() + Send + Sync + 'static) -> io::Result<Engine> {
        if config.udp.iter().all(Vec::is_empty) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "no UDP address to listen on",
            ));
        }
        let certificate = Certificate::generate()
            .ok_or_else(|| io::Error::other("the crypto library gave no certificate"))?;
        let events = Arc::new(EventQueue::new(wake));
        let directory = Directory::default();
        let mut config = config;
        let mut listeners = Vec::new();
        for address in &mut config.tcp {
            let listener =
                tcp::listen(*address).map_err(|error| naming("TCP", *address, &error))?;
            *address = listener.local_addr()?;
            listeners.push(listener);
        }
        let mut parts = Vec::new();
        for addresses in &config.udp {
            let bind = |address: &SocketAddr| {
                UdpPort::bind(*address).map_err(|error| naming("UDP", *address, &error))
            };
            let ports = addresses
                .iter()
                .map(bind)
                .collect::<io::Result<Vec<UdpPort>>>()?;
            let poll = Poll::new()?;
            let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
            let (sender, inbox): (SyncSender<Input>, _) = sync_channel(INBOX);
            parts.push((ports, poll, inbox, ShardHandle { sender, waker }));
        }
        let udp_addresses = parts
            .iter()
            .flat_map(|(ports, ..)| ports.iter().map(|port| port.local))
            .collect();
        let shards: Vec<ShardHandle> = parts.iter().map(|(.., handle)| handle.clone()).collect();
        let config = Arc::new(config);
        let (mut threads, mut counters) = (Vec::new(), Vec::new());
        for (index, (udp, poll, inbox, _)) in parts.into_iter().enumerate() {
            let own = Arc::new(Counters::default());
            counters.push(own.clone());
            let shard = Shard::new(ShardSetup {
                index,
                config: config.clone(),
                certificate: certificate.clone(),
                poll,
                inbox,
                events: events.clone(),
                counters: own,
                directory: directory.clone(),
                siblings: shards.clone(),
                udp,
                listeners: if index == 0 {
                    std::mem::take(&mut listeners)
                } else {
                    vec![]
                },
            });
            let run = move || {
                if let Err(error) = shard.run() {
                    log::error!("media shard {index} stopped: {error}");
                }
            };
            threads.push(
                std::thread::Builder::new()
                    .name(format!("roomful-sfu-{index}"))
                    .spawn(run)?,
            );
        }
        Ok(Engine {
            shards,
            threads: Mutex::new(threads),
            counters,
            events,
            placement: Mutex::default(),
            udp_addresses,
            tcp_addresses: config.tcp.clone(),
        })
    }

    /// UDP addresses in use, shard by shard.
    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.udp_addresses
    }

    /// TCP addresses in use.
    pub fn tcp_addresses(&self) -> &[SocketAddr] {
        &self.tcp_addresses
    }

    /// Facts since the last call, oldest first.
    pub fn events(&self) -> &EventQueue {
        &self.events
    }

    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.counters
            .iter()
            .for_each(|counters| totals.add(counters));
        totals
    }

    /// Hands a command to the shard it concerns; never waits.
    pub fn send(&self, command: Command) -> Result<(), SendError> {
        let mut placement = self.placement();
        if placement.closed {
            return Err(SendError::Closed);
        }
        match command {
            Command::OpenRoom {
                ref room,
                ref beside,
            } => {
                if let Some(neighbour) = beside {
                    let shard = placement.place(neighbour, self.shards.len());
                    placement.rooms.entry(room.clone()).or_insert(shard);
                }
                let shard = placement.place(room, self.shards.len());
                self.send_to(shard, command)
            }
            Command::CloseRoom { ref room } => {
                let shard = placement.remove_room(room);
                shard.map_or(Ok(()), |shard| self.send_to(shard, command))
            }
            Command::OpenPeer { ref room, peer, .. } => {
                let shard = placement.place(room, self.shards.len());
                placement.add_peer(room, peer, shard);
                self.send_to(shard, command)
            }
            Command::ClosePeer { peer } => {
                let shard = placement.remove_peer(peer);
                shard.map_or(Ok(()), |shard| self.send_to(shard, command))
            }
            Command::AcceptOffer { peer, .. }
            | Command::CreateOffer { peer, .. }
            | Command::AcceptAnswer { peer, .. }
            | Command::AddCandidate { peer, .. }
            | Command::Subscribe { peer, .. }
            | Command::Unsubscribe { peer, .. }
            | Command::SetSubscription { peer, .. }
            | Command::LimitPeer { peer, .. }
            | Command::AllowPause { peer } => {
                // A peer that is gone has shard 0 answer for it, where an answer is due.
                let shard = placement.peers.get(&peer).map_or(0, |home| home.shard);
                self.send_to(shard, command)
            }
            Command::SetTrackMuted { track, muted } => {
                self.send_to_all(|| Command::SetTrackMuted {
                    track: track.clone(),
                    muted,
                })
            }
            Command::Unpublish { track } => self.send_to_all(|| Command::Unpublish {
                track: track.clone(),
            }),
            Command::MoveTrack { track, to, room } => self.send_to_all(|| Command::MoveTrack {
                track: track.clone(),
                to: to.clone(),
                room: room.clone(),
            }),
            Command::OpenFramesOut { ref room, port, .. }
            | Command::OpenFramesIn { ref room, port, .. } => {
                // Of a room that is gone, shard 0 says so.
                let shard = placement.rooms.get(room).copied().unwrap_or(0);
                placement.ports.insert(port, shard);
                self.send_to(shard, command)
            }
            Command::AddFrames { port, .. }
            | Command::RemoveFrames { port, .. }
            | Command::MarkFrames { port, .. }
            | Command::PublishFrames { port, .. } => {
                let shard = placement.ports.get(&port).copied();
                shard.map_or(Ok(()), |shard| self.send_to(shard, command))
            }
            Command::ClosePort { port } => {
                let shard = placement.ports.remove(&port);
                shard.map_or(Ok(()), |shard| self.send_to(shard, command))
            }
            Command::RequestKeyframe { track } => self.send_to_all(|| Command::RequestKeyframe {
                track: track.clone(),
            }),
            Command::SendData { peers, label, data } => {
                let mut by_shard: HashMap<usize, Vec<PeerId>> = HashMap::new();
                for peer in peers {
                    if let Some(home) = placement.peers.get(&peer) {
                        by_shard.entry(home.shard).or_default().push(peer);
                    }
                }
                by_shard.into_iter().try_for_each(|(shard, peers)| {
                    let (label, data) = (label.clone(), data.clone());
                    self.send_to(shard, Command::SendData { peers, label, data })
                })
            }
            Command::Stop => self.send_to_all(|| Command::Stop),
        }
    }

    /// Says goodbye to all peers and stops the shards. Further calls do nothing.
    pub fn close(&self) {
        let _ = self.send(Command::Stop);
        self.placement().closed = true;
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn placement(&self) -> MutexGuard<'_, Placement> {
        self.placement
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn send_to_all(&self, command: impl Fn() -> Command) -> Result<(), SendError> {
        (0..self.shards.len()).try_for_each(|shard| self.send_to(shard, command()))
    }

    fn send_to(&self, shard: usize, command: Command) -> Result<(), SendError> {
        let ShardHandle { sender, waker } = &self.shards[shard];
        sender
            .try_send(Input::Command(command))
            .map_err(|error| match error {
                TrySendError::Full(_) => SendError::Overloaded,
                TrySendError::Disconnected(_) => SendError::Closed,
            })?;
        waker.wake().map_err(|_| SendError::Closed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

impl Placement {
    /// The shard of a room: new rooms go round.
    fn place(&mut self, room: &RoomSid, shards: usize) -> usize {
        if let Some(shard) = self.rooms.get(room) {
            return *shard;
        }
        let shard = self.next % shards;
        self.next += 1;
        self.rooms.insert(room.clone(), shard);
        shard
    }

    fn add_peer(&mut self, room: &RoomSid, peer: PeerId, shard: usize) {
        let home = Home {
            shard,
            room: room.clone(),
        };
        self.peers.insert(peer, home);
        let members = self.peers_of_room.entry(room.clone()).or_default();
        members.insert(peer);
    }

    fn remove_peer(&mut self, peer: PeerId) -> Option<usize> {
        let home = self.peers.remove(&peer)?;
        if let Some(members) = self.peers_of_room.get_mut(&home.room) {
            members.remove(&peer);
        }
        Some(home.shard)
    }

    fn remove_room(&mut self, room: &RoomSid) -> Option<usize> {
        for peer in self.peers_of_room.remove(room).unwrap_or_default() {
            self.peers.remove(&peer);
        }
        self.rooms.remove(room)
    }
}

fn naming(protocol: &str, address: SocketAddr, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("cannot listen on {protocol} {address}: {error}"),
    )
}
