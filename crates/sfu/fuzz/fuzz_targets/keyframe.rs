//! Any RTP payload in any video codec: asking whether it starts a key frame never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roomful_sfu::media::keyframe::starts_keyframe;
use str0m::format::Codec;

fuzz_target!(|payload: &[u8]| {
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::H265, Codec::Av1] {
        let _ = starts_keyframe(codec, payload);
    }
});
