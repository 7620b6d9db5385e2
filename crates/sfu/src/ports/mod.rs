//! Ports: encoded frames out of the engine to worker processes, and in from them.
//!
//! The stream between engine and worker is [`records`]. On the way out, packets of a [`tap`]ped track are put in order
//! again ([`reorder`]), joined to frames ([`assemble`], [`depacketize`]) and written to the worker's pipe
//! ([`outlet`]). On the way in, a worker's frames ([`inlet`]) are cut into packets ([`packetize`]) and forwarded like
//! those of a client.

pub mod assemble;
mod av1;
mod bits;
pub mod depacketize;
pub(crate) mod inlet;
mod nal;
pub(crate) mod outlet;
pub mod packetize;
pub mod records;
pub mod reorder;
pub(crate) mod tap;
mod vp8;
mod vp9;

/// Number of one port, given by the caller and never reused.
pub type PortId = u64;
