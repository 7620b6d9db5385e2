//! One WebRTC peer connection: str0m on a socket of its own, driven by the participant that owns it.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::task::Poll;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use str0m::change::{SdpAnswer, SdpApi, SdpOffer, SdpPendingOffer};
use str0m::channel::{ChannelConfig, Reliability};
use str0m::config::DtlsCert;
use str0m::media::{Mid, Pt};
use str0m::net::{DatagramRecv, Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use crate::alarm::Alarm;
use crate::sdp::receive_only;
use crate::socket::{PeerSocket, ReceiveBatch};

/// The channels every LiveKit client and server opens.
const DATA_CHANNELS: [(&str, bool); 2] = [("_reliable", true), ("_lossy", false)];

/// A browser's RTCIceCandidateInit, as trickled by signalling.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CandidateInit {
    candidate: String,
    #[serde(default)]
    sdp_mid: Option<String>,
    #[serde(default)]
    sdp_m_line_index: Option<u16>,
}

pub struct PeerConnection {
    rtc: Rtc,
    socket: PeerSocket,
    candidate: Candidate,
    pending_offer: Option<SdpPendingOffer>,
    deadline: Instant,
    alarm: Alarm,
    events: Vec<Event>,
    connected: bool,
    open_channels: usize,
}

impl PeerConnection {
    /// Binds a socket on `address` and prepares a full ICE agent with that one host candidate.
    pub fn new(config: RtcConfig, address: IpAddr, certificate: &DtlsCert) -> Result<Self> {
        let now = Instant::now();
        let socket = PeerSocket::bind(address)?;
        let candidate = Candidate::host(socket.local_address(), Protocol::Udp)?;
        let rtc = config.set_rtp_mode(true).set_dtls_cert(certificate.clone()).build(now);
        let mut connection = Self {
            rtc,
            socket,
            candidate: candidate.clone(),
            pending_offer: None,
            deadline: now,
            alarm: Alarm::new(now),
            events: Vec::new(),
            connected: false,
            open_channels: 0,
        };
        connection.rtc.add_local_candidate(candidate);
        connection.drain()?;
        Ok(connection)
    }

    /// ICE, DTLS and both data channels are up: what LiveKit calls fully established.
    pub fn is_established(&self) -> bool {
        self.connected && self.open_channels >= DATA_CHANNELS.len()
    }

    /// An offer with the data channels and whatever `add_media` adds.
    pub fn offer(&mut self, add_media: impl FnOnce(&mut SdpApi)) -> Result<String> {
        let mut changes = self.rtc.sdp_api();
        for (label, ordered) in DATA_CHANNELS {
            changes.add_channel_with_config(ChannelConfig {
                label: label.to_owned(),
                ordered,
                reliability: if ordered {
                    Reliability::Reliable
                } else {
                    Reliability::MaxRetransmits { retransmits: 0 }
                },
                ..Default::default()
            });
        }
        add_media(&mut changes);
        let Some((offer, pending)) = changes.apply() else {
            bail!("an offer without changes");
        };
        self.pending_offer = Some(pending);
        self.drain()?;
        Ok(offer.to_sdp_string())
    }

    pub fn accept_answer(&mut self, sdp: &str) -> Result<()> {
        let answer = SdpAnswer::from_sdp_string(sdp).context("parsing the server's answer")?;
        let pending = self.pending_offer.take().context("an answer without an offer")?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.begin()
    }

    /// The answer to a server's offer, willing to receive everything in it.
    pub fn accept_offer(&mut self, sdp: &str) -> Result<String> {
        let offer = SdpOffer::from_sdp_string(&receive_only(sdp)).context("parsing the server's offer")?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?;
        self.begin()?;
        Ok(answer.to_sdp_string())
    }

    /// Our only candidate as trickle JSON.
    pub fn candidate_init(&self) -> Result<String> {
        Ok(serde_json::to_string(&CandidateInit {
            candidate: self.candidate.to_sdp_string(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
        })?)
    }

    /// Takes a trickled candidate; those that are not plain UDP are none of ours.
    pub fn add_remote_candidate(&mut self, candidate_init: &str) -> Result<()> {
        let init: CandidateInit = serde_json::from_str(candidate_init)?;
        if init.candidate.is_empty() {
            return Ok(());
        }
        let candidate = Candidate::from_sdp_string(&init.candidate)?;
        if candidate.proto() == Protocol::Udp {
            self.rtc.add_remote_candidate(candidate);
            self.begin()?;
        }
        Ok(())
    }

    /// The payload type the server prefers for what we send on `mid`.
    pub fn payload_type(&self, mid: Mid) -> Option<Pt> {
        self.rtc.media(mid)?.remote_pts().first().copied()
    }

    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// Sends one RTP packet on the only stream of `mid`.
    pub fn write_rtp(&mut self, mid: Mid, packet: RtpWrite) -> Result<()> {
        let mut direct = self.rtc.direct_api();
        let stream = direct
            .stream_tx_by_mid(mid, None)
            .context("writing to a media that does not send")?;
        stream.write_rtp(packet);
        self.drain()
    }

    /// Waits until [`advance`](Self::advance) has something to do. Safe to cancel.
    pub async fn ready(&mut self) -> Result<()> {
        poll_fn(|context| {
            if self.socket.poll_readable(context)?.is_ready() {
                return Poll::Ready(Ok(()));
            }
            self.alarm.poll(self.deadline, context).map(Ok)
        })
        .await
    }

    /// Takes in waiting datagrams and passed deadlines; what happened is then in [`take_events`](Self::take_events).
    pub fn advance(&mut self, batch: &mut ReceiveBatch) -> Result<()> {
        loop {
            self.socket.receive(batch)?;
            let now = Instant::now();
            for (source, contents) in batch.datagrams() {
                self.receive(now, source, contents)?;
            }
            if !batch.is_full() {
                break;
            }
        }
        let now = Instant::now();
        if self.deadline <= now {
            self.rtc.handle_input(Input::Timeout(now))?;
            self.drain()?;
        }
        Ok(())
    }

    /// The events since the last call.
    pub fn take_events(&mut self) -> impl Iterator<Item = Event> + '_ {
        self.events.drain(..)
    }

    fn receive(&mut self, now: Instant, source: SocketAddr, contents: &[u8]) -> Result<()> {
        // Whatever is no STUN, DTLS, RTP or RTCP is noise, and noise is no failure.
        let Ok(contents) = DatagramRecv::try_from(contents) else {
            return Ok(());
        };
        let receive = Receive {
            proto: Protocol::Udp,
            source,
            destination: self.socket.local_address(),
            contents,
        };
        self.rtc.handle_input(Input::Receive(now, receive))?;
        self.drain()
    }

    /// Starts on what a description or a candidate brought: str0m's ICE agent pairs candidates when time passes.
    fn begin(&mut self) -> Result<()> {
        self.rtc.handle_input(Input::Timeout(Instant::now()))?;
        self.drain()
    }

    /// str0m wants its outputs emptied after every change.
    fn drain(&mut self) -> Result<()> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(deadline) => {
                    let now = Instant::now();
                    if deadline > now {
                        self.deadline = deadline;
                        return Ok(());
                    }
                    self.rtc.handle_input(Input::Timeout(now))?;
                }
                Output::Transmit(transmit) => self.socket.send(transmit.destination, &transmit.contents)?,
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::ChannelOpen(..)) => self.open_channels += 1,
                Output::Event(Event::Closed) => bail!("the server closed a peer connection"),
                Output::Event(event) => self.events.push(event),
            }
        }
    }
}
