//! iroh rooms: peers find each other by gossip, carry media over QUIC and chat, with no server between them.
//!
//! The parts, from the bottom: [`Live`] is an endpoint with its protocols; `presence` replicates what each member says of
//! itself; `moq` is the one place that knows the media transport; a [`Room`] joins the two. What travels on the wire is in
//! specs/iroh-rooms.md. Nothing here knows Python, and nothing here panics on what a peer sends.

mod catalog;
mod chat;
mod dialer;
mod error;
mod event;
mod live;
mod missing;
mod moq;
mod presence;
mod retry;
mod room;
mod state;
mod ticket;

pub use error::{ConnectError, JoinError, LiveError, PublishError, RoomClosed, SubscribeError};
pub use event::{ChatMessage, Event, Events};
pub use iroh::{EndpointAddr, EndpointId, SecretKey};
pub use live::{Live, LiveConfig, Preset};
pub use moq::{LocalBroadcast, MediaFrame, MediaReader, RemoteBroadcast, TrackWriter};
pub use room::{ChatPublisher, Room, RoomOptions};
pub use state::{PeerState, StateError};
pub use ticket::{RoomTicket, TicketError};
