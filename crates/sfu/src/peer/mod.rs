//! One peer connection: str0m's `Rtc`, fenced, with the media sections we use in it.

mod channels;
mod fence;
mod negotiation;
mod rtc;
mod slots;

use std::time::{Duration, Instant, SystemTime};

use rustc_hash::FxHashMap;
use str0m::change::SdpPendingOffer;
use str0m::format::CodecSpec;
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{Receive, Transmit};
use str0m::rtp::{ExtensionValues, RtpPacket, Ssrc};
use str0m::{Candidate, Input, Output};

use crate::command::{PeerId, RoomSid};
use crate::egress::{Egress, Outgoing, Progress, Request, StreamSetup};
use crate::media::track::TrackKey;

use channels::Channels;
pub(crate) use channels::Sent;
pub(crate) use fence::{Fault, Fence};
pub(crate) use negotiation::{Bound, Negotiated, NegotiationError, PublishedSection};
pub(crate) use rtc::{Certificate, RtcOptions};
pub(crate) use slots::{Slots, Wanted};

/// A peer that never connects is given up after this long.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(60);
/// Remote candidates a client may send; more are ignored. We answer checks from wherever they come.
const MAX_REMOTE_CANDIDATES: usize = 64;

/// What draining a peer produced, to be handled once the peer is no longer borrowed.
#[derive(Default)]
pub(crate) struct Outbox {
    pub transmits: Vec<Transmit>,
    pub arrivals: Vec<(PeerId, RtpPacket)>,
    pub notices: Vec<(PeerId, str0m::Event)>,
}

pub(crate) struct Peer {
    pub id: PeerId,
    pub room: RoomSid,
    fence: Fence,
    /// Tracks this client publishes, by section.
    pub published: FxHashMap<Mid, PublishedSection>,
    /// Streams of those tracks that have sent something, with their layer.
    pub sources: FxHashMap<u32, (TrackKey, u8)>,
    /// Sections in which we send.
    pub slots: Slots,
    pub channels: Channels,
    pending_offer: Option<(u64, SdpPendingOffer)>,
    remote_candidates: usize,
    /// What to add to this client's wall clock to get ours; set by its first sender report.
    clock_offset: Option<ClockOffset>,
    /// When str0m wants to be woken.
    pub deadline: Instant,
    /// Earliest entry of this peer in the shard's timer queue.
    pub scheduled: Option<Instant>,
    /// The peer has been written to since it was last drained.
    pub dirty: bool,
    pub opened_at: Instant,
    pub last_received: Instant,
    pub connected: bool,
    pub disconnected: bool,
    pub egress: Egress,
    /// Bits per second that its client is asked again and again not to exceed.
    pub limit: Option<u64>,
    /// Videos may be paused that its network does not carry.
    pub may_pause: bool,
    /// Noted as having media packets to send.
    pub sending: bool,
    /// Of the streams received, by section and simulcast layer.
    pub stats: FxHashMap<(Mid, Option<Rid>), StreamCounters>,
}

/// Counted since a stream began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StreamCounters {
    pub packets: u64,
    pub bytes: u64,
    pub frames: u64,
    /// Packets that should have arrived, as far as the receiver has told, and those of them that did not.
    pub expected: u64,
    pub lost: u64,
    pub nacks: u64,
    pub plis: u64,
    pub jitter_ms: f32,
}

impl StreamCounters {
    /// Of several layers together: the sum of what is counted, the worst of what is measured.
    pub fn with(self, other: StreamCounters) -> StreamCounters {
        StreamCounters {
            packets: self.packets + other.packets,
            bytes: self.bytes + other.bytes,
            frames: self.frames.max(other.frames),
            expected: self.expected + other.expected,
            lost: self.lost + other.lost,
            nacks: self.nacks + other.nacks,
            plis: self.plis + other.plis,
            jitter_ms: self.jitter_ms.max(other.jitter_ms),
        }
    }

