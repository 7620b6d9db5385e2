use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iroh::endpoint::{Connection, ConnectionError};
use iroh::protocol::{AcceptError, ProtocolHandler};
use iroh::{Endpoint, EndpointId};
use moq_lite::{Client, Origin, OriginProducer, Server};
use tokio::time::timeout;

use crate::error::{ConnectError, PublishError};
use crate::moq::LocalBroadcast;

/// The one protocol of media; it names the version, so nothing is negotiated (specs/iroh-rooms.md §9.1).
pub(crate) const ALPN: &[u8] = b"moq-lite-03";

/// Close codes a stock peer uses (specs/iroh-rooms.md §9.1).
const CANCELLED: u32 = 0;
const REJECTED: u32 = 1;

/// Connections with other peers, in either direction, and what we offer on all of them.
#[derive(Debug)]
pub(crate) struct Sessions {
    endpoint: Endpoint,
    /// Nobody but these, when given.
    allowed: Option<HashSet<EndpointId>>,
    /// Everything published here; each session offers all of it.
    offered: Offered,
    state: Mutex<State>,
}

struct Offered(OriginProducer);

impl std::fmt::Debug for Offered {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Offered")
    }
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    sessions: HashMap<u64, Arc<Session>>,
    /// One dial at a time to each peer; the others wait for it.
    dials: HashMap<EndpointId, Arc<tokio::sync::Mutex<()>>>,
    /// Published names, each with the generation that says whose close may take it away.
    names: HashMap<String, u64>,
    closed: bool,
}

/// One connection with a peer. Dropping the last one closes it.
pub(crate) struct Session {
    id: u64,
    pub(crate) remote: EndpointId,
    dialed: bool,
    connection: Connection,
    /// What the peer offers on this connection.
    pub(super) origin: OriginProducer,
    /// Kept: moq-lite closes the connection with it.
    _moq: moq_lite::Session,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Session({}, {})",
            self.id,
            self.remote.fmt_short()
        )
    }
}

impl Session {
    /// The first side to dial wins new subscriptions when both dialed at once: the smaller id.
    fn preferred(&self, me: EndpointId) -> bool {
        self.dialed == (me < self.remote)
    }

    pub(crate) async fn closed(&self) -> String {
        self.connection.closed().await.to_string()
    }

    /// The peer said goodbye, rather than vanish.
    pub(crate) fn ended_by_peer(&self) -> bool {
        matches!(
            self.connection.close_reason(),
            Some(ConnectionError::ApplicationClosed(close)) if close.error_code == CANCELLED.into()
        )
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.connection.close_reason().is_some()
    }
}

