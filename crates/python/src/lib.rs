//! `roomful._native`: the engine as Python sees it. Commands go down, batches of facts come up, packets never do.

mod config;
mod event;
mod p2p;
mod sfu;
mod turn;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    use super::*;

    #[pymodule_export]
    use crate::config::{PendingTrack, SfuConfig};
    #[pymodule_export]
    use crate::event::{Event, Layer, TrackStats};
    /// Passes on engine logs of this level of Python's `logging` and above; less is not even formatted.
    #[pyfunction]
    fn set_log_level(level: u32) {
        log::set_max_level(match level {
            0..=10 => log::LevelFilter::Debug,
            11..=20 => log::LevelFilter::Info,
            21..=30 => log::LevelFilter::Warn,
            _ => log::LevelFilter::Error,
        });
    }

    #[pymodule_export]
    use crate::p2p::broadcast::{
        P2pChat, P2pLocalBroadcast, P2pMediaReader, P2pRemoteBroadcast, P2pTrackWriter,
    };
    #[pymodule_export]
    use crate::p2p::calls::P2pCalls;
    #[pymodule_export]
    use crate::p2p::live::{P2pError, P2pLive};
    #[pymodule_export]
    use crate::p2p::room::P2pRoom;
    #[pymodule_export]
    use crate::p2p::{
        p2p_format_ticket, p2p_parse_id, p2p_parse_ticket, p2p_public, p2p_ticket_from_bytes,
        p2p_ticket_to_bytes,
    };
    #[pymodule_export]
    use crate::sfu::{Closed, EngineStats, Overloaded, Sfu, SfuError};

    #[pymodule_export]
    use crate::turn::{Turn, TurnError, turn_credentials};

    /// Digest of the sources this module was built from; `roomful._native_guard` compares it with the tree.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __source_hash__: &str = env!("ROOMFUL_SOURCE_HASH");

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        // A second interpreter in the process keeps the first bridge; there is nothing to do about it, nor any harm.
        let _ = pyo3_log::try_init();
        Ok(())
    }
}
