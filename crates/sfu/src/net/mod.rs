//! Sockets: UDP with segmentation offload, ICE-TCP, and what the demultiplexer parses itself.

pub(crate) mod batch;
pub mod framing;
pub mod stun;
pub(crate) mod tcp;
pub(crate) mod udp;
