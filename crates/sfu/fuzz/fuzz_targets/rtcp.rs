//! Any plain text of an RTCP packet, as a client with the right keys may send it: reading it never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roomful_sfu::net::rtcp::{Feedback, read};

fuzz_target!(|compound: &[u8]| {
    for feedback in read(compound) {
        if let Feedback::Arrivals(arrivals) = feedback {
            assert!(arrivals.len() <= usize::from(u16::MAX));
        }
    }
});
