//! What happens to RTP between a publisher and its subscribers.

pub(crate) mod allocation;
pub(crate) mod continuity;
pub(crate) mod forwarder;
pub mod holes;
pub mod keyframe;
pub mod red;
pub(crate) mod speaker;
pub(crate) mod throttle;
pub(crate) mod track;
pub(crate) mod vp8;
