//! What publishers send.

pub mod opus;
mod random;
pub mod stamp;
mod track;
pub mod vp8;

pub use track::{PublishedTrack, Source};
