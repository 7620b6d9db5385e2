use std::time::Duration;

use iroh::EndpointId;

use crate::state::StateError;

#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error("the endpoint could not be opened: {0}")]
    Bind(String),
    #[error("{0:?} is no address to bind to")]
    Address(String),
}

#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("gossip is switched off, and a room cannot be joined without it")]
    GossipDisabled,
    #[error("the display name is refused: {0}")]
    Name(#[from] StateError),
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("an endpoint does not connect to itself")]
    Oneself,
    #[error("{0} is not on the list of allowed peers")]
    NotAllowed(EndpointId),
    #[error("{remote} could not be reached: {reason}")]
    Unreachable { remote: EndpointId, reason: String },
}

/// Why a broadcast of another peer is not there.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubscribeError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("not announced within {0:?}")]
    NotAnnounced(Duration),
    #[error("the connection was closed: {0}")]
    SessionClosed(String),
    #[error("the broadcast was closed")]
    Closed,
    #[error("no catalog within {0:?}")]
    NoCatalog(Duration),
    #[error("the catalog cannot be read: {0}")]
    BadCatalog(String),
    #[error("the catalog has no {0:?}")]
    NoTrack(String),
}

impl SubscribeError {
    /// One word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            SubscribeError::Connect(_) => "connect",
            SubscribeError::NotAnnounced(_) => "not_announced",
            SubscribeError::SessionClosed(_) => "session_closed",
            SubscribeError::Closed => "closed",
            SubscribeError::NoCatalog(_) => "no_catalog",
            SubscribeError::BadCatalog(_) => "bad_catalog",
            SubscribeError::NoTrack(_) => "no_track",
        }
    }
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum PublishError {
    #[error("{0:?} is published already, in this room or another of this endpoint")]
    NameTaken(String),
    #[error("{0:?} is not a name that peers would agree on: no slashes at the ends or in a row")]
    Name(String),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{0:?} is not published")]
    NotPublished(String),
    #[error("the broadcast was closed")]
    Closed,
    #[error("a track {0:?} is there already")]
    TrackTaken(String),
    #[error("not a description that a stock peer reads: {0}")]
    BadConfig(String),
    #[error("no chat publisher has been set: enable chat on a broadcast and set it")]
    ChatDisabled,
    #[error("a chat message has 1 to {0} bytes")]
    ChatLength(usize),
    #[error(transparent)]
    RoomClosed(#[from] RoomClosed),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the room is closed{}", .0.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default())]
pub struct RoomClosed(pub Option<String>);