    /// What was counted since `earlier`, with what is measured now.
    pub fn since(self, earlier: StreamCounters) -> StreamCounters {
        StreamCounters {
            packets: self.packets - earlier.packets,
            bytes: self.bytes - earlier.bytes,
            frames: self.frames - earlier.frames,
            expected: self.expected - earlier.expected,
            lost: self.lost - earlier.lost,
            nacks: self.nacks - earlier.nacks,
            plis: self.plis - earlier.plis,
            ..self
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum ClockOffset {
    Ahead(Duration),
    Behind(Duration),
}

impl Peer {
    pub fn new(
        id: PeerId,
        room: RoomSid,
        options: &RtcOptions,
        candidates: &[Candidate],
        now: Instant,
    ) -> Peer {
        let (rtc, keys) = options.build(now);
        let egress = Egress::new(keys, now);
        let mut peer = Peer {
            id,
            room,
            fence: Fence::new(rtc),
            published: FxHashMap::default(),
            sources: FxHashMap::default(),
            slots: Slots::default(),
            channels: Channels::default(),
            pending_offer: None,
            remote_candidates: 0,
            clock_offset: None,
            deadline: now,
            scheduled: None,
            dirty: true,
            opened_at: now,
            last_received: now,
            connected: false,
            disconnected: false,
            egress,
            limit: None,
            may_pause: false,
            sending: false,
            stats: FxHashMap::default(),
        };
        peer.slots.lasting = options.two_way;
        if options.we_offer {
            peer.channels.plan();
        }
        for candidate in candidates {
            let added = peer
                .fence
                .run(|rtc| Ok(rtc.add_local_candidate(candidate.clone()).is_some()));
            debug_assert!(matches!(added, Ok(true)));
        }
        peer
    }

    /// Media goes both ways in the same sections, and these stay as they are.
    pub fn is_two_way(&self) -> bool {
        self.slots.lasting
    }

    pub fn local_ufrag(&mut self) -> Option<String> {
        self.fence
            .run(|rtc| Ok(rtc.direct_api().local_ice_credentials().ufrag))
            .ok()
    }

    /// Whether str0m takes this packet for its own: binding requests must carry the right credentials.
    pub fn accepts(&mut self, receive: Receive<'_>, now: Instant) -> Result<bool, Fault> {
        self.fence.run(|rtc| {
            let input = Input::Receive(now, receive);
            if !rtc.accepts(&input) {
                return Ok(false);
            }
            rtc.handle_input(input)?;
            Ok(true)
        })
    }

    pub fn receive(&mut self, receive: Receive<'_>, now: Instant) -> Result<(), Fault> {
        self.fence
            .run(|rtc| rtc.handle_input(Input::Receive(now, receive)))
    }

    pub fn add_remote_candidate(&mut self, candidate: &str) -> Result<(), Fault> {
        self.remote_candidates += 1;
        let line = candidate.strip_prefix("a=").unwrap_or(candidate);
        if self.remote_candidates > MAX_REMOTE_CANDIDATES || !line.starts_with("candidate:") {
            return Ok(());
        }
        // Names (mDNS) and whatever else cannot be read: the client's checks will reach us anyway.
        let Ok(candidate) = Candidate::from_sdp_string(line) else {
            return Ok(());
        };
        self.fence.run(|rtc| {
            rtc.add_remote_candidate(candidate);
            Ok(())
        })
    }

    /// Sends a media packet of the stream `ssrc` at the end of this turn; returns whether it will go.
    pub fn send(
        &mut self,
        ssrc: u32,
        packet: Outgoing,
        values: &ExtensionValues,
        now: Instant,
    ) -> Result<bool, Fault> {
        let egress = &mut self.egress;
        self.fence
            .run(|_| Ok(egress.send(ssrc, packet, values, now)))
    }

    /// Reports to the client on what we send it; that is sent at the end of this turn.
    pub fn report(&mut self, now: Instant, wall: SystemTime) -> Result<(), Fault> {
        let egress = &mut self.egress;
        self.fence.run(|_| {
            egress.report(now, wall);
            Ok(())
        })
    }

    /// Takes in the client's RTCP about what we send.
    pub fn receive_rtcp(&mut self, packet: &[u8], now: Instant) -> Result<Vec<Request>, Fault> {
        let egress = &mut self.egress;
        self.fence.run(|_| Ok(egress.receive(packet, now)))
    }

    /// Moves time on and takes out everything there is to send and to say.
    pub fn drain(&mut self, now: Instant, outbox: &mut Outbox) -> Result<(), Fault> {
        self.dirty = false;
        let channels = &mut self.channels;
        self.fence.run(|rtc| {
            channels.write_waiting(rtc)?;
            rtc.handle_input(Input::Timeout(now))
        })?;
        self.poll(outbox)
    }

    /// Takes out what the last input caused. str0m keeps one received packet at a time, so this follows each of them.
    pub fn poll(&mut self, outbox: &mut Outbox) -> Result<(), Fault> {
        let id = self.id;
        self.deadline = self.fence.run(|rtc| {
            loop {
                match rtc.poll_output()? {
                    Output::Timeout(at) => return Ok(at),
                    Output::Transmit(transmit) => outbox.transmits.push(transmit),
                    Output::Event(str0m::Event::RtpPacket(packet)) => {
                        outbox.arrivals.push((id, packet))
                    }
                    Output::Event(event) => outbox.notices.push((id, event)),
                }
            }
        })?;
        Ok(())
    }

    pub fn is_alive(&self) -> bool {
        self.fence.is_alive()
    }

    pub fn request_keyframe(&mut self, ssrc: Ssrc) -> Result<(), Fault> {
        self.fence.run(|rtc| {
            if let Some(stream) = rtc.direct_api().stream_rx(&ssrc) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
            Ok(())
        })
    }

    /// Asks the client to send no more than so many bits per second, in a REMB (draft-alvestrand-rmcat-remb) that names
    /// this stream.
    pub fn request_bitrate(&mut self, ssrc: Ssrc, bitrate: u64) -> Result<(), Fault> {
        self.fence.run(|rtc| {
            if let Some(stream) = rtc.direct_api().stream_rx(&ssrc) {
                stream.request_remb(bitrate.into());
            }
            Ok(())
        })
    }

    /// Asks the client again for lost packets of a received stream.
    ///
    /// str0m leaves that out where the offer names no retransmission stream, but clients send one all the same.
    pub fn ask_for_lost_packets(&mut self, ssrc: Ssrc) -> Result<(), Fault> {
        self.fence.run(|rtc| {
            if let Some(stream) = rtc.direct_api().stream_rx(&ssrc) {
                stream.suppress_nack(false);
            }
            Ok(())
        })
    }

    /// Section, simulcast id and retransmission stream of a received stream.
    pub fn stream_of(
        &mut self,
        ssrc: Ssrc,
    ) -> Option<(Mid, Option<str0m::media::Rid>, Option<Ssrc>)> {
        let found = self.fence.run(|rtc| {
            let mut direct = rtc.direct_api();
            Ok(direct
                .stream_rx(&ssrc)
                .map(|stream| (stream.mid(), stream.rid(), stream.rtx())))
        });
        found.ok().flatten()
    }

    /// This client's payload type for a codec in one of its sections.
    pub fn payload_type(&mut self, mid: Mid, spec: CodecSpec) -> Option<Pt> {
        self.fence
            .run(|rtc| Ok(rtc::payload_type(rtc, mid, spec)))
            .ok()
            .flatten()
    }

    /// This client's payload type for redundant audio with this codec of its own inside.
    pub fn redundant_type(&mut self, codec: Pt) -> Option<Pt> {
        self.fence
            .run(|rtc| Ok(rtc::redundant_type(rtc, codec)))
            .ok()
            .flatten()
    }

    /// Begins the stream of a section's occupant, or goes on with the one of the section; gives its SSRC and where it has
    /// got to. `None` when the client takes nothing there.
    pub fn open_stream(&mut self, mid: Mid, clock_rate: u32) -> Option<(u32, Option<Progress>)> {
        let slot = self.slots.slot(&mid)?;
        let ((ssrc, rtx), cname) = (slot.ssrcs, &slot.occupant.as_ref()?.stream_id);
        let egress = &mut self.egress;
        let opened = self.fence.run(|rtc| {
            let Some(media) = rtc.media(mid) else {
                return Ok(None);
            };
            if let Some(progress) = egress.go_on(ssrc, clock_rate) {
                return Ok(Some((ssrc, progress)));
            }
            let params = rtc.codec_config().params().iter();
            let resends: Vec<(u8, u8)> = params
                .filter_map(|params| Some((*params.pt(), *params.resend()?)))
                .collect();
            egress.open(StreamSetup {
                ssrc,
                rtx: (!resends.is_empty()).then_some(rtx),
                mid,
                kind: media.kind(),
                clock_rate,
                cname: cname.clone(),
                resends,
                extensions: media.remote_extmap(),
            });
            Ok(Some((ssrc, None)))
        });
        opened.ok().flatten()
    }

    pub fn send_data(&mut self, label: &str, data: &[u8], limit: usize) -> Result<Sent, Fault> {
        let channels = &mut self.channels;
        let sent = self
            .fence
            .run(|rtc| channels.send(rtc, label, data, limit))?;
        self.dirty = true;
        Ok(sent)
    }

    pub fn close(&mut self) -> Result<(), Fault> {
        self.fence.run(str0m::Rtc::close)
    }

    /// When the media of this packet was captured, on our clock, as far as the sender's reports tell.
    ///
    /// One offset serves all streams of a client, so that what was captured together is reported together.
    pub fn captured_at(&mut self, packet: &RtpPacket) -> Instant {
        let arrived = packet.timestamp;
        let mapped = packet.last_sender_info.and_then(|report| {
            let ticks = packet
                .header
                .timestamp
                .wrapping_sub(report.rtp_time.numer() as u32)
                .cast_signed();
            let clock = f64::from(packet.time.frequency().get());
            let apart = Duration::from_secs_f64(f64::from(ticks.unsigned_abs()) / clock);
            let captured = if ticks >= 0 {
                report.ntp_time.checked_add(apart)
            } else {
                report.ntp_time.checked_sub(apart)
            }?;
            let ours = SystemTime::now();
            let offset =
                *self
                    .clock_offset
                    .get_or_insert_with(|| match ours.duration_since(captured) {
                        Ok(behind) => ClockOffset::Behind(behind),
                        Err(error) => ClockOffset::Ahead(error.duration()),
                    });
            let captured = match offset {
                ClockOffset::Behind(by) => captured.checked_add(by)?,
                ClockOffset::Ahead(by) => captured.checked_sub(by)?,
            };
            match ours.duration_since(captured) {
                Ok(ago) => arrived.checked_sub(ago),
                Err(_) => Some(arrived),
            }
        });
        mapped.unwrap_or(arrived)
    }
}
