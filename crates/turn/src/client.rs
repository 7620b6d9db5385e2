//! One client: what it sends and gets, without sockets and clocks.

use std::net::SocketAddr;
use std::sync::Arc;

use turn_server_proto::api::{SocketAllocateError, Transmit, TurnServerApi, TurnServerPollRet};
use turn_server_proto::server::TurnServer;
use turn_server_proto::stun::types::attribute::{ErrorCode, Username, XorMappedAddress};
use turn_server_proto::stun::types::message::{
    BINDING, IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass,
    MessageIntegrityCredentials, MessageWriteVec,
};
use turn_server_proto::stun::types::prelude::{Attribute, AttributeFromRaw, AttributeStaticType};
use turn_server_proto::stun::types::prelude::{MessageWrite, MessageWriteExt};
use turn_server_proto::types::attribute::XorPeerAddress;
use turn_server_proto::types::message::{
    ALLOCATE, CHANNEL_BIND, CONNECT, CONNECTION_BIND, CREATE_PERMISSION,
};
use turn_server_proto::types::prelude::DelayedTransmitBuild;
use turn_server_proto::types::{AddressFamily, Instant, TransportType};

use crate::config::Config;
use crate::credentials;
use crate::peers::Peers;

const REALM: &str = "livekit";
/// Participants that one address may turn out to be, one after the other.
const MAX_USERS: usize = 4;

/// When it is: on a clock that only moves forward, and by the calendar (unix seconds).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub instant: Instant,
    pub unix: u64,
}

/// What has to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    ToClient(Vec<u8>),
    ToPeer {
        relay: SocketAddr,
        to: SocketAddr,
        data: Vec<u8>,
    },
}

/// Who has the sockets of relays.
pub(crate) trait Relays {
    /// Opens one for the participant with this sid; `None`: none is free, or it has enough.
    fn open(&mut self, sid: &str, ipv6: bool) -> Option<SocketAddr>;
    fn close(&mut self, relay: SocketAddr);
}

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub config: Config,
    pub peers: Peers,
}

struct KnownUser {
    name: String,
    sid: String,
    credentials: MessageIntegrityCredentials,
}

/// The protocol's machine for one client, and what we hold against some of its wishes.
pub(crate) struct Client {
    turn: TurnServer,
    shared: Arc<Shared>,
    address: SocketAddr,
    listen: SocketAddr,
    users: Vec<KnownUser>,
    relays: usize,
}

impl Client {
    pub fn new(shared: Arc<Shared>, listen: SocketAddr, address: SocketAddr) -> Client {
        Client {
            // Messages of streams are taken apart before they come here: to the machine all are datagrams.
            turn: TurnServer::new(TransportType::Udp, listen, REALM.to_owned()),
            shared,
            address,
            listen,
            users: Vec::new(),
            relays: 0,
        }
    }

    /// Has it got a relay?
    pub fn has_relay(&self) -> bool {
        self.relays > 0
    }

    /// One message of the client.
    pub fn receive(&mut self, data: &[u8], now: Now, relays: &mut dyn Relays) -> Vec<Output> {
        let mut outputs = Vec::new();
        if let Ok(message) = Message::from_bytes(data)
            && message.has_class(MessageClass::Request)
        {
            match message.method() {
                ALLOCATE => self.get_to_know(&message, now),
                // TCP to peers (RFC 6062): the media engine has none of that.
                CONNECT | CONNECTION_BIND => return outputs,
                _ => {}
            }
            if let Some(refusal) = self.refusal(&message) {
                outputs.push(Output::ToClient(refusal));
                return outputs;
            }
        }
        let transmit = Transmit::new(data, TransportType::Udp, self.address, self.listen);
        if let Some(answer) = self.turn.recv(transmit, now.instant) {
            if answer.from == self.listen {
                outputs.push(Output::ToClient(answer.data.build()));
            } else if let Some(to) = self.shared.peers.route(answer.to) {
                outputs.push(Output::ToPeer {
                    relay: answer.from,
                    to,
                    data: answer.data.build(),
                });
            }
        }
        self.poll(now, relays);
        while let Some(answer) = self.turn.poll_transmit(now.instant) {
            outputs.push(Output::ToClient(answer.data));
        }
        outputs
    }

    /// What the client is to get of a packet that came to its relay.
    pub fn relayed(
        &mut self,
        relay: SocketAddr,
        source: SocketAddr,
        data: &[u8],
        now: Now,
    ) -> Option<Vec<u8>> {
        let peer = self.shared.peers.name(source)?;
        let transmit = Transmit::new(data, TransportType::Udp, peer, relay);
        let answer = self.turn.recv(transmit, now.instant)?;
        (answer.from == self.listen).then(|| answer.data.build())
    }

