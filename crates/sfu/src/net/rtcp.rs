//! RTCP of streams that we send: reading what receivers say, writing sender reports (RFC 3550 §6, RFC 4585).

use std::time::Duration;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const NACK: u8 = 1;
const TRANSPORT_WIDE: u8 = 15;
const PLI: u8 = 1;
const FIR: u8 = 4;
/// Seconds between the epochs of NTP (1900) and Unix.
const NTP_EPOCH: u64 = 2_208_988_800;
/// Unit of the arrival times in transport-wide feedback.
const DELTA_TICK: i64 = 250;

/// One thing that a receiver says of a stream, or of the whole connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    Report(Reception),
    /// A packet is missing.
    Nack {
        ssrc: u32,
        sequence: u16,
    },
    /// The decoder needs a key frame (PLI or FIR).
    Keyframe {
        ssrc: u32,
    },
    /// When packets arrived, by their transport-wide number (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    Arrivals(Vec<Arrival>),
}

/// One block of a receiver report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reception {
    pub ssrc: u32,
    /// Share of packets lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost since the stream began, less those that came twice.
    pub lost: i32,
    /// Highest sequence number received, with the count of its turns above it.
    pub highest: u32,
    /// In ticks of the stream's clock.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report received, and the delay since, in 65536ths of a second.
    pub last_report: u32,
    pub delay: u32,
}

/// One packet in transport-wide feedback; `at` is microseconds on the receiver's clock, `None` when it did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub sequence: u16,
    pub at: Option<i64>,
}

/// Everything we understand in a compound packet, in order; what is malformed ends it.
pub fn read(compound: &[u8]) -> Vec<Feedback> {
    let mut found = Vec::new();
    let mut rest = compound;
    while let [first, kind, high, low, ..] = *rest {
        let words = usize::from(u16::from_be_bytes([high, low])) + 1;
        let Some(packet) = rest.get(..words * 4).filter(|_| first >> 6 == 2) else {
            break;
        };
        rest = &rest[words * 4..];
        let (count, body) = (first & 0x1f, &packet[4..]);
        match (kind, count) {
            (SENDER_REPORT, _) => read_reports(body.get(24..), count, &mut found),
            (RECEIVER_REPORT, _) => read_reports(body.get(4..), count, &mut found),
            (TRANSPORT_FEEDBACK, NACK) => read_nacks(body, &mut found),
            (TRANSPORT_FEEDBACK, TRANSPORT_WIDE) => {
                found.extend(read_arrivals(body).map(Feedback::Arrivals));
            }
            (PAYLOAD_FEEDBACK, PLI) if body.len() >= 8 => {
                found.push(Feedback::Keyframe {
                    ssrc: word(body, 4),
                });
            }
            (PAYLOAD_FEEDBACK, FIR) => {
                let entries = body.get(8..).unwrap_or_default().chunks_exact(8);
                found.extend(entries.map(|entry| Feedback::Keyframe {
                    ssrc: word(entry, 0),
                }));
            }
            _ => {}
        }
    }
    found
}

fn read_reports(blocks: Option<&[u8]>, count: u8, found: &mut Vec<Feedback>) {
    let blocks = blocks.unwrap_or_default().chunks_exact(24);
    found.extend(blocks.take(usize::from(count)).map(|block| {
        Feedback::Report(Reception {
            ssrc: word(block, 0),
            fraction_lost: block[4],
            lost: word(block, 4).cast_signed() << 8 >> 8,
            highest: word(block, 8),
            jitter: word(block, 12),
            last_report: word(block, 16),
            delay: word(block, 20),
        })
    }));
}

fn read_nacks(body: &[u8], found: &mut Vec<Feedback>) {
    let Some(entries) = body.get(8..) else {
        return;
    };
    let ssrc = word(body, 4);
    for entry in entries.chunks_exact(4) {
        let first = u16::from_be_bytes([entry[0], entry[1]]);
        let others = u16::from_be_bytes([entry[2], entry[3]]);
        let missing = (0..16).filter(|bit| others & (1 << bit) != 0);
        let missing = missing.map(|bit| first.wrapping_add(bit + 1));
        found.extend(
            std::iter::once(first)
                .chain(missing)
                .map(|sequence| Feedback::Nack { ssrc, sequence }),
        );
    }
}

