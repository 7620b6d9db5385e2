//! Sockets: UDP with segmentation offload, ICE-TCP, and what of STUN and RTCP we parse ourselves.

pub(crate) mod batch;
pub mod framing;
pub mod rtcp;
pub mod stun;
pub(crate) mod tcp;
pub(crate) mod udp;
