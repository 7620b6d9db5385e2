//! A client in memory, and relays that are numbers.

use std::collections::HashMap;
use std::time::Duration;

use turn_server_proto::stun::types::attribute::{Nonce, Realm};
use turn_server_proto::stun::types::message::Method;
use turn_server_proto::types::attribute::{
    ChannelNumber, Data, Lifetime, RequestedTransport, XorRelayedAddress,
};
use turn_server_proto::types::message::{DATA, REFRESH, SEND};

use super::*;
use crate::config::SfuAddress;
use crate::credentials::Credentials;

const EXPIRY: u64 = 1_000_000;
const SFU: &str = "203.0.113.7:7882";
const SFU_LOCAL: &str = "10.0.0.5:7882";

fn at(address: &str) -> SocketAddr {
    address.parse().expect("an address")
}

pub(crate) fn config() -> Config {
    Config {
        udp: vec![],
        tcp: vec![],
        certificate: None,
        relay_ips: vec![],
        relay_ports: 1..=2,
        keys: HashMap::from([("key".to_owned(), "secret".to_owned())]),
        sfu: vec![SfuAddress {
            announced: at(SFU),
            local: at(SFU_LOCAL),
        }],
        allow: vec![],
        deny: vec![],
        relays_per_user: 2,
        clients: 10,
    }
}

#[derive(Default)]
struct FakeRelays {
    open: Vec<(String, SocketAddr)>,
    full: bool,
}

impl Relays for FakeRelays {
    fn open(&mut self, sid: &str, _ipv6: bool) -> Option<SocketAddr> {
        let address = at("10.0.0.5:30000");
        (!self.full).then(|| {
            self.open.push((sid.to_owned(), address));
            address
        })
    }

    fn close(&mut self, relay: SocketAddr) {
        self.open.retain(|(_, address)| *address != relay);
    }
}

struct Scene {
    client: Client,
    relays: FakeRelays,
    now: Now,
    credentials: Credentials,
    nonce: Option<String>,
}

impl Scene {
    fn new() -> Scene {
        let config = config();
        let shared = Arc::new(Shared {
            peers: Peers::new(&config),
            config,
        });
        Scene {
            client: Client::new(shared, at("192.0.2.1:3478"), at("198.51.100.9:4000")),
            relays: FakeRelays::default(),
            now: Now {
                instant: Instant::ZERO,
                unix: EXPIRY - 10,
            },
            credentials: credentials::credentials("key", "secret", "PA_1", EXPIRY),
            nonce: None,
        }
    }

    fn allocated() -> Scene {
        let mut scene = Scene::new();
        assert_eq!(scene.allocate(), Ok(()));
        scene
    }

    fn key(&self) -> MessageIntegrityCredentials {
        let Credentials { username, password } = self.credentials.clone();
        LongTermKeyCredentials::new(username, password, REALM.to_owned()).into()
    }

    fn later(&mut self, seconds: u64) {
        self.now.instant += Duration::from_secs(seconds);
        self.now.unix += seconds;
        self.client.poll(self.now, &mut self.relays);
    }

    fn send(&mut self, data: &[u8]) -> Vec<Output> {
        self.client.receive(data, self.now, &mut self.relays)
    }