impl Sessions {
    pub(crate) fn new(endpoint: Endpoint, allowed: Option<HashSet<EndpointId>>) -> Arc<Sessions> {
        Arc::new(Sessions {
            endpoint,
            allowed,
            offered: Offered(Origin::produce()),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_allowed(&self, remote: EndpointId) -> Result<(), ConnectError> {
        match &self.allowed {
            Some(allowed) if !allowed.contains(&remote) => Err(ConnectError::NotAllowed(remote)),
            _ => Ok(()),
        }
    }

    /// The connection with a peer: the one there is, or a new one.
    pub(crate) async fn connect(
        self: &Arc<Self>,
        remote: EndpointId,
        patience: Duration,
    ) -> Result<Arc<Session>, ConnectError> {
        if remote == self.endpoint.id() {
            return Err(ConnectError::Oneself);
        }
        self.check_allowed(remote)?;
        let turn = self.state().dials.entry(remote).or_default().clone();
        let outcome = {
            let _turn = turn.lock().await;
            match self.find(remote) {
                Some(session) => Ok(session),
                None => self.dial(remote, patience).await,
            }
        };
        let mut state = self.state();
        // Ours and the table's are the last two: nobody else waits.
        if Arc::strong_count(&turn) <= 2 {
            state.dials.remove(&remote);
        }
        outcome
    }

    fn find(&self, remote: EndpointId) -> Option<Arc<Session>> {
        let state = self.state();
        let alive = state
            .sessions
            .values()
            .filter(|session| session.remote == remote && !session.is_closed());
        alive
            .max_by_key(|session| session.preferred(self.endpoint.id()))
            .cloned()
    }

    async fn dial(
        self: &Arc<Self>,
        remote: EndpointId,
        patience: Duration,
    ) -> Result<Arc<Session>, ConnectError> {
        let unreachable = |reason: String| ConnectError::Unreachable { remote, reason };
        let connection = match timeout(patience, self.endpoint.connect(remote, ALPN)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(unreachable(error.to_string())),
            Err(_) => return Err(unreachable(format!("no answer within {patience:?}"))),
        };
        let origin = Origin::produce();
        let moq = Client::new()
            .with_publish(self.offered.0.consume())
            .with_consume(origin.clone())
            .connect(web_transport_iroh::Session::raw(connection.clone()))
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        self.add(connection, moq, origin, true)
            .ok_or_else(|| unreachable("this endpoint is being closed".into()))
    }

    async fn accept(self: &Arc<Self>, connection: Connection) {
        let remote = connection.remote_id();
        // Before anything is offered on it.
        if let Err(refusal) = self.check_allowed(remote) {
            log::info!("refused a connection: {refusal}");
            connection.close(REJECTED.into(), b"rejected");
            return;
        }
        let origin = Origin::produce();
        let session = Server::new()
            .with_publish(self.offered.0.consume())
            .with_consume(origin.clone())
            .accept(web_transport_iroh::Session::raw(connection.clone()))
            .await;
        match session {
            Ok(moq) => drop(self.add(connection, moq, origin, false)),
            Err(error) => log::debug!("{} opened no session: {error}", remote.fmt_short()),
        }
    }

    fn add(
        self: &Arc<Self>,
        connection: Connection,
        moq: moq_lite::Session,
        origin: OriginProducer,
        dialed: bool,
    ) -> Option<Arc<Session>> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let id = state.next;
        state.next += 1;
        let session = Arc::new(Session {
            id,
            remote: connection.remote_id(),
            dialed,
            connection: connection.clone(),
            origin,
            _moq: moq,
        });
        state.sessions.insert(id, session.clone());
        drop(state);
        // By its own number: a second connection with the same peer stays.
        let table = Arc::downgrade(self);
        tokio::spawn(async move {
            connection.closed().await;
            if let Some(table) = table.upgrade() {
                table.state().sessions.remove(&id);
            }
        });
        Some(session)
    }

    /// Offers a broadcast on every connection, those to come included, until it is closed.
    pub(crate) fn publish(
        self: &Arc<Self>,
        name: &str,
        broadcast: &LocalBroadcast,
    ) -> Result<Publication, PublishError> {
        // What moq-lite would tidy up silently, peers would then look for in vain.
        if name.starts_with('/') || name.ends_with('/') || name.contains("//") {
            return Err(PublishError::Name(name.into()));
        }
        let consumer = broadcast.consume().ok_or(PublishError::Closed)?;
        let generation = {
            let mut state = self.state();
            if state.names.contains_key(name) {
                return Err(PublishError::NameTaken(name.into()));
            }
            state.next += 1;
            let generation = state.next;
            state.names.insert(name.into(), generation);
            generation
        };
        self.offered.0.publish_broadcast(name, consumer);
        Ok(Publication {
            sessions: self.clone(),
            name: name.into(),
            generation,
        })
    }

    pub(crate) fn connected(&self, remote: EndpointId) -> bool {
        self.find(remote).is_some()
    }

    /// A room has been left: closes the connections with its peers that nobody else reads from.
    pub(crate) fn release(&self, remotes: &HashSet<EndpointId>) {
        let state = self.state();
        // While something is offered, in another room say, a peer may be reading it.
        if !state.names.is_empty() {
            return;
        }
        for session in state.sessions.values() {
            // The table's own reference is one.
            if remotes.contains(&session.remote) && Arc::strong_count(session) == 1 {
                session.connection.close(CANCELLED.into(), b"cancelled");
            }
        }
    }

    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for session in state.sessions.values() {
            session.connection.close(CANCELLED.into(), b"cancelled");
        }
    }

    /// Open connections, for tests and statistics.
    pub(crate) fn count(&self) -> usize {
        self.state().sessions.len()
    }
}

/// A name in use. Dropping it frees the name; the broadcast itself is closed by its owner.
#[derive(Debug)]
pub(crate) struct Publication {
    sessions: Arc<Sessions>,
    name: String,
    generation: u64,
}

impl Drop for Publication {
    fn drop(&mut self) {
        let mut state = self.sessions.state();
        if state.names.get(&self.name) == Some(&self.generation) {
            state.names.remove(&self.name);
        }
    }
}

impl ProtocolHandler for Inbound {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        self.0.accept(connection).await;
        Ok(())
    }

    async fn shutdown(&self) {
        self.0.close();
    }
}

/// The router's way in.
#[derive(Clone, Debug)]
pub(crate) struct Inbound(pub(crate) Arc<Sessions>);
