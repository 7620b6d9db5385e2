//! Any datagram from a stranger: finding out for whom it is never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roomful_sfu::net::stun::local_ufrag;

fuzz_target!(|packet: &[u8]| {
    if let Some(ufrag) = local_ufrag(packet) {
        assert!(ufrag.len() < packet.len() && !ufrag.contains(':'));
    }
});