    /// A request with whatever `fill` adds, signed once there is a nonce; gives the answer's bytes.
    fn ask(&mut self, method: Method, fill: impl Fn(&mut MessageWriteVec)) -> Vec<u8> {
        let mut request = Message::builder_request(method, MessageWriteVec::new());
        fill(&mut request);
        if let Some(nonce) = &self.nonce {
            let name = Username::new(&self.credentials.username).expect("short enough");
            request.add_attribute(&name).expect("room");
            let realm = Realm::new(REALM).expect("short enough");
            request.add_attribute(&realm).expect("room");
            let nonce = Nonce::new(nonce).expect("short enough");
            request.add_attribute(&nonce).expect("room");
            let key = self.key();
            request
                .add_message_integrity(&key, IntegrityAlgorithm::Sha1)
                .expect("room");
        }
        let mut outputs = self.send(&request.finish());
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        match outputs.remove(0) {
            Output::ToClient(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn result(&self, answer: &[u8]) -> Result<(), u16> {
        let message = Message::from_bytes(answer).expect("STUN");
        match message.attribute::<ErrorCode>() {
            Ok(error) => Err(error.code()),
            Err(_) => {
                message.validate_integrity(&self.key()).expect("signed");
                Ok(())
            }
        }
    }

    fn allocate(&mut self) -> Result<(), u16> {
        let wish = |request: &mut MessageWriteVec| {
            let udp = RequestedTransport::new(RequestedTransport::UDP);
            request.add_attribute(&udp).expect("room");
        };
        let challenge = self.ask(ALLOCATE, wish);
        assert_eq!(self.result(&challenge), Err(401));
        let message = Message::from_bytes(&challenge).expect("STUN");
        let nonce = message.attribute::<Nonce>().expect("a nonce");
        self.nonce = Some(nonce.nonce().to_owned());
        let answer = self.ask(ALLOCATE, wish);
        self.result(&answer)?;
        let message = Message::from_bytes(&answer).expect("STUN");
        let relay = message.attribute::<XorRelayedAddress>().expect("a relay");
        assert_eq!(relay.addr(message.transaction_id()), at("10.0.0.5:30000"));
        Ok(())
    }

    fn permit(&mut self, peer: &str) -> Result<(), u16> {
        let answer = self.ask(CREATE_PERMISSION, |request| with_peer(request, peer));
        self.result(&answer)
    }

    fn bind_channel(&mut self, peer: &str) -> Result<(), u16> {
        let answer = self.ask(CHANNEL_BIND, |request| {
            with_peer(request, peer);
            request
                .add_attribute(&ChannelNumber::new(0x4000))
                .expect("room");
        });
        self.result(&answer)
    }

    fn refresh(&mut self, seconds: u32) -> Result<(), u16> {
        let answer = self.ask(REFRESH, |request| {
            request
                .add_attribute(&Lifetime::new(seconds))
                .expect("room");
        });
        self.result(&answer)
    }
}

fn with_peer(message: &mut MessageWriteVec, peer: &str) {
    let peer = XorPeerAddress::new(at(peer), message.transaction_id());
    message.add_attribute(&peer).expect("room");
}

fn indication(peer: &str, data: &[u8]) -> Vec<u8> {
    use turn_server_proto::stun::types::message::{MessageType, TransactionId};
    let kind = MessageType::from_class_method(MessageClass::Indication, SEND);
    let mut message = Message::builder(kind, TransactionId::generate(), MessageWriteVec::new());
    with_peer(&mut message, peer);
    message.add_attribute(&Data::new(data)).expect("room");
    message.finish()
}

#[test]
fn a_participant_talks_with_the_media_engine_through_its_relay() {
    let mut scene = Scene::allocated();
    assert_eq!(scene.relays.open[0].0, "PA_1");
    assert_eq!(scene.permit(SFU), Ok(()));
    let sent = scene.send(&indication(SFU, b"hello"));
    let expected = Output::ToPeer {
        relay: at("10.0.0.5:30000"),
        to: at(SFU_LOCAL),
        data: b"hello".to_vec(),
    };
    assert_eq!(sent, [expected]);
    let (relay, source) = (at("10.0.0.5:30000"), at(SFU_LOCAL));
    let packet = scene
        .client
        .relayed(relay, source, b"answer", scene.now)
        .expect("for it");
    let message = Message::from_bytes(&packet).expect("STUN");
    assert_eq!(message.method(), DATA);
    let peer = message
        .attribute::<XorPeerAddress>()
        .expect("who it is from");
    assert_eq!(peer.addr(message.transaction_id()), at(SFU));
    assert_eq!(message.attribute::<Data>().expect("data").data(), b"answer");
}

#[test]
fn channels_carry_with_four_bytes_more() {
    let mut scene = Scene::allocated();
    assert_eq!(scene.bind_channel(SFU), Ok(()));
    let sent = scene.send(b"\x40\x00\x00\x05hello");
    assert!(matches!(&sent[..], [Output::ToPeer { data, .. }] if data == b"hello"));
    let (relay, source) = (at("10.0.0.5:30000"), at(SFU_LOCAL));
    let packet = scene.client.relayed(relay, source, b"answer", scene.now);
    assert_eq!(packet.as_deref(), Some(&b"\x40\x00\x00\x06answer"[..]));
}

#[test]
fn nobody_else_is_a_peer() {
    let mut scene = Scene::allocated();
    for peer in [
        "127.0.0.1:80",
        "10.0.0.5:7882",
        "169.254.169.254:80",
        "8.8.8.8:53",
    ] {
        assert_eq!(scene.permit(peer), Err(403), "{peer}");
        assert_eq!(scene.bind_channel(peer), Err(403), "{peer}");
        assert_eq!(scene.send(&indication(peer, b"x")), []);
    }
    // Another service of the media engine's own machine: the permission is by address, packets are by port.
    assert_eq!(scene.permit(SFU), Ok(()));
    assert_eq!(scene.send(&indication("203.0.113.7:53", b"x")), []);
    let stranger = at("198.51.100.1:9");
    assert_eq!(
        scene
            .client
            .relayed(at("10.0.0.5:30000"), stranger, b"x", scene.now),
        None
    );
}

#[test]
fn credentials_have_to_be_good() {
    for (key, secret, expiry) in [
        ("key", "wrong", EXPIRY),
        ("stranger", "secret", EXPIRY),
        ("key", "secret", EXPIRY - 11),
    ] {
        let mut scene = Scene::new();
        scene.credentials = credentials::credentials(key, secret, "PA_1", expiry);
        assert_eq!(scene.allocate(), Err(401), "{key} {secret} {expiry}");
        assert!(scene.relays.open.is_empty());
        assert!(!scene.client.has_relay());
    }
}

#[test]
fn a_relay_outlives_its_credentials_while_it_is_refreshed_and_then_no_longer_than_it_was_given() {
    let mut scene = Scene::allocated();
    scene.later(590);
    assert!(scene.now.unix > EXPIRY);
    assert_eq!(scene.refresh(600), Ok(()));
    scene.later(599);
    assert!(scene.client.has_relay());
    scene.later(2);
    assert!(!scene.client.has_relay());
    assert!(scene.relays.open.is_empty());
}

#[test]
fn a_relay_that_is_given_back_is_closed_at_once() {
    let mut scene = Scene::allocated();
    assert_eq!(scene.refresh(0), Ok(()));
    assert!(scene.relays.open.is_empty());
    assert!(!scene.client.has_relay());
}

#[test]
fn permissions_end_after_five_minutes() {
    let mut scene = Scene::allocated();
    assert_eq!(scene.permit(SFU), Ok(()));
    scene.later(301);
    assert_eq!(scene.send(&indication(SFU, b"x")), []);
    let (relay, source) = (at("10.0.0.5:30000"), at(SFU_LOCAL));
    assert_eq!(scene.client.relayed(relay, source, b"x", scene.now), None);
}

#[test]
fn there_may_be_no_relay_free() {
    let mut scene = Scene::new();
    scene.relays.full = true;
    assert_eq!(scene.allocate(), Err(508));
    assert!(!scene.client.has_relay());
}

#[test]
fn who_asks_for_its_address_is_told() {
    let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
    let address = at("198.51.100.9:4000");
    let answer = binding_answer(&request, address).expect("an answer");
    let message = Message::from_bytes(&answer).expect("STUN");
    let mapped = message
        .attribute::<XorMappedAddress>()
        .expect("its address");
    assert_eq!(mapped.addr(message.transaction_id()), address);
    assert_eq!(binding_answer(&answer, address), None);
}

#[test]
fn garbage_is_harmless() {
    let mut scene = Scene::allocated();
    assert_eq!(scene.permit(SFU), Ok(()));
    let good = Message::builder_request(ALLOCATE, MessageWriteVec::new()).finish();
    let mut seed = 1u32;
    let mut random = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    for round in 0..20_000 {
        let mut data: Vec<u8> = (0..random() % 64).map(|_| random()).collect();
        if round % 2 == 0 {
            let length = good.len() + data.len();
            data = [good.clone(), data].concat();
            data[2..4].copy_from_slice(&((length - 20) as u16 & !3).to_be_bytes());
            data.truncate(20 + ((length - 20) & !3));
            data[1] = random() % 16;
            data[0] = random() % 2;
        }
        scene.send(&data);
        binding_answer(&data, scene.client.address);
        scene
            .client
            .relayed(at("10.0.0.5:30000"), at(SFU_LOCAL), &data, scene.now);
    }
    assert!(scene.client.has_relay());
}

#[test]
fn tcp_to_peers_is_not_there() {
    let mut scene = Scene::allocated();
    let connect = Message::builder_request(CONNECT, MessageWriteVec::new()).finish();
    assert_eq!(scene.send(&connect), []);
}