fn read_arrivals(body: &[u8]) -> Option<Vec<Arrival>> {
    let base = u16::from_be_bytes([*body.get(8)?, *body.get(9)?]);
    let count = usize::from(u16::from_be_bytes([*body.get(10)?, *body.get(11)?]));
    let reference = word(body.get(12..16)?, 0) >> 8;
    let mut rest = &body[16..];
    // Status of each packet: 0 lost, 1 with a delta of one byte, 2 of two bytes.
    let mut statuses = Vec::with_capacity(count.min(512));
    while statuses.len() < count {
        let [high, low, ..] = *rest else {
            return None;
        };
        rest = &rest[2..];
        let chunk = u16::from_be_bytes([high, low]);
        if chunk & 0x8000 == 0 {
            let run = usize::from(chunk & 0x1fff).min(count - statuses.len());
            statuses.extend(std::iter::repeat_n(((chunk >> 13) & 3) as u8, run));
            if run == 0 {
                return None; // A run of nothing would go on for ever.
            }
        } else if chunk & 0x4000 == 0 {
            statuses.extend((0..14).map(|bit| ((chunk >> (13 - bit)) & 1) as u8));
        } else {
            statuses.extend((0..7).map(|pair| ((chunk >> (12 - 2 * pair)) & 3) as u8));
        }
    }
    let mut at = i64::from(reference) * 64_000;
    let mut arrivals = Vec::with_capacity(count);
    for (offset, status) in statuses.iter().take(count).enumerate() {
        let ticks = match status {
            1 => {
                let [delta, ..] = *rest else {
                    break;
                };
                rest = &rest[1..];
                Some(i64::from(delta))
            }
            2 => {
                let [high, low, ..] = *rest else {
                    break;
                };
                rest = &rest[2..];
                Some(i64::from(i16::from_be_bytes([high, low])))
            }
            _ => None,
        };
        at += ticks.unwrap_or(0) * DELTA_TICK;
        arrivals.push(Arrival {
            sequence: base.wrapping_add(offset as u16),
            at: ticks.map(|_| at),
        });
    }
    Some(arrivals)
}

/// What a sender report says of a stream.
pub struct SenderInfo<'a> {
    pub ssrc: u32,
    /// Since the Unix epoch.
    pub now: Duration,
    /// RTP timestamp of the same moment.
    pub timestamp: u32,
    pub packets: u32,
    /// Of payload.
    pub bytes: u32,
    pub cname: &'a str,
}

/// A compound packet with a sender report and the canonical name, on which receivers base lip sync.
pub fn sender_report(info: &SenderInfo<'_>) -> Vec<u8> {
    let mut out = vec![0x80, SENDER_REPORT, 0, 6];
    out.extend(info.ssrc.to_be_bytes());
    out.extend(ntp(info.now).to_be_bytes());
    out.extend(info.timestamp.to_be_bytes());
    out.extend(info.packets.to_be_bytes());
    out.extend(info.bytes.to_be_bytes());
    let cname = &info.cname.as_bytes()[..info.cname.len().min(255)];
    // One chunk: SSRC, CNAME item, then at least one zero up to the next word.
    let words = (4 + 2 + cname.len() + 1).div_ceil(4);
    out.extend([0x81, SOURCE_DESCRIPTION, 0, words as u8]);
    let end = out.len() + words * 4;
    out.extend(info.ssrc.to_be_bytes());
    out.extend([1, cname.len() as u8]);
    out.extend(cname);
    out.resize(end, 0);
    out
}

