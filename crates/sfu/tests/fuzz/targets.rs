//! What must hold for any input whatsoever. Also run by cargo-fuzz, see `fuzz/`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use roomful_sfu::media::holes::Holes;
use roomful_sfu::media::keyframe::starts_keyframe;
use roomful_sfu::media::red;
use roomful_sfu::net::framing::Deframer;
use roomful_sfu::net::rtcp::{self, Feedback};
use roomful_sfu::net::stun;
use roomful_sfu::ports::assemble::{Assembler, Packet};
use roomful_sfu::ports::depacketize::Depacketizer;
use roomful_sfu::ports::packetize::{self, MAX_PAYLOAD, Packetizer};
use roomful_sfu::ports::records::Reader;
use roomful_sfu::ports::reorder::Reorder;
use roomful_sfu::sdp::description::Description;
use str0m::format::Codec;

const CODECS: [Codec; 6] = [
    Codec::Vp8,
    Codec::Vp9,
    Codec::Av1,
    Codec::H264,
    Codec::H265,
    Codec::Opus,
];

fn codec(choice: u8) -> Codec {
    CODECS[usize::from(choice) % CODECS.len()]
}

/// The first byte, and the others in pieces, each with its length before it.
fn pieces(input: &[u8]) -> (u8, Vec<&[u8]>) {
    let Some((choice, mut rest)) = input.split_first() else {
        return (0, Vec::new());
    };
    let mut pieces = Vec::new();
    while let Some((length, after)) = rest.split_first() {
        let (piece, after) = after.split_at(usize::from(*length).min(after.len()));
        pieces.push(piece);
        rest = after;
    }
    (*choice, pieces)
}

/// Whatever a client calls a description: writing what was read gives the same sections again.
pub fn sdp(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Ok(description) = Description::parse(&text) else {
        return;
    };
    for section in &description.sections {
        let _ = (section.kind(), section.mid(), section.msid());
        let _ = (section.direction(), section.send_rids());
        let named = section
            .payload_types()
            .filter_map(|pt| section.codec_of(pt));
        let _ = named.count();
        let mut changed = section.clone();
        changed.set_payload_types(&section.payload_types_of("opus"));
        changed.reject();
    }
    let written = Description::parse(&description.write());
    assert_eq!(written.as_ref(), Ok(&description));
}

/// Any datagram from a stranger: it is found out for whom it is.
pub fn stun(packet: &[u8]) {
    let _ = (stun::is_stun(packet), stun::nominates(packet));
    if let Some(ufrag) = stun::local_ufrag(packet) {
        assert!(ufrag.len() < packet.len() && !ufrag.contains(':'));
    }
}

/// Any bytes on a TCP stream, cut anywhere: the packets are the same as when it comes in one piece.
pub fn framing(input: &[u8]) {
    let Some(([high, low], stream)) = input.split_first_chunk() else {
        return;
    };
    let cut = usize::from(u16::from_be_bytes([*high, *low])) % (stream.len() + 1);
    let packets = |chunks: &[&[u8]]| {
        let (mut deframer, mut packets) = (Deframer::default(), Vec::new());
        for chunk in chunks {
            deframer.push(chunk);
            while let Some(packet) = deframer.next_packet() {
                packets.push(packet.to_vec());
            }
        }
        packets
    };
    let (head, tail) = stream.split_at(cut);
    assert_eq!(packets(&[head, tail]), packets(&[stream]));
}

/// Any RTP payload in any codec.
pub fn keyframe(payload: &[u8]) {
    for codec in CODECS {
        let _ = starts_keyframe(codec, payload);
        let _ = packetize::is_keyframe(codec, payload);
    }
}

/// Any plain text of an RTCP packet, as a client with the right keys may send it.
pub fn rtcp(compound: &[u8]) {
    let found = rtcp::read(compound);
    // 17 for each word of a NACK is the most that can be said.
    assert!(found.len() <= compound.len() / 4 * 17);
    for feedback in found {
        match feedback {
            Feedback::Arrivals(arrivals) => assert!(arrivals.len() <= usize::from(u16::MAX)),
            Feedback::Report(report) => {
                let now = Duration::from_secs(1_700_000_000);
                let trip = rtcp::round_trip(&report, now);
                assert!(trip.is_none_or(|trip| trip <= Duration::from_secs(60)));
            }
            Feedback::Nack { .. } | Feedback::Keyframe { .. } => {}
        }
    }
}

