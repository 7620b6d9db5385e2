//! Any payloads of a publisher and any bytes of a worker: reading them never panics, and what comes of them is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roomful_sfu::ports::depacketize::Depacketizer;
use roomful_sfu::ports::packetize::{MAX_PAYLOAD, Packetizer};
use roomful_sfu::ports::records::Reader;
use str0m::format::Codec;

fuzz_target!(|input: (u8, Vec<Vec<u8>>)| {
    let (choice, payloads) = input;
    let codecs = [Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H264, Codec::H265];
    let codec = codecs[usize::from(choice) % codecs.len()];
    let mut depacketizer = Depacketizer::new(codec);
    let (mut unit, mut reader) = (Vec::new(), Reader::default());
    for payload in &payloads {
        if depacketizer.push(payload, &mut unit).is_err() {
            depacketizer.abandon();
            unit.clear();
        }
        let parts = Packetizer::new(codec).packetize(payload);
        assert!(parts.iter().all(|part| part.len() <= MAX_PAYLOAD));
        reader.push(payload);
        while let Ok(Some(_)) = reader.next_record() {}
    }
    let _ = depacketizer.finish(choice & 1 == 0, &mut unit);
});
