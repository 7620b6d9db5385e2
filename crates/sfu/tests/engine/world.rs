//! A world in one thread: the engine on a loopback socket, and clients made of str0m with a lossy link each.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use roomful_sfu::net::framing::{Deframer, frame};
use roomful_sfu::{Command, Config, Engine, Event, Kind, PeerId, PendingTrack, RoomSid};
use str0m::bwe::BweKind;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::format::{Codec, PayloadParams};
use str0m::media::{Direction, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::{RtpPacket, RtpWrite};
use str0m::{Candidate, Event as RtcEvent, Input, Output, Rtc, RtcConfig};

pub const ROOM: &str = "RM_test";
const PATIENCE: Duration = Duration::from_secs(20);

/// What a client's link does to packets, in each direction.
#[derive(Clone, Copy, Default)]
pub struct Link {
    /// One packet in so many is lost.
    pub lose_one_in: Option<u32>,
    /// One packet in so many is held back behind the next one.
    pub swap_one_in: Option<u32>,
}

/// How a client reaches the engine.
enum Wire {
    Udp(UdpSocket),
    /// Over ICE-TCP, frame by frame.
    Tcp(TcpStream, Deframer),
}

impl Wire {
    fn send(&mut self, packet: &[u8], to: SocketAddr) {
        match self {
            Wire::Udp(socket) => {
                let _ = socket.send_to(packet, to);
            }
            Wire::Tcp(stream, _) => {
                let mut framed = Vec::new();
                frame(packet, &mut framed);
                stream.write_all(&framed).expect("the engine reads");
            }
        }
    }

    fn receive(&mut self) -> Option<(Vec<u8>, SocketAddr)> {
        let mut buffer = [0; 2000];
        match self {
            Wire::Udp(socket) => {
                let (size, source) = socket.recv_from(&mut buffer).ok()?;
                Some((buffer[..size].to_vec(), source))
            }
            Wire::Tcp(stream, deframer) => {
                if let Ok(size) = stream.read(&mut buffer) {
                    deframer.push(&buffer[..size]);
                }
                let source = stream.peer_addr().ok()?;
                deframer
                    .next_packet()
                    .map(|packet| (packet.to_vec(), source))
            }
        }
    }

    fn protocol(&self) -> Protocol {
        match self {
            Wire::Udp(_) => Protocol::Udp,
            Wire::Tcp(..) => Protocol::Tcp,
        }
    }
}

pub struct Client {
    pub rtc: Rtc,
    wire: Wire,
    local: SocketAddr,
    timeout: Instant,
    pub link: Link,
    counter: u32,
    held: VecDeque<Vec<u8>>,
    pub connected: bool,
    pub received: Vec<RtpPacket>,
    pub keyframe_requests: Vec<(Instant, Option<Rid>)>,
    /// Bits per second that the engine last asked not to exceed.
    pub limit: Option<u64>,
    pub channels: BTreeMap<String, ChannelId>,
    pub messages: Vec<Vec<u8>>,
    pending: Option<SdpPendingOffer>,
    /// Does not read its socket.
    pub deaf: bool,
    /// Says in its offers which stream carries its retransmissions.
    pub names_retransmissions: bool,
    /// Its packets are whole frames, or the last ones of theirs.
    pub ends_frames: bool,
    next_sequence: BTreeMap<Option<String>, u64>,
}

impl Client {
    fn udp(redundant: bool) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a loopback socket");
        socket.set_nonblocking(true).expect("a nonblocking socket");
        let local = socket.local_addr().expect("a bound socket");
        let candidate = Candidate::host(local, Protocol::Udp).expect("a loopback candidate");
        Client::new(Wire::Udp(socket), local, candidate, redundant)
    }

    fn tcp(engine: SocketAddr) -> Client {
        let stream = TcpStream::connect(engine).expect("the engine listens");
        let local = stream.local_addr().expect("a connected socket");
        let candidate = Candidate::builder()
            .tcp()
            .host(local)
            .tcptype(TcpType::Active)
            .build();
        stream.set_nonblocking(true).expect("a nonblocking socket");
        Client::new(
            Wire::Tcp(stream, Deframer::default()),
            local,
            candidate.expect("a loopback candidate"),
            false,
        )
    }

    fn new(wire: Wire, local: SocketAddr, candidate: Candidate, redundant: bool) -> Client {
        let config = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, redundant)
            .enable_vp8(true)
            .set_sctp_max_buffered_amount(8 << 20);
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(candidate);
        Client {
            rtc,
            wire,
            local,
            timeout: Instant::now(),
            link: Link::default(),
            counter: 0,
            held: VecDeque::new(),
            connected: false,
            received: Vec::new(),
            keyframe_requests: Vec::new(),
            limit: None,
            channels: BTreeMap::new(),
            messages: Vec::new(),
            pending: None,
            deaf: false,
            names_retransmissions: true,
            ends_frames: true,
            next_sequence: BTreeMap::new(),
        }
    }

    /// Fate of the next packet: `None` lost, else whether it is held back.
    fn fate(&mut self) -> Option<bool> {
        self.counter = self.counter.wrapping_add(1);
        let hits = |one_in: Option<u32>, counter: u32| one_in.is_some_and(|n| counter % n == n - 1);
        if hits(self.link.lose_one_in, self.counter) {
            return None;
        }
        Some(hits(self.link.swap_one_in, self.counter))
    }

    pub fn drive(&mut self) {
        while !self.deaf {
            let Some((packet, source)) = self.wire.receive() else {
                break;
            };
            if self.fate().is_none() {
                continue;
            }
            let Ok(receive) = Receive::new(self.wire.protocol(), source, self.local, &packet)
            else {
                continue;
            };
            self.rtc
                .handle_input(Input::Receive(Instant::now(), receive))
                .expect("the engine sends nothing bad");
            self.drain();
        }
        if Instant::now() >= self.timeout {
            self.rtc
                .handle_input(Input::Timeout(Instant::now()))
                .expect("time passes");
        }
        self.drain();
    }

    pub fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().expect("the client works") {
                Output::Timeout(at) => {
                    self.timeout = at;
                    return;
                }
                Output::Transmit(transmit) => match self.fate() {
                    None => {}
                    Some(true) => self.held.push_back(transmit.contents.to_vec()),
                    Some(false) => {
                        self.wire.send(&transmit.contents, transmit.destination);
                        while let Some(held) = self.held.pop_front() {
                            self.wire.send(&held, transmit.destination);
                        }
                    }
                },
                Output::Event(RtcEvent::Connected) => self.connected = true,
                Output::Event(RtcEvent::RtpPacket(packet)) => self.received.push(packet),
                Output::Event(RtcEvent::KeyframeRequest(request)) => {
                    self.keyframe_requests.push((Instant::now(), request.rid));
                }
                Output::Event(RtcEvent::EgressBitrateEstimate(BweKind::Remb {
                    estimate, ..
                })) => {
                    self.limit = Some(estimate.as_u64());
                }
                Output::Event(RtcEvent::ChannelOpen(id, label)) => {
                    self.channels.insert(label, id);
                }
                Output::Event(RtcEvent::ChannelData(data)) => self.messages.push(data.data),
                Output::Event(_) => {}
            }
        }
    }

    /// Sends one packet of a published track.
    pub fn write(&mut self, mid: Mid, rid: Option<&str>, payload: &[u8], timestamp: u32) {
        let kind = self.rtc.media(mid).expect("a negotiated section").kind();
        let codec = if kind == MediaKind::Audio {
            Codec::Opus
        } else {
            Codec::Vp8
        };
        let pt = self.params(codec).pt();
        self.write_as(pt, mid, rid, payload, timestamp);
    }

    pub fn params(&self, codec: Codec) -> PayloadParams {
        let config = self.rtc.codec_config();
        let params = config.find(|p| p.spec().codec == codec);
        *params.expect("a known codec")
    }

    /// Sends one packet of redundant audio: the payload, and those of the packets before, the oldest first.
    pub fn write_redundantly(&mut self, mid: Mid, earlier: &[&[u8]], payload: &[u8], at: u32) {
        let params = self.params(Codec::Opus);
        let codec = *params.pt();
        let mut whole = Vec::new();
        for (index, block) in earlier.iter().enumerate() {
            let age = (earlier.len() - index) as u32 * 960;
            let header = u32::from(0x80 | codec) << 24 | age << 10 | block.len() as u32;
            whole.extend(header.to_be_bytes());
        }
        whole.push(codec);
        earlier.iter().for_each(|block| whole.extend(*block));
        whole.extend(payload);
        let pt = params.red().expect("redundancy was negotiated");
        self.write_as(pt, mid, None, &whole, at);
    }

    /// A packet with nothing in it, by which a client that sends redundantly probes the network.
    pub fn write_padding(&mut self, mid: Mid, at: u32) {
        let pt = self.params(Codec::Opus).red();
        self.write_as(pt.expect("redundancy was negotiated"), mid, None, &[], at);
    }

    pub fn write_as(
        &mut self,
        pt: Pt,
        mid: Mid,
        rid: Option<&str>,
        payload: &[u8],
        timestamp: u32,
    ) {
        let kind = self.rtc.media(mid).expect("a negotiated section").kind();
        let sequence = self
            .next_sequence
            .entry(rid.map(str::to_owned))
            .or_insert(1000);
        *sequence += 1;
        let write = RtpWrite::new(pt, (*sequence).into(), timestamp, Instant::now(), payload)
            .marker(self.ends_frames)
            .nackable(kind == MediaKind::Video);
        let mut direct = self.rtc.direct_api();
        let stream = direct
            .stream_tx_by_mid(mid, rid.map(Rid::from))
            .expect("a sending stream");
        stream.write_rtp(write);
        self.rtc
            .handle_input(Input::Timeout(Instant::now()))
            .expect("time passes");
        self.drain();
    }

    pub fn say(&mut self, label: &str, message: &[u8]) -> bool {
        let id = self.channels[label];
        let taken = self
            .rtc
            .channel(id)
            .is_some_and(|mut channel| channel.write(true, message).expect("an open channel"));
        self.drain();
        taken
    }
}

