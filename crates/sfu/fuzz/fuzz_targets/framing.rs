//! Any bytes on a TCP stream, cut anywhere: the packets are the same as when it comes in one piece.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roomful_sfu::net::framing::Deframer;

fn packets(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut deframer = Deframer::default();
    let mut packets = Vec::new();
    for chunk in chunks {
        deframer.push(chunk);
        while let Some(packet) = deframer.next_packet() {
            packets.push(packet.to_vec());
        }
    }
    packets
}

fuzz_target!(|input: (Vec<u8>, usize)| {
    let (stream, cut) = input;
    let (head, tail) = stream.split_at(cut % (stream.len() + 1));
    assert_eq!(packets(&[head, tail]), packets(&[&stream]));
});
