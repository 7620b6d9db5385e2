//! One RTP stream that we send: its header, its memory of what was sent, its reports.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use str0m::media::{Frequency, MediaKind, Mid};
use str0m::rtp::{Extension, ExtensionMap, ExtensionValues};

use crate::net::rtcp::{self, Reception, SenderInfo};
use crate::peer::StreamCounters;

/// Packets kept for retransmission, and for how long.
const KEPT_PACKETS: usize = 1024;
const KEPT_FOR: Duration = Duration::from_secs(2);
/// A packet is not sent again sooner than this: requests repeat while the answer is on its way.
const RESEND_AFTER: Duration = Duration::from_millis(20);
/// Packets that name their section, until a receiver surely knows the stream (RFC 8843 §9.2).
const NAMED_PACKETS: u64 = 100;
const REPORT_EVERY: Duration = Duration::from_secs(2);
/// Packets between two reports of a client; more are a mistake.
const LONGEST_GAP: u32 = 1 << 20;
/// Profile of one-byte header extensions (RFC 8285 §4.2), and the highest id that fits.
const ONE_BYTE: u16 = 0xbede;
const MAX_ONE_BYTE_ID: u8 = 14;

/// A packet as it leaves for one subscriber, before its connection adds what is its own.
pub(crate) struct Outgoing {
    pub payload_type: u8,
    /// With the rollover count.
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub captured_at: Instant,
    pub payload: Arc<[u8]>,
    /// Kept for retransmission.
    pub nackable: bool,
}

struct Kept {
    payload_type: u8,
    sequence: u64,
    timestamp: u32,
    marker: bool,
    payload: Arc<[u8]>,
    sent_at: Instant,
    resent_at: Option<Instant>,
}

/// Where a stream has got to: what comes next in it goes on from there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub sequence: u64,
    pub timestamp: u32,
    pub sent_at: Instant,
}

/// What a stream is made with.
pub(crate) struct StreamSetup<'a> {
    pub ssrc: u32,
    pub rtx: Option<u32>,
    pub mid: Mid,
    pub kind: MediaKind,
    pub clock_rate: u32,
    /// Canonical name, as the description has it.
    pub cname: String,
    /// Payload types with those of their retransmissions.
    pub resends: Vec<(u8, u8)>,
    pub extensions: &'a ExtensionMap,
}

pub(crate) struct SendStream {
    pub ssrc: u32,
    pub rtx: Option<u32>,
    pub mid: Mid,
    pub clock_rate: u32,
    cname: String,
    resends: Vec<(u8, u8)>,
    ids: ExtensionIds,
    kept: VecDeque<Kept>,
    rtx_sequence: u64,
    pub counters: StreamCounters,
    /// What they were when the stream began to carry what it does now.
    earlier: StreamCounters,
    /// Of the packet with the highest number.
    pub progress: Option<Progress>,
    /// Capture time and timestamp of the newest packet.
    newest: Option<(Instant, u32)>,
    next_report: Option<Instant>,
    /// What the client said last.
    reported: Option<Reception>,
}

/// What goes into the header of one packet.
pub(crate) struct Header {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl SendStream {
    pub fn new(setup: StreamSetup<'_>) -> SendStream {
        SendStream {
            ssrc: setup.ssrc,
            rtx: setup.rtx,
            mid: setup.mid,
            clock_rate: setup.clock_rate,
            cname: setup.cname,
            resends: setup.resends,
            ids: ExtensionIds::new(setup.extensions, setup.kind),
            kept: VecDeque::new(),
            rtx_sequence: 0,
            counters: StreamCounters::default(),
            earlier: StreamCounters::default(),
            progress: None,
            newest: None,
            next_report: None,
            reported: None,
        }
    }

    /// Whether its packets carry transport-wide numbers.
    pub fn is_numbered(&self) -> bool {
        self.ids.transport.is_some()
    }

    /// Of what the stream carries now.
    pub fn counted(&self) -> StreamCounters {
        self.counters.since(self.earlier)
    }

    /// From now on it carries something else.
    pub fn turn_over(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate;
        self.earlier = self.counters;
    }

