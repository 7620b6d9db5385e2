use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use iroh::address_lookup::memory::MemoryLookup;
use iroh::endpoint::{QuicTransportConfig, VarInt, presets};
use iroh::protocol::Router;
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMap, RelayMode, RelayUrl, SecretKey};
use iroh_gossip::net::{GOSSIP_ALPN, Gossip};
use tokio::time::timeout;

use crate::error::{JoinError, LiveError, SubscribeError};
use crate::event::Events;
use crate::moq::{ALPN, Inbound, RemoteBroadcast, Sessions, Timeouts};
use crate::room::{Room, RoomOptions};
use crate::ticket::RoomTicket;

/// A connection on which nothing comes for so long, in milliseconds, is lost. Counted from the last keep-alive, which may
/// be five seconds after the last answer: a peer that died is missed after half a minute.
const IDLE_MS: u32 = 25_000;

/// What an endpoint knows of the world from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// The public relays and address lookup of n0, for peers anywhere on the internet.
    #[default]
    N0,
    /// No relay and no lookup: peers are reached by the addresses one is told.
    Minimal,
}

#[derive(Clone, Debug)]
pub struct LiveConfig {
    /// Whose endpoint this is; a new one if none is given.
    pub secret_key: Option<SecretKey>,
    pub preset: Preset,
    /// Instead of the relays of the preset; empty for none at all.
    pub relays: Option<Vec<RelayUrl>>,
    /// Addresses to bind to instead of all.
    pub bind: Vec<SocketAddr>,
    /// Rooms need it.
    pub gossip: bool,
    /// Take connections of others. A room without it works by half.
    pub accept: bool,
    /// Streams a peer may have open at once, in each direction.
    pub max_streams: u32,
    /// Nobody but these peers, when given.
    pub allowed: Option<HashSet<EndpointId>>,
}

impl Default for LiveConfig {
    fn default() -> Self {
        LiveConfig {
            secret_key: None,
            preset: Preset::N0,
            relays: None,
            bind: Vec::new(),
            gossip: true,
            accept: true,
            max_streams: 1024,
            allowed: None,
        }
    }
}

/// An endpoint with its protocols, on which rooms are joined and broadcasts are read.
#[derive(Clone, Debug)]
pub struct Live(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    gossip: Option<Gossip>,
    router: Option<Router>,
    sessions: Arc<Sessions>,
    known: MemoryLookup,
}

impl Live {
    pub async fn bind(config: LiveConfig) -> Result<Live, LiveError> {
        let builder = match config.preset {
            Preset::N0 => Endpoint::builder(presets::N0),
            Preset::Minimal => Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled),
        };
        let known = MemoryLookup::new();
        let streams = VarInt::from_u32(config.max_streams);
        let transport = QuicTransportConfig::builder()
            .max_concurrent_bidi_streams(streams)
            .max_concurrent_uni_streams(streams)
            .max_idle_timeout(Some(VarInt::from_u32(IDLE_MS).into()))
            .build();
        let mut builder = builder
            .secret_key(config.secret_key.unwrap_or_else(SecretKey::generate))
            .transport_config(transport)
            .address_lookup(known.clone());
        if let Some(relays) = config.relays {
            builder = builder.relay_mode(match relays.is_empty() {
                true => RelayMode::Disabled,
                false => RelayMode::Custom(RelayMap::from_iter(relays)),
            });
        }
        if !config.bind.is_empty() {
            builder = builder.clear_ip_transports();
        }
        for address in config.bind {
            builder = builder
                .bind_addr(address)
                .map_err(|_| LiveError::Address(address.to_string()))?;
        }
        let endpoint = builder
            .bind()
            .await
            .map_err(|error| LiveError::Bind(error.to_string()))?;
        let gossip = config
            .gossip
            .then(|| Gossip::builder().spawn(endpoint.clone()));
        let sessions = Sessions::new(endpoint.clone(), config.allowed);
        let router = config.accept.then(|| {
            let mut router =
                Router::builder(endpoint.clone()).accept(ALPN, Inbound(sessions.clone()));
            if let Some(gossip) = &gossip {
                router = router.accept(GOSSIP_ALPN, gossip.clone());
            }
            router.spawn()
        });
        Ok(Live(Arc::new(Inner {
            endpoint,
            gossip,
            router,
            sessions,
            known,
        })))
    }

    pub fn id(&self) -> EndpointId {
        self.0.endpoint.id()
    }

    /// Where others can reach this endpoint, as far as it knows.
    pub fn addr(&self) -> EndpointAddr {
        self.0.endpoint.addr()
    }

    /// Waits until a relay has taken this endpoint in. False if none did in that time.
    pub async fn online(&self, patience: Duration) -> bool {
        timeout(patience, self.0.endpoint.online()).await.is_ok()
    }

    /// Tells where a peer is. Do so before joining a room with it: gossip does not dial a second time by itself
    /// (specs/iroh-rooms.md §23.3).
    pub fn add_peer_addr(&self, addr: EndpointAddr) {
        self.0.known.add_endpoint_info(addr);
    }

    /// Joins a room. Returns at once; who is there comes by events.
    pub fn join(
        &self,
        ticket: &RoomTicket,
        options: RoomOptions,
    ) -> Result<(Room, Events), JoinError> {
        let gossip = self.0.gossip.clone().ok_or(JoinError::GossipDisabled)?;
        Room::join(
            self.0.endpoint.clone(),
            self.0.known.clone(),
            gossip,
            self.0.sessions.clone(),
            ticket,
            options,
        )
    }

    /// Reads one broadcast of a peer, in a room or not. Each of the three steps takes `patience` at most.
    pub async fn subscribe(
        &self,
        remote: EndpointId,
        name: &str,
        patience: Duration,
    ) -> Result<RemoteBroadcast, SubscribeError> {
        let timeouts = Timeouts {
            connect: patience,
            announce: patience,
            catalog: patience,
        };
        RemoteBroadcast::open(&self.0.sessions, remote, name, timeouts).await
    }

    /// Open media connections.
    pub fn connections(&self) -> usize {
        self.0.sessions.count()
    }

    /// Closes every connection and the endpoint. A second call finds nothing left to do.
    pub async fn shutdown(&self) {
        self.0.sessions.close();
        if let Some(router) = &self.0.router {
            let _ = router.shutdown().await;
        }
        self.0.endpoint.close().await;
    }
}
