//! A TURN server (RFC 8656) in front of one media engine: it relays to that engine's addresses and nowhere else, unless it
//! is told to. The protocol is `turn-server-proto`'s; here are sockets, credentials, and what peers are allowed.
//!
//! One thread runs everything. Each client has a protocol machine of its own, so that a panic costs one client.

mod client;
mod config;
mod credentials;
mod framing;
mod link;
mod peers;
mod relays;
mod server;
mod tls;

pub use config::{Config, Network, SfuAddress};
pub use credentials::{Credentials, credentials};
pub use server::{StartError, Turn};
