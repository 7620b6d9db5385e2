//! Whatever a client calls a description: cutting it up and reading its sections never panics, and writing what was
//! read gives the same sections again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roomful_sfu::sdp::description::Description;

fuzz_target!(|text: &str| {
    if let Ok(description) = Description::parse(text) {
        for section in &description.sections {
            let _ = (section.kind(), section.mid(), section.msid(), section.direction(), section.send_rids());
            let _ = section.payload_types().filter_map(|payload_type| section.codec_of(payload_type)).count();
        }
        assert_eq!(Description::parse(&description.write()).as_ref(), Ok(&description));
    }
});
