//! What we send to one client: RTP in SRTP, retransmissions, sender reports, and how much its network carries.
//!
//! str0m keeps ICE, DTLS, data channels, descriptions and everything we receive. It could send too, but each packet would
//! wake its whole state machine: on rooms of 40 that costs several times what the packet itself does
//! (docs/explanation/media-engine.md).

mod bandwidth;
pub(crate) mod keys;
mod replay;
mod srtp;
mod stream;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;
use str0m::net::Protocol;
use str0m::rtp::ExtensionValues;

use crate::net::batch::Batch;
use crate::net::rtcp::{self, Feedback};
use crate::peer::StreamCounters;
use bandwidth::Bandwidth;
use keys::KeySlot;
use srtp::Srtp;
use stream::{Header, SendStream};
pub(crate) use stream::{Outgoing, Progress, StreamSetup};

/// Where ICE has decided to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub protocol: Protocol,
    /// Our address on that path.
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// What a client's RTCP asks of the shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// A key frame for the stream with this SSRC.
    Keyframe(u32),
    /// The bandwidth estimate has changed.
    Allocate,
}

pub(crate) struct Egress {
    keys: KeySlot,
    srtp: Option<Srtp>,
    streams: FxHashMap<u32, SendStream>,
    bandwidth: Bandwidth,
    /// Packets of this turn; the shard sends them at its end.
    pub batch: Batch,
    pub target: Option<Target>,
    /// Our address that the client sends to.
    pub local_ip: Option<IpAddr>,
    pub rtt: Option<Duration>,
}

impl Egress {
    pub fn new(keys: KeySlot, now: Instant) -> Egress {
        Egress {
            keys,
            srtp: None,
            streams: FxHashMap::default(),
            bandwidth: Bandwidth::new(now),
            batch: Batch::default(),
            target: None,
            local_ip: None,
            rtt: None,
        }
    }

    /// Bit/s that the client's network carries.
    pub fn estimate(&self) -> f64 {
        self.bandwidth.estimate()
    }

    /// Bit/s, if the network has shown that it does not carry more. Asked about once a second.
    pub fn bound(&mut self, now: Instant) -> Option<f64> {
        self.bandwidth.rest(now);
        let is_bounded = self.bandwidth.is_bounded();
        is_bounded.then(|| self.bandwidth.estimate())
    }

    /// Begins a stream; one that was sent in the same section ends.
    pub fn open(&mut self, setup: StreamSetup<'_>) {
        self.streams.retain(|_, stream| stream.mid != setup.mid);
        self.streams.insert(setup.ssrc, SendStream::new(setup));
    }

    /// Sends something else in a stream that there is; gives where it has got to, if anything was sent. `None`: there is none.
    ///
    /// Its numbers must go on: beginning again would use a cipher's nonce twice.
    pub fn go_on(&mut self, ssrc: u32, clock_rate: u32) -> Option<Option<Progress>> {
        let stream = self.streams.get_mut(&ssrc)?;
        stream.turn_over(clock_rate);
        Some(stream.progress)
    }

    /// Counters of each stream, by the section it is sent in.
    pub fn counters(&self) -> impl Iterator<Item = (str0m::media::Mid, StreamCounters)> {
        let streams = self.streams.values();
        streams.map(|stream| (stream.mid, stream.counted()))
    }

    pub fn section_of(&self, ssrc: u32) -> Option<str0m::media::Mid> {
        self.streams.get(&ssrc).map(|stream| stream.mid)
    }

    /// Sends a packet of the stream `ssrc`; returns whether it is on its way. Before DTLS and ICE are done it is not.
    pub fn send(
        &mut self,
        ssrc: u32,
        packet: Outgoing,
        values: &ExtensionValues,
        now: Instant,
    ) -> bool {
        let srtp = ready(&mut self.srtp, &self.keys);
        let (Some(srtp), Some(_), Some(stream)) = (srtp, self.target, self.streams.get_mut(&ssrc))
        else {
            return false;
        };
        let numbered = stream.is_numbered();
        let number = numbered.then(|| self.bandwidth.sending(packet.payload.len(), now));
        let header = Header {
            payload_type: packet.payload_type,
            marker: packet.marker,
            sequence: packet.sequence as u16,
            timestamp: packet.timestamp,
            ssrc,
        };
        self.batch.add(|out| {
            let start = out.len();
            stream.write_header(out, &header, values, number);
            srtp.protect_rtp(out, start, ssrc, packet.sequence, &packet.payload);
        });
        stream.sent(packet, now);
        true
    }

    /// Takes in a protected RTCP packet of the client.
    pub fn receive(&mut self, packet: &[u8], now: Instant) -> Vec<Request> {
        let srtp = ready(&mut self.srtp, &self.keys);
        let Some(compound) = srtp.and_then(|srtp| srtp.unprotect_rtcp(packet)) else {
            return Vec::new();
        };
        let mut requests = Vec::new();
        for feedback in rtcp::read(&compound) {
            match feedback {
                Feedback::Report(report) => {
                    if let Some(stream) = self.streams.get_mut(&report.ssrc) {
                        stream.received(&report);
                        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
                        let trip = rtcp::round_trip(&report, wall.unwrap_or_default());
                        self.rtt = trip.or(self.rtt);
                    }
                }
                Feedback::Nack { ssrc, sequence } => self.resend(ssrc, sequence, now),
                Feedback::Keyframe { ssrc } => {
                    if let Some(stream) = self.streams.get_mut(&ssrc) {
                        stream.counters.plis += 1;
                        requests.push(Request::Keyframe(ssrc));
                    }
                }
                Feedback::Arrivals(arrivals) => {
                    if self.bandwidth.learn(&arrivals, now) {
                        requests.push(Request::Allocate);
                    }
                }
            }
        }
        requests
    }

    fn resend(&mut self, ssrc: u32, sequence: u16, now: Instant) {
        let (Some(srtp), Some(_), Some(stream)) =
            (&mut self.srtp, self.target, self.streams.get_mut(&ssrc))
        else {
            return;
        };
        let Some((header, index, payload)) = stream.resend(sequence, now) else {
            return;
        };
        let numbered = stream.is_numbered();
        let number = numbered.then(|| self.bandwidth.sending(payload.len(), now));
        self.batch.add(|out| {
            let start = out.len();
            stream.write_header(out, &header, &ExtensionValues::default(), number);
            srtp.protect_rtp(out, start, header.ssrc, index, &payload);
        });
    }

    /// Sends the sender reports that are due.
    pub fn report(&mut self, now: Instant, wall: SystemTime) {
        let (Some(srtp), Some(_)) = (&mut self.srtp, self.target) else {
            return;
        };
        for stream in self.streams.values_mut() {
            if let Some(report) = stream.report(now, wall) {
                let protected = srtp.protect_rtcp(&report);
                self.batch.add(|out| out.extend(protected));
            }
        }
    }
}

/// The SRTP contexts, made when the handshake has given the keys.
fn ready<'a>(srtp: &'a mut Option<Srtp>, keys: &KeySlot) -> Option<&'a mut Srtp> {
    if srtp.is_none() {
        *srtp = Srtp::new(keys.get()?, &keys::provider());
    }
    srtp.as_mut()
}

/// Whether a datagram from a client is RTCP (RFC 5761 §4).
pub(crate) fn is_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, 192..=223, ..])
}
