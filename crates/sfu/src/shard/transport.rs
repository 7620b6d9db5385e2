//! Packets in and out of the shard's sockets.

use std::io;
use std::net::SocketAddr;

use mio::{Interest, Token};
use str0m::Candidate;
use str0m::net::{Protocol, Receive, TcpType};

use super::demux::Destination;
use super::sending::note_sender;
use super::{FIRST_SOCKET, Input, Shard, mark_dirty};
use crate::command::PeerId;
use crate::counters;
use crate::egress::{Request, Target, is_rtcp};
use crate::net::stun;
use crate::net::tcp::{IDENTIFY_WITHIN, TcpConnection};
use crate::net::udp::{BATCH_SIZE, ReceiveBuffer};

/// Batches read from one socket before others get their turn.
const BATCHES_PER_TURN: usize = 8;
/// TCP connections that have not said for whom they are.
const MAX_UNIDENTIFIED: usize = 1024;

impl Shard {
    pub(super) fn register_sockets(&mut self) -> io::Result<()> {
        let registry = self.poll.registry();
        let mut token = FIRST_SOCKET;
        for port in &mut self.udp {
            registry.register(&mut port.socket, Token(token), Interest::READABLE)?;
            token += 1;
        }
        for listener in &mut self.listeners {
            registry.register(listener, Token(token), Interest::READABLE)?;
            token += 1;
        }
        Ok(())
    }

    pub(super) fn socket_ready(&mut self, token: Token, buffer: &mut ReceiveBuffer) {
        let Some(index) = token.0.checked_sub(FIRST_SOCKET) else {
            return;
        };
        if index < self.udp.len() {
            self.read_udp(index, buffer);
        } else if index < self.udp.len() + self.listeners.len() {
            self.accept(index - self.udp.len());
        } else if let Some(port) = self.ports.at(token.0) {
            self.feedback_pace.other();
            self.port_ready(port);
        } else {
            self.read_tcp(token.0);
        }
    }