    pub fn sent(&mut self, packet: Outgoing, now: Instant) {
        self.counters.packets += 1;
        self.counters.bytes += packet.payload.len() as u64;
        self.newest = Some((packet.captured_at, packet.timestamp));
        if (self.progress).is_none_or(|progress| progress.sequence < packet.sequence) {
            let is_same = |progress: Progress| progress.timestamp == packet.timestamp;
            self.counters.frames += u64::from(!self.progress.is_some_and(is_same));
            self.progress = Some(Progress {
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                sent_at: now,
            });
        }
        if !packet.nackable {
            return;
        }
        while self.kept.len() >= KEPT_PACKETS
            || (self.kept.front()).is_some_and(|kept| now.duration_since(kept.sent_at) > KEPT_FOR)
        {
            self.kept.pop_front();
        }
        self.kept.push_back(Kept {
            payload_type: packet.payload_type,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            marker: packet.marker,
            payload: packet.payload,
            sent_at: now,
            resent_at: None,
        });
    }

    /// Header, index and payload of a packet to send again as RTX (RFC 4588).
    ///
    /// Never under its own number: that would use a cipher's nonce twice, and all WebRTC clients take RTX.
    pub fn resend(&mut self, sequence: u16, now: Instant) -> Option<(Header, u64, Vec<u8>)> {
        self.counters.nacks += 1;
        let mut kept = self.kept.iter_mut().rev();
        let kept = kept.find(|kept| kept.sequence as u16 == sequence)?;
        if (kept.resent_at).is_some_and(|at| now.duration_since(at) < RESEND_AFTER) {
            return None;
        }
        let mut resends = self.resends.iter();
        let (_, payload_type) = resends.find(|(of, _)| *of == kept.payload_type)?;
        let ssrc = self.rtx?;
        kept.resent_at = Some(now);
        self.rtx_sequence += 1;
        let header = Header {
            payload_type: *payload_type,
            marker: kept.marker,
            sequence: self.rtx_sequence as u16,
            timestamp: kept.timestamp,
            ssrc,
        };
        let payload = [&sequence.to_be_bytes()[..], &kept.payload].concat();
        Some((header, self.rtx_sequence, payload))
    }

    /// A sender report, when one is due.
    pub fn report(&mut self, now: Instant, wall: SystemTime) -> Option<Vec<u8>> {
        let (captured_at, timestamp) = self.newest?;
        if self.next_report.is_some_and(|due| now < due) {
            return None;
        }
        self.next_report = Some(now + REPORT_EVERY);
        let elapsed = now.saturating_duration_since(captured_at).as_secs_f64();
        let ticks = (elapsed * f64::from(self.clock_rate)) as u32;
        Some(rtcp::sender_report(&SenderInfo {
            ssrc: self.ssrc,
            now: wall.duration_since(UNIX_EPOCH).unwrap_or_default(),
            timestamp: timestamp.wrapping_add(ticks),
            packets: self.counters.packets as u32,
            bytes: self.counters.bytes as u32,
            cname: &self.cname,
        }))
    }

    pub fn received(&mut self, report: &Reception) {
        let (expected, lost) = self.since_the_last(report);
        self.counters.expected += expected;
        self.counters.lost += lost.min(expected);
        self.reported = Some(*report);
        self.counters.jitter_ms = report.jitter as f32 * 1000.0 / self.clock_rate as f32;
    }

    /// How many packets the client should have got since its last report, and how many of them it did not.
    fn since_the_last(&self, report: &Reception) -> (u64, u64) {
        let Some(last) = self.reported else {
            return (
                self.counters.packets,
                report.lost.max(0).cast_unsigned().into(),
            );
        };
        let expected = report.highest.wrapping_sub(last.highest);
        if expected > LONGEST_GAP {
            return (0, 0); // numbered anew
        }
        let lost = u64::from(report.lost.wrapping_sub(last.lost).max(0).cast_unsigned());
        let told = u64::from(report.fraction_lost) * u64::from(expected) / 256;
        // A client that counts anew has lost less than before all of a sudden, or more than there was.
        let is_anew = report.lost < last.lost || lost > u64::from(expected);
        (expected.into(), if is_anew { told } else { lost })
    }

    /// Writes an RTP header (RFC 3550 §5.1) with the extensions that the client negotiated.
    pub fn write_header(
        &self,
        out: &mut Vec<u8>,
        header: &Header,
        values: &ExtensionValues,
        transport: Option<u16>,
    ) {
        out.extend([0x90, u8::from(header.marker) << 7 | header.payload_type]);
        out.extend(header.sequence.to_be_bytes());
        out.extend(header.timestamp.to_be_bytes());
        out.extend(header.ssrc.to_be_bytes());
        out.extend(ONE_BYTE.to_be_bytes());
        let length_at = out.len();
        out.extend([0, 0]);
        self.write_extensions(out, values, transport);
        let written = out.len() - length_at - 2;
        if written == 0 {
            out.truncate(length_at - 2);
            let first = length_at - 2 - 12;
            out[first] = 0x80;
            return;
        }
        let words = written.div_ceil(4);
        out.resize(length_at + 2 + words * 4, 0);
        out[length_at..length_at + 2].copy_from_slice(&(words as u16).to_be_bytes());
    }