/// Round trip of a report sent back to us at `now`, since the Unix epoch; `None` when the receiver had no report of ours.
pub fn round_trip(report: &Reception, now: Duration) -> Option<Duration> {
    if report.last_report == 0 {
        return None;
    }
    let middle = (ntp(now) >> 16) as u32;
    let ticks = middle
        .wrapping_sub(report.last_report)
        .wrapping_sub(report.delay);
    // Clocks that step make nonsense of it: a minute is none.
    (ticks < 60 << 16).then(|| Duration::from_secs_f64(f64::from(ticks) / 65_536.0))
}

/// 32.32 fixed point seconds since 1900.
pub fn ntp(since_unix_epoch: Duration) -> u64 {
    let fraction = (u64::from(since_unix_epoch.subsec_nanos()) << 32) / 1_000_000_000;
    ((since_unix_epoch.as_secs() + NTP_EPOCH) << 32) | fraction
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nack_names_the_first_missing_packet_and_those_in_its_mask() {
        let packet = [
            0x81,
            205,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            9,
            0xff,
            0xff,
            0b1000_0000,
            0b0000_0001,
        ];
        let nack = |sequence| Feedback::Nack { ssrc: 9, sequence };
        assert_eq!(read(&packet), [nack(0xffff), nack(0), nack(15)]);
    }

    #[test]
    fn key_frames_are_asked_for_in_two_ways() {
        let pli = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7];
        let fir = [
            0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0,
        ];
        let wanted = read(&[&pli[..], &fir[..]].concat());
        let keyframe = |ssrc| Feedback::Keyframe { ssrc };
        assert_eq!(wanted, [keyframe(7), keyframe(8)]);
    }

    #[test]
    fn transport_wide_feedback_tells_when_packets_arrived_and_which_did_not() {
        // Base 10, 5 packets, reference 64 ms; two-bit chunk: small, lost, large, small, small; deltas 4, -2, 1, 1 ticks.
        let packet = [
            0x8f,
            205,
            0,
            6,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            2,
            0,
            10,
            0,
            5,
            0,
            0,
            1,
            0,
            0b1101_0010,
            0b0101_0000,
            4,
            0xff,
            0xfe,
            1,
            1,
            0,
        ];
        let [Feedback::Arrivals(arrivals)] = &read(&packet)[..] else {
            panic!("one feedback");
        };
        let at: Vec<Option<i64>> = arrivals.iter().map(|arrival| arrival.at).collect();
        let expected = [Some(65_000), None, Some(64_500), Some(64_750), Some(65_000)];
        assert_eq!(at, expected);
        assert_eq!((arrivals[0].sequence, arrivals[4].sequence), (10, 14));
    }

    #[test]
    fn whatever_is_cut_off_or_empty_is_put_up_with() {
        let packet = [
            0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0xff, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0,
            0, 0, 0,
        ];
        for end in 0..packet.len() {
            read(&packet[..end]);
        }
        assert_eq!(read(&packet), []);
    }

    #[test]
    fn the_round_trip_is_what_passed_less_the_receivers_delay() {
        let sent = Duration::from_secs(1_700_000_000);
        let report = Reception {
            ssrc: 1,
            fraction_lost: 0,
            lost: 0,
            highest: 0,
            jitter: 0,
            last_report: (ntp(sent) >> 16) as u32,
            delay: 65_536,
        };
        let trip = round_trip(&report, sent + Duration::from_millis(1250)).unwrap();
        assert!((trip.as_secs_f64() - 0.25).abs() < 0.001);
    }

    #[test]
    fn a_sender_report_is_whole_words_with_a_name() {
        let info = SenderInfo {
            ssrc: 5,
            now: Duration::from_secs(1),
            timestamp: 90_000,
            packets: 3,
            bytes: 300,
            cname: "roomful",
        };
        let packet = sender_report(&info);
        assert_eq!(packet.len(), 28 + 4 + 16);
        assert_eq!(&packet[28 + 4 + 4..28 + 4 + 6 + 7], b"\x01\x07roomful");
        assert_eq!(read(&packet), []);
    }
}