    /// Does what is due; returns when to come again.
    pub fn poll(&mut self, now: Now, relays: &mut dyn Relays) -> Instant {
        loop {
            match self.turn.poll(now.instant) {
                TurnServerPollRet::WaitUntil(until) => return until,
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    let sid = self.users.last().map_or("", |user| &user.sid);
                    let opened = relays.open(sid, family == AddressFamily::IPV6);
                    self.relays += usize::from(opened.is_some());
                    self.turn.allocated_socket(
                        transport,
                        listen_addr,
                        client_addr,
                        allocation_transport,
                        family,
                        opened.ok_or(SocketAllocateError::InsufficientCapacity),
                        now.instant,
                    );
                }
                TurnServerPollRet::SocketClose { listen_addr, .. } => {
                    self.relays = self.relays.saturating_sub(1);
                    relays.close(listen_addr);
                }
                TurnServerPollRet::TcpConnect { .. } | TurnServerPollRet::TcpClose { .. } => {}
            }
        }
    }

    /// Lets the machine know a participant with good credentials.
    fn get_to_know(&mut self, message: &Message<'_>, now: Now) {
        let Some(name) = username(message) else {
            return;
        };
        if let Some(place) = self.users.iter().position(|user| user.name == name) {
            // The last one is who asks now.
            let user = self.users.remove(place);
            self.users.push(user);
            return;
        }
        let Some(user) = credentials::user(&self.shared.config.keys, &name, now.unix) else {
            return;
        };
        if self.users.len() == MAX_USERS {
            return;
        }
        self.turn.add_user(name.clone(), user.password.clone());
        let key = LongTermKeyCredentials::new(name.clone(), user.password, REALM.to_owned());
        self.users.push(KnownUser {
            name,
            sid: user.sid,
            credentials: key.into(),
        });
    }

    /// Says no to a client that wants to talk with somebody whom we do not relay to. RFC 8656 §10.2.
    ///
    /// Wishes that nobody signed are left to the machine, which says whose signature it misses.
    fn refusal(&self, message: &Message<'_>) -> Option<Vec<u8>> {
        if !matches!(message.method(), CREATE_PERMISSION | CHANNEL_BIND) {
            return None;
        }
        let id = message.transaction_id();
        let peers = message
            .iter_attributes()
            .filter(|(_, attribute)| attribute.get_type() == XorPeerAddress::TYPE)
            .filter_map(|(_, attribute)| XorPeerAddress::from_raw(attribute).ok());
        let forbidden = peers
            .map(|peer| peer.addr(id))
            .find(|peer| !self.shared.peers.permits(peer.ip()))?;
        let name = username(message)?;
        let user = self.users.iter().find(|user| user.name == name)?;
        let algorithm = message.validate_integrity(&user.credentials).ok()?;
        log::debug!(
            "{} of {} may not talk to {forbidden}",
            user.sid,
            self.address
        );
        refuse(message, &user.credentials, algorithm)
    }
}

fn username(message: &Message<'_>) -> Option<String> {
    let name = message.attribute::<Username>().ok()?;
    Some(name.username().to_owned())
}

fn refuse(
    message: &Message<'_>,
    credentials: &MessageIntegrityCredentials,
    algorithm: IntegrityAlgorithm,
) -> Option<Vec<u8>> {
    let error = ErrorCode::builder(ErrorCode::FORBIDDEN).build().ok()?;
    let mut answer = Message::builder_error(message, MessageWriteVec::with_capacity(96));
    answer.add_attribute(&error).ok()?;
    answer.add_message_integrity(credentials, algorithm).ok()?;
    Some(answer.finish())
}

/// Is this the request that a client begins with?
pub(crate) fn is_allocation(data: &[u8]) -> bool {
    Message::from_bytes(data).is_ok_and(|message| {
        message.has_class(MessageClass::Request) && message.method() == ALLOCATE
    })
}

/// STUN for everybody, of which nothing is kept: the answer to who asks for its address, if it does. RFC 8489 §6.3.1.
pub(crate) fn binding_answer(data: &[u8], address: SocketAddr) -> Option<Vec<u8>> {
    let message = Message::from_bytes(data).ok()?;
    if !message.has_class(MessageClass::Request) || message.method() != BINDING {
        return None;
    }
    let mapped = XorMappedAddress::new(address, message.transaction_id());
    let mut answer = Message::builder_success(&message, MessageWriteVec::with_capacity(64));
    answer.add_attribute(&mapped).ok()?;
    answer.add_fingerprint().ok()?;
    Some(answer.finish())
}

#[cfg(test)]
#[path = "client_tests.rs"]
pub(crate) mod tests;