pub struct World {
    pub engine: Engine,
    _wake: Receiver<()>,
    pub clients: BTreeMap<PeerId, Client>,
    pub events: Vec<Event>,
    next: u64,
    /// Room of the clients to come.
    pub room: RoomSid,
    /// Whether the clients to come know redundant audio, and are to send it.
    pub redundant: bool,
    /// Whether the connections of clients to come go both ways.
    pub two_way: bool,
    /// The engine's answers, in order.
    pub answers: Vec<String>,
}

impl World {
    pub fn new() -> World {
        World::with(Config::loopback("127.0.0.1:0".parse().expect("an address")))
    }

    pub fn with(config: Config) -> World {
        let (signal, wake) = channel();
        let engine = Engine::start(config, move || {
            let _ = signal.send(());
        });
        let engine = engine.expect("the engine starts");
        engine
            .send(Command::OpenRoom {
                room: ROOM.into(),
                beside: None,
            })
            .expect("a running engine");
        World {
            engine,
            _wake: wake,
            clients: BTreeMap::new(),
            events: Vec::new(),
            next: 1,
            room: ROOM.into(),
            redundant: false,
            two_way: false,
            answers: Vec::new(),
        }
    }

    pub fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn command(&self, command: Command) {
        self.engine.send(command).expect("a running engine");
    }

