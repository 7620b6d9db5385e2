//! Selective forwarding on str0m: shards of rooms, peers, published tracks and subscriptions. No Python in it.
//!
//! [`Engine::start`] binds the sockets and starts one thread per shard. [`Engine::send`] hands a [`Command`] down and
//! never waits; [`Engine::events`] gives the [`Event`]s back in batches.

mod command;
mod config;
mod counters;
mod egress;
mod engine;
mod event;
mod events;
pub mod media;
pub mod net;
mod peer;
pub mod ports;
pub mod sdp;
mod shard;

pub use command::{Command, Kind, PeerId, PendingTrack, RoomSid, TrackSid};
pub use config::Config;
pub use counters::Totals;
pub use engine::{Engine, SendError};
pub use event::{Event, LayerInfo, PeerState, TrackStats};
pub use events::EventQueue;
pub use ports::PortId;
