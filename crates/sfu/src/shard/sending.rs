//! Packets out of the shard's sockets.

use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashMap;
use str0m::net::Protocol;

use super::Shard;
use super::gathering::Gathering;
use crate::command::PeerId;
use crate::counters;
use crate::egress::Target;
use crate::net::stun;
use crate::net::tcp::TcpConnection;
use crate::net::udp::UdpPort;
use crate::peer::Peer;

impl Shard {
    /// Sends what draining a peer produced.
    pub(super) fn transmit(&mut self, id: PeerId) {
        if self.outbox.transmits.is_empty() {
            return;
        }
        let local_ip = self.peers.get(&id).and_then(|peer| peer.egress.local_ip);
        for transmit in std::mem::take(&mut self.outbox.transmits) {
            let (protocol, source, destination) =
                (transmit.proto, transmit.source, transmit.destination);
            // Checks go to every address; all else goes where ICE has decided, which is where media goes too.
            if !stun::is_stun(&transmit.contents)
                && let Some(peer) = self.peers.get_mut(&id)
            {
                peer.egress.target = Some(Target {
                    protocol,
                    source,
                    destination,
                });
            }
            let packet = [(destination, &transmit.contents[..])];
            let lost = if protocol == Protocol::Udp {
                match port_towards(&self.udp, destination, local_ip) {
                    Some((port, src_ip)) => port.send(src_ip, &packet),
                    None => 1,
                }
            } else {
                usize::from(!send_tcp(
                    &mut self.connections,
                    source,
                    destination,
                    packet[0].1,
                ))
            };
            counters::add(&self.counters.send_drops, lost as u64);
        }
    }

    /// Sends the media packets of this turn, unless they wait for the rest of their frame.
    ///
    /// All at its end: that saves system calls, and wakes receivers on this machine once instead of once per packet.
    pub(super) fn flush(&mut self) {
        if self.senders.is_empty() || !self.gathering.is_due(self.now) {
            return;
        }
        self.gathering = Gathering::default();
        let mut lost = 0;
        let mut singles: Vec<Vec<(SocketAddr, &[u8])>> = vec![Vec::new(); self.udp.len()];
        let mut sources = vec![None; self.udp.len()];
        for id in &self.senders {
            let Some(egress) = self.peers.get(id).map(|peer| &peer.egress) else {
                continue;
            };
            let Some(target) = egress.target else {
                continue;
            };
            let (to, packets) = (target.destination, &egress.batch);
            if target.protocol != Protocol::Udp {
                let sent = packets
                    .packets()
                    .filter(|packet| send_tcp(&mut self.connections, target.source, to, packet));
                lost += packets.len() - sent.count();
                continue;
            }
            let Some((index, src_ip)) = port_index(&self.udp, to, egress.local_ip) else {
                lost += packets.len();
                continue;
            };
            let port = &self.udp[index];
            if packets.has_trains() {
                lost += port.send_trains(to, src_ip, packets);
                continue;
            }
            // One call has one source address: what came to another one of ours waits no longer.
            if sources[index] != src_ip {
                lost += port.send(sources[index], &singles[index]);
                singles[index].clear();
                sources[index] = src_ip;
            }
            singles[index].extend(packets.packets().map(|packet| (to, packet)));
        }
        for (index, packets) in singles.iter().enumerate() {
            lost += self.udp[index].send(sources[index], packets);
        }
        counters::add(&self.counters.send_drops, lost as u64);
        for id in self.senders.drain(..) {
            if let Some(peer) = self.peers.get_mut(&id) {
                peer.egress.batch.clear();
                peer.sending = false;
            }
        }
    }
}

/// Notes that a peer has media packets to send.
pub(super) fn note_sender(peer: &mut Peer, senders: &mut Vec<PeerId>) {
    if peer.egress.batch.len() > 0 && !std::mem::replace(&mut peer.sending, true) {
        senders.push(peer.id);
    }
}

fn send_tcp(
    connections: &mut FxHashMap<usize, TcpConnection>,
    source: SocketAddr,
    destination: SocketAddr,
    packet: &[u8],
) -> bool {
    let mut open = connections.values_mut();
    let connection = open.find(|c| c.remote == destination && c.local.port() == source.port());
    connection.is_some_and(|connection| {
        let taken = connection.send(packet);
        if let Err(error) = connection.flush() {
            log::debug!("sending to {destination} over TCP: {error}");
        }
        taken
    })
}

/// The socket for a destination: of its family, and at the address that the client knows; with the source to send from.
fn port_index(
    ports: &[UdpPort],
    destination: SocketAddr,
    local_ip: Option<IpAddr>,
) -> Option<(usize, Option<IpAddr>)> {
    let index = ports.iter().position(|port| {
        let bound = port.local.ip();
        bound.is_ipv4() == destination.is_ipv4()
            && (bound.is_unspecified() || Some(bound) == local_ip || local_ip.is_none())
    })?;
    let is_wildcard = ports[index].local.ip().is_unspecified();
    Some((index, local_ip.filter(|_| is_wildcard)))
}

fn port_towards(
    ports: &[UdpPort],
    destination: SocketAddr,
    local_ip: Option<IpAddr>,
) -> Option<(&UdpPort, Option<IpAddr>)> {
    let (index, src_ip) = port_index(ports, destination, local_ip)?;
    Some((&ports[index], src_ip))
}
