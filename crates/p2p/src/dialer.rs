use std::collections::{HashMap, HashSet};
use std::time::Duration;

use iroh::endpoint::Connection;
use iroh::{Endpoint, EndpointId};
use iroh_gossip::net::{GOSSIP_ALPN, Gossip};
use n0_future::{FuturesUnordered, StreamExt, boxed::BoxFuture};
use tokio::time::{sleep, timeout};

/// Longer than a handshake through a relay, shorter than anybody waits for a room.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was on its way when a connection was replaced has arrived by then.
const LINGER: Duration = Duration::from_secs(10);

/// Dials peers in place of gossip, which gives each peer one chance: what it could not send because a dial failed stays
/// queued, and while anything is queued for a peer it does not dial again (specs/iroh-rooms.md §23.3). A connection that
/// it is handed takes the queue along.
pub(crate) struct Dialer {
    endpoint: Endpoint,
    gossip: Gossip,
    dials: FuturesUnordered<BoxFuture<(EndpointId, Option<Connection>)>>,
    dialing: HashSet<EndpointId>,
    /// The last connection handed over with each peer. Gossip sends by the newest, and keeps the older ones open.
    newest: HashMap<EndpointId, Connection>,
}

impl Dialer {
    pub(crate) fn new(endpoint: Endpoint, gossip: Gossip) -> Dialer {
        Dialer {
            endpoint,
            gossip,
            dials: FuturesUnordered::new(),
            dialing: HashSet::new(),
            newest: HashMap::new(),
        }
    }

    /// Dials those that are not being dialed already.
    pub(crate) fn dial(&mut self, peers: &[EndpointId]) {
        for peer in peers.iter().copied() {
            if self.dialing.insert(peer) {
                let connection = connect(self.endpoint.clone(), self.gossip.clone(), peer);
                self.dials
                    .push(Box::pin(async move { (peer, connection.await) }));
            }
        }
    }

    /// The next peer that gossip has a new connection with. Nothing is lost when this is dropped and called again.
    pub(crate) async fn connected(&mut self) -> EndpointId {
        while let Some((peer, connection)) = self.dials.next().await {
            self.dialing.remove(&peer);
            if let Some(connection) = connection {
                if let Some(older) = self.newest.insert(peer, connection) {
                    tokio::spawn(async move {
                        sleep(LINGER).await;
                        older.close(0u32.into(), b"replaced");
                    });
                }
                return peer;
            }
        }
        std::future::pending().await
    }
}

async fn connect(endpoint: Endpoint, gossip: Gossip, peer: EndpointId) -> Option<Connection> {
    match timeout(PATIENCE, endpoint.connect(peer, GOSSIP_ALPN)).await {
        Ok(Ok(connection)) => {
            let handed_over = gossip.handle_connection(connection.clone()).await;
            handed_over.is_ok().then_some(connection)
        }
        Ok(Err(error)) => {
            log::debug!("{} cannot be reached: {error}", peer.fmt_short());
            None
        }
        Err(_) => {
            log::debug!("{} does not answer", peer.fmt_short());
            None
        }
    }
}