/// Any payloads of a publisher.
pub fn depacketize(input: &[u8]) {
    let (choice, payloads) = pieces(input);
    let mut depacketizer = Depacketizer::new(codec(choice));
    let mut unit = Vec::new();
    for payload in payloads {
        if depacketizer.push(payload, &mut unit).is_err() {
            depacketizer.abandon();
            unit.clear();
        }
    }
    let _ = depacketizer.finish(choice & 1 == 0, &mut unit);
}

/// Any packets of a publisher: out come frames with data; video begins, and goes on after a gap, with a keyframe.
pub fn assemble(input: &[u8]) {
    let (choice, packets) = pieces(input);
    let codec = codec(choice);
    let (mut reorder, mut assembler) = (
        Reorder::new(Duration::from_millis(100)),
        Assembler::new(codec),
    );
    let (mut now, mut is_first) = (Instant::now(), true);
    for packet in packets {
        let Some(([sequence, timestamp, flags], payload)) = packet.split_first_chunk() else {
            continue;
        };
        now += Duration::from_millis(u64::from(flags >> 1));
        let packet = Packet {
            timestamp: u32::from(*timestamp),
            marker: flags & 1 != 0,
            captured_at: now,
            level: None,
            payload: payload.into(),
        };
        reorder.push(u64::from(*sequence), packet, now);
        while let Some((packet, lost)) = reorder.pop(now) {
            if lost {
                assembler.lose();
            }
            assembler.push(&packet, |unit| {
                assert!(!unit.data.is_empty());
                let must_stand_alone = codec.is_video() && (unit.gap || is_first);
                assert!(unit.keyframe || !must_stand_alone);
                is_first = false;
            });
        }
    }
}

/// Any frame of a worker.
pub fn packetize(input: &[u8]) {
    let (choice, units) = pieces(input);
    let codec = codec(choice);
    let mut packetizer = Packetizer::new(codec);
    let long = units.concat().repeat(1 + usize::from(choice >> 4));
    for unit in units.into_iter().chain([&long[..]]) {
        let parts = packetizer.packetize(unit);
        assert!(!codec.is_video() || parts.iter().all(|part| part.len() <= MAX_PAYLOAD));
    }
}

/// Any bytes of a worker, cut anywhere.
pub fn records(input: &[u8]) {
    let read = |pieces: &[&[u8]]| {
        let (mut reader, mut records) = (Reader::default(), Vec::new());
        for piece in pieces {
            reader.push(piece);
            while let Ok(Some(record)) = reader.next_record() {
                records.push(record);
            }
        }
        records
    };
    let (head, tail) = input.split_at(input.len() / 2);
    assert_eq!(read(&[head, tail]), read(&[input]));
}

/// Any redundant audio, in packets of any numbers: what is lost is made up for once, and nothing that is there.
pub fn red(input: &[u8]) {
    const CODEC: u8 = 111;
    let (_, packets) = pieces(input);
    let (mut holes, mut given) = (Holes::default(), Vec::new());
    for packet in packets {
        let Some(([sequence, timestamp], payload)) = packet.split_first_chunk() else {
            continue;
        };
        let (sequence, timestamp) = (u64::from(*sequence), u32::from(*timestamp) * 480);
        let whole: Arc<[u8]> = payload.into();
        let Some(found) = red::read(payload, CODEC) else {
            continue;
        };
        let renumbered = red::renumbered(&whole, CODEC, 96);
        let again = red::read(&renumbered, 96).map(|found| found.primary.len());
        assert_eq!(again, Some(found.primary.len()));
        if holes.arrive(sequence, timestamp) {
            given.push(sequence);
        }
        let filled = holes.fill((sequence, timestamp), &found.earlier);
        given.extend(filled.iter().map(|(sequence, _, _)| *sequence));
    }
    let mut numbers = given.clone();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), given.len(), "a number was given twice");
}
