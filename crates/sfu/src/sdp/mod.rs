//! Session descriptions. str0m negotiates; this module adds what LiveKit's clients expect beyond it, as edits of the
//! text before str0m reads an offer and after it wrote an offer or answer (specification: LiveKit signalling, SDP).

pub mod description;
mod edit;

pub(crate) use description::{Description, Direction, Section};
pub(crate) use edit::{
    SenderLines, finish_answer_section, prefer_codec, prepare_offer, set_opus_parameters,
    set_redundancy, write_sender,
};

/// A description that could not be used, in words for the client that sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("the description is empty")]
    Empty,
    #[error("the description is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("the description has more than {MAX_SECTIONS} media sections")]
    TooManySections,
    #[error("the description does not begin with v=")]
    NotSdp,
}

/// Longest description read, in bytes.
pub const MAX_BYTES: usize = 768 << 10;
/// Most media sections read.
pub const MAX_SECTIONS: usize = 600;
