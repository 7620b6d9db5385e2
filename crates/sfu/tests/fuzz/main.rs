//! Random and mutated bytes for everything that reads what strangers, clients and workers send.
//!
//! `fuzz/` has the same targets for cargo-fuzz, which is guided by coverage. Here they run for a bounded number of inputs
//! with all other tests. `ROOMFUL_FUZZ_ROUNDS` and `ROOMFUL_FUZZ_SEED` change how many, and which.

mod mutate;
mod seeds;
mod targets;

use std::panic::catch_unwind;

use mutate::Inputs;

const ROUNDS: u64 = 100_000;
const SEED: u64 = 1;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
    })
}

fn fuzz(target: fn(&[u8]), seeds: &[&[u8]]) {
    let seed = number("ROOMFUL_FUZZ_SEED", SEED);
    seeds.iter().for_each(|input| target(input));
    let inputs = Inputs::new(seeds, seed);
    for input in inputs.take(number("ROOMFUL_FUZZ_ROUNDS", ROUNDS) as usize) {
        let passed = catch_unwind(|| target(&input));
        assert!(passed.is_ok(), "with seed {seed}, on the input {input:?}");
    }
}

macro_rules! fuzzed {
    ($($name:ident: $target:ident,)*) => {
        $(#[test]
        fn $name() {
            fuzz(targets::$target, seeds::$target);
        })*
    };
}

fuzzed! {
    any_text_can_be_cut_into_sections_and_is_written_back: sdp,
    any_datagram_may_claim_to_be_stun: stun,
    a_tcp_stream_may_be_cut_anywhere: framing,
    any_payload_may_start_a_key_frame_or_not: keyframe,
    any_rtcp_of_a_client_is_put_up_with: rtcp,
    any_payloads_are_joined_to_frames_or_refused: depacketize,
    packets_come_in_any_order_at_any_time: assemble,
    any_frame_of_a_worker_is_cut_into_packets_or_refused: packetize,
    any_bytes_of_a_worker_are_records_or_refused: records,
    any_redundant_audio_is_taken_apart_or_refused: red,
}