    fn write_extensions(
        &self,
        out: &mut Vec<u8>,
        values: &ExtensionValues,
        transport: Option<u16>,
    ) {
        let ids = &self.ids;
        let mut put = |id: Option<u8>, value: &[u8]| {
            if let Some(id) = id {
                out.push(id << 4 | (value.len() as u8 - 1));
                out.extend_from_slice(value);
            }
        };
        if let Some(level) = values.audio_level {
            let voice = u8::from(values.voice_activity == Some(true)) << 7;
            put(ids.audio_level, &[voice | level.unsigned_abs().min(127)]);
        }
        if let Some(orientation) = values.video_orientation {
            put(ids.orientation, &[orientation as u8]);
        }
        if let Some(number) = transport {
            put(ids.transport, &number.to_be_bytes());
        }
        if let Some(captured) = &values.abs_capture_time {
            let since = captured.capture_time.duration_since(UNIX_EPOCH);
            let time = rtcp::ntp(since.unwrap_or_default()).to_be_bytes();
            match captured.clock_offset {
                Some(offset) => {
                    put(ids.capture_time, &[time, offset.to_be_bytes()].concat());
                }
                None => put(ids.capture_time, &time),
            }
        }
        if let (Some(min), Some(max)) = (values.play_delay_min, values.play_delay_max) {
            let units = |time: str0m::media::MediaTime| {
                time.rebase(Frequency::HUNDREDTHS).numer() as u32 & 0xfff
            };
            let [_, delay @ ..] = (units(min) << 12 | units(max)).to_be_bytes();
            put(ids.playout_delay, &delay);
        }
        if self.counters.packets < NAMED_PACKETS {
            let name = self.mid.as_bytes();
            if (1..=16).contains(&name.len()) {
                put(ids.mid, name);
            }
        }
    }
}

/// Under which number the client knows each extension that we send.
#[derive(Default)]
struct ExtensionIds {
    mid: Option<u8>,
    audio_level: Option<u8>,
    orientation: Option<u8>,
    transport: Option<u8>,
    capture_time: Option<u8>,
    playout_delay: Option<u8>,
}

impl ExtensionIds {
    /// Only video is numbered for transport-wide feedback: it is what has layers to fit to the network, and clients report
    /// twenty times a second on whatever is numbered.
    fn new(map: &ExtensionMap, kind: MediaKind) -> ExtensionIds {
        let id = |extension| map.id_of(extension).filter(|id| *id <= MAX_ONE_BYTE_ID);
        ExtensionIds {
            mid: id(Extension::RtpMid),
            audio_level: id(Extension::AudioLevel),
            orientation: id(Extension::VideoOrientation),
            transport: id(Extension::TransportSequenceNumber).filter(|_| kind == MediaKind::Video),
            capture_time: id(Extension::AbsoluteCaptureTime),
            playout_delay: id(Extension::PlayoutDelay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VP8: u8 = 96;

    fn stream_of(kind: MediaKind, resends: Vec<(u8, u8)>) -> SendStream {
        let mut extensions = ExtensionMap::empty();
        extensions.set(3, Extension::AudioLevel);
        extensions.set(5, Extension::TransportSequenceNumber);
        SendStream::new(StreamSetup {
            ssrc: 7,
            rtx: Some(8),
            mid: "v".into(),
            kind,
            clock_rate: 90_000,
            cname: "name".into(),
            resends,
            extensions: &extensions,
        })
    }

    fn stream(resends: Vec<(u8, u8)>) -> SendStream {
        stream_of(MediaKind::Video, resends)
    }

    #[test]
    fn audio_is_not_numbered_for_feedback() {
        assert!(stream_of(MediaKind::Video, vec![]).is_numbered());
        assert!(!stream_of(MediaKind::Audio, vec![]).is_numbered());
    }

    fn packet(sequence: u64, now: Instant) -> Outgoing {
        Outgoing {
            payload_type: VP8,
            sequence,
            timestamp: 3000,
            marker: true,
            captured_at: now,
            payload: Arc::new([1, 2, 3]),
            nackable: true,
        }
    }

    fn header(values: &ExtensionValues, transport: Option<u16>) -> Vec<u8> {
        let header = Header {
            payload_type: VP8,
            marker: true,
            sequence: 0x0102,
            timestamp: 0x0304_0506,
            ssrc: 0x0708_090a,
        };
        let mut out = Vec::new();
        stream(Vec::new()).write_header(&mut out, &header, values, transport);
        out
    }

    #[test]
    fn a_header_without_extensions_is_twelve_bytes() {
        let bare = header(&ExtensionValues::default(), None);
        assert_eq!(bare, [0x80, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn extensions_have_the_clients_numbers_and_fill_whole_words() {
        let values = ExtensionValues {
            audio_level: Some(-30),
            voice_activity: Some(true),
            ..ExtensionValues::default()
        };
        let written = header(&values, Some(0x0b0c));
        assert_eq!(written[0], 0x90);
        let expected = [0xbe, 0xde, 0, 2, 0x30, 0x80 | 30, 0x51, 0x0b, 0x0c, 0, 0, 0];
        assert_eq!(written[12..], expected);
    }

    #[test]
    fn frames_are_counted_by_their_timestamps_and_anew_for_something_else() {
        let now = Instant::now();
        let mut stream = stream(Vec::new());
        for (sequence, timestamp) in [(1, 0), (2, 0), (3, 3000), (5, 6000), (4, 3000)] {
            let packet = Outgoing {
                timestamp,
                ..packet(sequence, now)
            };
            stream.sent(packet, now);
        }
        assert_eq!((stream.counted().packets, stream.counted().frames), (5, 3));
        stream.turn_over(90_000);
        assert_eq!((stream.counted().packets, stream.counted().frames), (0, 0));
        stream.sent(packet(6, now), now);
        assert_eq!((stream.counted().packets, stream.counted().frames), (1, 1));
    }

    #[test]
    fn a_lost_packet_comes_again_with_its_number_in_front() {
        let now = Instant::now();
        let mut stream = stream(vec![(VP8, 97)]);
        stream.sent(packet(0x1_0005, now), now);
        let (header, index, payload) = stream.resend(5, now).unwrap();
        assert_eq!((header.payload_type, header.ssrc, index), (97, 8, 1));
        assert_eq!(payload, [0, 5, 1, 2, 3]);
    }

    #[test]
    fn nothing_is_sent_again_too_soon_too_late_or_to_whom_it_means_nothing() {
        let now = Instant::now();
        let mut known = stream(vec![(VP8, 97)]);
        known.sent(packet(5, now), now);
        assert!(known.resend(4, now).is_none(), "never sent");
        assert!(known.resend(5, now).is_some());
        assert!(known.resend(5, now).is_none(), "the answer is on its way");
        assert!(known.resend(5, now + RESEND_AFTER).is_some());
        let later = now + KEPT_FOR + RESEND_AFTER;
        known.sent(packet(6, later), later);
        assert!(known.resend(5, later).is_none(), "forgotten");
        let mut plain = stream(Vec::new());
        plain.sent(packet(5, now), now);
        assert!(plain.resend(5, now).is_none(), "the client takes no RTX");
    }

    fn told(highest: u32, lost: i32, fraction_lost: u8) -> Reception {
        Reception {
            ssrc: 7,
            fraction_lost,
            lost,
            highest,
            jitter: 0,
            last_report: 0,
            delay: 0,
        }
    }

    #[test]
    fn losses_are_added_up_from_one_report_of_the_client_to_the_next() {
        let now = Instant::now();
        let mut stream = stream(Vec::new());
        for sequence in 0..100 {
            stream.sent(packet(sequence, now), now);
        }
        let mut lost = |report| {
            stream.received(&report);
            (stream.counted().expected, stream.counted().lost)
        };
        assert_eq!(lost(told(99, 10, 0)), (100, 10), "since the beginning");
        assert_eq!(lost(told(199, 40, 0)), (200, 40));
        assert_eq!(lost(told(299, 35, 0)), (300, 40), "some came late");
        assert_eq!(lost(told(399, 2, 64)), (400, 65), "counted anew");
        assert_eq!(lost(told(5_000_000, 0, 255)), (400, 65), "of other packets");
        stream.turn_over(90_000);
        stream.received(&told(5_000_100, 1, 0));
        assert_eq!((stream.counted().expected, stream.counted().lost), (100, 1));
    }

    #[test]
    fn a_report_comes_after_the_first_packet_and_then_at_intervals() {
        let now = Instant::now();
        let mut stream = stream(Vec::new());
        assert!(stream.report(now, SystemTime::now()).is_none());
        stream.sent(packet(1, now), now);
        assert!(stream.report(now, SystemTime::now()).is_some());
        assert!(stream.report(now, SystemTime::now()).is_none());
        assert!(
            stream
                .report(now + REPORT_EVERY, SystemTime::now())
                .is_some()
        );
    }
}
