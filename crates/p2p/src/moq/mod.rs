//! The one place that knows the media transport, moq-lite 0.15 and hang 0.15 (specs/iroh-rooms.md §9, §10). Types of those
//! crates do not leave this folder, so that moving to another set of versions (§18.3) stays in here.

mod local;
mod remote;
mod sessions;
mod texts;

pub(crate) use local::{ChatWriter, WeakBroadcast};
pub use local::{LocalBroadcast, TrackWriter};
pub(crate) use remote::Timeouts;
pub use remote::{MediaFrame, MediaReader, RemoteBroadcast};
pub(crate) use sessions::{ALPN, Inbound, Publication, Session, Sessions};
