use std::panic::{AssertUnwindSafe, catch_unwind};

use str0m::{Rtc, RtcError};

/// Why a peer had to be given up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Rtc(#[from] RtcError),
    /// A bug of ours or of a library. It costs this one participant.
    #[error("internal error: {0}")]
    Panic(String),
}

/// An `Rtc` behind which a panic stays.
pub(crate) struct Fence {
    rtc: Rtc,
    broken: bool,
}

impl Fence {
    pub fn new(rtc: Rtc) -> Fence {
        Fence { rtc, broken: false }
    }

    pub fn is_alive(&self) -> bool {
        !self.broken && self.rtc.is_alive()
    }

    /// Runs `action`; after a panic the `Rtc` is not touched again.
    pub fn run<T>(
        &mut self,
        action: impl FnOnce(&mut Rtc) -> Result<T, RtcError>,
    ) -> Result<T, Fault> {
        if self.broken {
            return Err(Fault::Panic("the peer has failed before".into()));
        }
        match catch_unwind(AssertUnwindSafe(|| action(&mut self.rtc))) {
            Ok(result) => result.map_err(Fault::Rtc),
            Err(panic) => {
                self.broken = true;
                let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
                Err(Fault::Panic(words.unwrap_or_else(|| "unknown".into())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_panic_stays_behind_the_fence_and_ends_the_peer() {
        let mut fence = Fence::new(Rtc::new(Instant::now()));
        assert!(fence.is_alive());
        let outcome = fence.run::<()>(|_| panic!("boom"));
        assert!(matches!(outcome, Err(Fault::Panic(words)) if words == "boom"));
        assert!(!fence.is_alive());
        assert!(fence.run(|_| Ok(())).is_err());
    }
}