    /// Lets everything happen until the condition holds.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut World) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(
                Instant::now() < deadline,
                "waited too long until {what}; events: {:#?}",
                self.events
            );
            self.step();
        }
    }

    /// Lets everything happen for a while.
    pub fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.step();
        }
    }

    fn step(&mut self) {
        self.clients.values_mut().for_each(Client::drive);
        self.events.extend(self.engine.events().drain());
        std::thread::sleep(Duration::from_micros(500));
    }

    pub fn wait_for<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let mut found = None;
        self.until(what, |world| {
            let index = world.events.iter().position(|event| pick(event).is_some());
            found = index.and_then(|index| pick(&world.events.remove(index)));
            found.is_some()
        });
        found.expect("the condition held")
    }

    /// A connection on which the client makes the offers, with data channels of its own.
    pub fn offering_client(&mut self) -> PeerId {
        self.connect_offering(Client::udp(self.redundant))
    }

    /// The same for a client that can only reach the engine's TCP port.
    pub fn offering_client_over_tcp(&mut self) -> PeerId {
        let engine = self.engine.tcp_addresses()[0];
        self.connect_offering(Client::tcp(engine))
    }

    fn connect_offering(&mut self, mut client: Client) -> PeerId {
        let peer = self.next();
        self.command(Command::OpenPeer {
            room: self.room.clone(),
            peer,
            full_ice: false,
            channels: false,
            two_way: self.two_way,
        });
        let mut api = client.rtc.sdp_api();
        api.add_channel("_reliable".into());
        let (offer, pending) = api.apply().expect("a change");
        client.pending = Some(pending);
        self.clients.insert(peer, client);
        self.answer_of_engine(peer, offer, vec![]);
        self.until("the offering client is connected", |world| {
            world.clients[&peer].connected
        });
        peer
    }

    fn answer_of_engine(
        &mut self,
        peer: PeerId,
        offer: SdpOffer,
        pending: Vec<PendingTrack>,
    ) -> String {
        let request = self.next();
        let mut sdp = offer.to_sdp_string();
        if !self.clients[&peer].names_retransmissions {
            let groups = sdp
                .lines()
                .filter(|line| line.starts_with("a=ssrc-group:FID"));
            let repairs: Vec<String> = groups
                .filter_map(|line| Some(format!("a=ssrc:{} ", line.split(' ').nth(2)?)))
                .collect();
            let of_repair = |line: &str| {
                line.starts_with("a=ssrc-group:FID") || repairs.iter().any(|r| line.starts_with(r))
            };
            let lines = sdp.split_inclusive('\n');
            sdp = lines.filter(|line| !of_repair(line)).collect();
        }
        self.command(Command::AcceptOffer {
            peer,
            request,
            sdp,
            pending,
        });
        let sdp = self.wait_for("the engine answers", |event| match event {
            Event::Answered {
                request: r, sdp, ..
            } if *r == request => Some(sdp.clone()),
            Event::NegotiationFailed { reason, .. } => panic!("the engine refused: {reason}"),
            _ => None,
        });
        self.answers.push(sdp.clone());
        let client = self.clients.get_mut(&peer).expect("a client");
        let answer = SdpAnswer::from_sdp_string(&sdp).expect("a readable answer");
        let pending = client.pending.take().expect("an offer under way");
        client
            .rtc
            .sdp_api()
            .accept_answer(pending, answer)
            .expect("a fitting answer");
        sdp
    }

    /// Offers again with sections added by `change`.
    pub fn offer(
        &mut self,
        peer: PeerId,
        announced: Vec<PendingTrack>,
        change: impl FnOnce(&mut str0m::change::SdpApi<'_>),
    ) -> String {
        let client = self.clients.get_mut(&peer).expect("a client");
        let mut api = client.rtc.sdp_api();
        change(&mut api);
        let (offer, pending) = api.apply().expect("a change");
        client.pending = Some(pending);
        self.answer_of_engine(peer, offer, announced)
    }

    /// Publishes a track; gives the section it is sent in.
    pub fn publish(&mut self, peer: PeerId, sid: &str, kind: Kind, rids: &[&str]) -> Mid {
        let cid = format!("cid-{sid}");
        let announced = PendingTrack {
            sid: sid.into(),
            cid: cid.clone(),
            kind,
            mime: String::new(),
            dtx: true,
            stereo: false,
            red: self.redundant,
        };
        let mut simulcast = Simulcast::new();
        rids.iter()
            .for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
        let simulcast = (!rids.is_empty()).then_some(simulcast);
        let media_kind = if kind == Kind::Audio {
            MediaKind::Audio
        } else {
            MediaKind::Video
        };
        let mut mid = None;
        self.offer(peer, vec![announced], |api| {
            mid = Some(api.add_media(
                media_kind,
                Direction::SendOnly,
                Some("stream".into()),
                Some(cid),
                simulcast,
            ));
        });
        self.wait_for("the track is bound", |event| match event {
            Event::TrackBound { track, .. } if **track == *sid => Some(()),
            _ => None,
        });
        mid.expect("a section")
    }

    /// A connection on which the engine makes the offers.
    pub fn subscribing_client(&mut self) -> PeerId {
        let peer = self.next();
        self.command(Command::OpenPeer {
            room: self.room.clone(),
            peer,
            full_ice: false,
            channels: true,
            two_way: false,
        });
        self.clients.insert(peer, Client::udp(self.redundant));
        self.offer_of_engine(peer);
        self.until("the subscribing client is connected", |world| {
            world.clients[&peer].connected && world.clients[&peer].channels.len() == 3
        });
        peer
    }

    /// A two-way connection on which the engine makes the offer, and the client sends these tracks.
    pub fn two_way_answering_client(&mut self, announced: Vec<PendingTrack>) -> PeerId {
        let peer = self.next();
        self.command(Command::OpenPeer {
            room: self.room.clone(),
            peer,
            full_ice: false,
            channels: false,
            two_way: true,
        });
        self.clients.insert(peer, Client::udp(self.redundant));
        self.negotiate_from_engine(peer, false, announced);
        self.until("the answering client is connected", |world| {
            world.clients[&peer].connected
        });
        peer
    }

    /// Has the engine make an offer and the client answer it; gives the offer.
    pub fn offer_of_engine(&mut self, peer: PeerId) -> String {
        self.offer_of_engine_with(peer, false)
    }

    pub fn offer_of_engine_with(&mut self, peer: PeerId, ice_restart: bool) -> String {
        self.negotiate_from_engine(peer, ice_restart, vec![])
    }

    fn negotiate_from_engine(
        &mut self,
        peer: PeerId,
        ice_restart: bool,
        pending: Vec<PendingTrack>,
    ) -> String {
        let request = self.next();
        self.command(Command::CreateOffer {
            peer,
            request,
            ice_restart,
        });
        let sdp = self.wait_for("the engine offers", |event| match event {
            Event::Offered {
                request: r, sdp, ..
            } if *r == request => Some(sdp.clone()),
            Event::NegotiationFailed { reason, .. } => panic!("no offer: {reason}"),
            _ => None,
        });
        if sdp.is_empty() {
            return sdp;
        }
        let client = self.clients.get_mut(&peer).expect("a client");
        let offer = SdpOffer::from_sdp_string(&sdp).expect("a readable offer");
        let answer = client
            .rtc
            .sdp_api()
            .accept_offer(offer)
            .expect("an acceptable offer")
            .to_sdp_string();
        client.drain();
        self.command(Command::AcceptAnswer {
            peer,
            request,
            sdp: answer,
            pending,
        });
        sdp
    }

    pub fn subscribe(&mut self, peer: PeerId, sid: &str) {
        self.command(Command::Subscribe {
            peer,
            track: sid.into(),
            stream_id: format!("PA_x|{sid}"),
        });
        self.wait_for("negotiation is needed", |event| match event {
            Event::NegotiationNeeded { peer: p, .. } if *p == peer => Some(()),
            _ => None,
        });
    }

    /// Subscribes over an offer of the engine and waits until media may flow.
    pub fn subscribe_and_negotiate(&mut self, peer: PeerId, sid: &str) {
        self.subscribe(peer, sid);
        self.offer_of_engine(peer);
        self.wait_for("the subscription is active", |event| match event {
            Event::SubscriptionActive { peer: p, track } if *p == peer && **track == *sid => {
                Some(())
            }
            _ => None,
        });
    }

    pub fn client(&mut self, peer: PeerId) -> &mut Client {
        self.clients.get_mut(&peer).expect("a client")
    }
}

/// One picture of a VP8 stream in one packet, with a picture id.
pub fn picture(key: bool, id: u16) -> Vec<u8> {
    let mut payload = vec![0x90, 0x80, 0x80 | (id >> 8) as u8, id as u8, u8::from(!key)];
    payload.resize(400, 7);
    payload
}

/// Sequence numbers of packets, in the order they came.
pub fn sequences(packets: &[RtpPacket]) -> Vec<u64> {
    packets.iter().map(|packet| *packet.seq_no).collect()
}

pub fn label(name: &str) -> String {
    name.to_owned()
}

pub fn message(bytes: &[u8]) -> Arc<[u8]> {
    bytes.into()
}