    fn read_udp(&mut self, index: usize, buffer: &mut ReceiveBuffer) {
        for _ in 0..BATCHES_PER_TURN {
            let messages = match buffer.receive(&self.udp[index]) {
                Ok(messages) => messages,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    log::debug!("receiving on {}: {error}", self.udp[index].local);
                    return;
                }
            };
            let local = self.udp[index].local;
            for (source, to, datagram) in buffer.datagrams(messages) {
                let to = to.unwrap_or(local.ip());
                self.packet(
                    Protocol::Udp,
                    source,
                    SocketAddr::new(to, local.port()),
                    datagram,
                );
            }
            self.settle();
            if messages < BATCH_SIZE {
                return;
            }
        }
        // More may wait, and epoll tells only of changes: registering again asks anew.
        let _ = self.poll.registry().reregister(
            &mut self.udp[index].socket,
            Token(FIRST_SOCKET + index),
            Interest::READABLE,
        );
    }

    /// One packet from the network. Whoever sent it, it costs nobody but its own peer.
    fn packet(&mut self, protocol: Protocol, source: SocketAddr, to: SocketAddr, packet: &[u8]) {
        let (id, known) = match self.demux.find(protocol, source, packet) {
            Destination::Known(id) => (id, true),
            Destination::Claimed(id) => (id, false),
            Destination::Nobody => {
                counters::add(&self.counters.strangers, 1);
                return;
            }
        };
        let announced = self.announced(to);
        if known && is_rtcp(packet) && !self.reports(id, packet) {
            self.feedback_pace.feedback();
            return;
        }
        self.feedback_pace.other();
        let (Some(peer), Ok(receive)) = (
            self.peers.get_mut(&id),
            Receive::new(protocol, source, announced, packet),
        ) else {
            return;
        };
        let outcome = if known {
            peer.receive(receive, self.now).map(|()| true)
        } else {
            peer.accepts(receive, self.now)
        };
        match outcome {
            Ok(false) => counters::add(&self.counters.strangers, 1),
            Ok(true) => {
                if !known {
                    self.demux.learn(protocol, source, id);
                }
                peer.last_received = self.now;
                peer.egress.local_ip = Some(to.ip());
                if stun::nominates(packet) {
                    peer.egress.target = Some(Target {
                        protocol,
                        source: announced,
                        destination: source,
                    });
                }
                let polled = peer.poll(&mut self.outbox);
                // str0m has moved its time on with the packet: another look is for what waits.
                if peer.channels.is_waiting() || peer.deadline <= self.now {
                    mark_dirty(peer, &mut self.dirty);
                } else {
                    self.timers.schedule(peer);
                }
                self.transmit(id);
                if let Err(fault) = polled {
                    self.fail(id, &fault);
                }
            }
            Err(fault) => self.fail(id, &fault),
        }
    }

    /// RTCP of a client about what we send it; returns whether str0m must see it too, for what the client sends.
    fn reports(&mut self, id: PeerId, packet: &[u8]) -> bool {
        let Some(peer) = self.peers.get_mut(&id) else {
            return false;
        };
        peer.last_received = self.now;
        let requests = match peer.receive_rtcp(packet, self.now) {
            Ok(requests) => requests,
            Err(fault) => {
                self.fail(id, &fault);
                return false;
            }
        };
        note_sender(peer, &mut self.senders);
        let publishes = !peer.published.is_empty();
        for request in requests {
            match request {
                Request::Keyframe(ssrc) => {
                    let section = (self.peers.get(&id)).and_then(|p| p.egress.section_of(ssrc));
                    if let Some(mid) = section {
                        self.keyframe_wanted(id, mid);
                    }
                }
                Request::Allocate => self.allocate_layers(id),
            }
        }
        publishes
    }

    /// The announced address that stands for a local one: behind address translation they differ.
    fn announced(&self, local: SocketAddr) -> SocketAddr {
        let ips = &self.config.candidate_ips;
        if ips.contains(&local.ip()) {
            return local;
        }
        let same_family = ips.iter().find(|ip| ip.is_ipv4() == local.is_ipv4());
        SocketAddr::new(same_family.copied().unwrap_or(local.ip()), local.port())
    }

    /// Candidates that peers of this shard announce (RFC 8445, RFC 6544).
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let ips = &self.config.candidate_ips;
        let addresses = |bound: SocketAddr| {
            let matching = ips.iter().filter(move |ip| ip.is_ipv4() == bound.is_ipv4());
            matching.map(move |ip| SocketAddr::new(*ip, bound.port()))
        };
        let udp = self.udp.iter().flat_map(|port| addresses(port.local));
        let udp = udp.filter_map(|address| Candidate::host(address, Protocol::Udp).ok());
        let tcp = self
            .config
            .tcp
            .iter()
            .flat_map(|bound| addresses(*bound))
            .filter_map(|address| {
                Candidate::builder()
                    .tcp()
                    .host(address)
                    .tcptype(TcpType::Passive)
                    .build()
                    .ok()
            });
        udp.chain(tcp).collect()
    }

    fn accept(&mut self, index: usize) {
        loop {
            match self.listeners[index].accept() {
                Ok((stream, remote)) => {
                    let waiting = self.connections.values().filter(|c| !c.identified).count();
                    if waiting < MAX_UNIDENTIFIED
                        && let Ok(connection) = TcpConnection::new(stream, remote, self.now)
                    {
                        self.watch(connection);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if error.kind() != io::ErrorKind::WouldBlock {
                        log::warn!("accepting an ICE-TCP connection: {error}");
                    }
                    return;
                }
            }
        }
    }

    fn watch(&mut self, mut connection: TcpConnection) -> Option<usize> {
        let token = self.next_token;
        self.next_token += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut connection.stream, Token(token), interest)
            .ok()?;
        self.connections.insert(token, connection);
        Some(token)
    }

    fn read_tcp(&mut self, token: usize) {
        let Some(connection) = self.connections.get_mut(&token) else {
            return;
        };
        let open = connection.flush().is_ok() && connection.fill().unwrap_or(false);
        while let Some(packet) = self
            .connections
            .get_mut(&token)
            .and_then(TcpConnection::next_packet)
        {
            let Some(connection) = self.connections.get(&token) else {
                return;
            };
            if !connection.identified && !self.identify(token, &packet) {
                return;
            }
            let Some(connection) = self.connections.get(&token) else {
                return;
            };
            let (remote, local) = (connection.remote, connection.local);
            self.packet(Protocol::Tcp, remote, local, &packet);
            self.settle();
        }
        if !open {
            self.drop_connection(token);
        }
    }

    /// Finds out for whom a connection is by its first packet; `false` when it is not for this shard.
    fn identify(&mut self, token: usize, packet: &[u8]) -> bool {
        match stun::local_ufrag(packet).and_then(|ufrag| self.directory.shard_of(ufrag)) {
            Some(shard) if shard == self.index => {
                if let Some(connection) = self.connections.get_mut(&token) {
                    connection.identified = true;
                }
                true
            }
            Some(shard) => {
                if let Some(mut connection) = self.unwatch(token) {
                    connection.identified = true;
                    let mut packets = vec![packet.to_vec()];
                    packets.extend(std::iter::from_fn(|| connection.next_packet()));
                    let sibling = &self.siblings[shard];
                    if sibling
                        .sender
                        .try_send(Input::Adopt(connection, packets))
                        .is_ok()
                    {
                        let _ = sibling.waker.wake();
                    }
                }
                false
            }
            None => {
                self.drop_connection(token);
                false
            }
        }
    }

    /// Takes over a connection that another shard accepted.
    pub(super) fn adopt(&mut self, connection: TcpConnection, packets: Vec<Vec<u8>>) {
        let (remote, local) = (connection.remote, connection.local);
        if let Some(token) = self.watch(connection) {
            packets
                .iter()
                .for_each(|packet| self.packet(Protocol::Tcp, remote, local, packet));
            self.read_tcp(token);
        }
    }

    fn unwatch(&mut self, token: usize) -> Option<TcpConnection> {
        let mut connection = self.connections.remove(&token)?;
        self.poll
            .registry()
            .deregister(&mut connection.stream)
            .ok()?;
        Some(connection)
    }

    fn drop_connection(&mut self, token: usize) {
        self.unwatch(token);
    }

    /// Closes connections that stayed silent about whom they are for.
    pub(super) fn sweep_connections(&mut self) {
        let now = self.now;
        let stale: Vec<usize> = (self.connections.iter())
            .filter(|(_, c)| !c.identified && now.duration_since(c.accepted_at) > IDENTIFY_WITHIN)
            .map(|(token, _)| *token)
            .collect();
        stale
            .into_iter()
            .for_each(|token| self.drop_connection(token));
    }

    pub(super) fn close_connections(&mut self, remotes: &[SocketAddr]) {
        let of_peer = self
            .connections
            .iter()
            .filter(|(_, c)| remotes.contains(&c.remote));
        let tokens: Vec<usize> = of_peer.map(|(token, _)| *token).collect();
        tokens
            .into_iter()
            .for_each(|token| self.drop_connection(token));
    }
}
