use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use roomful_p2p::{Events, PublishError, Room, RoomClosed};
use tokio::sync::Mutex;

use crate::p2p::broadcast::{P2pChat, P2pLocalBroadcast};
use crate::p2p::calls::{Failure, P2pCalls};
use crate::p2p::event;
use crate::p2p::live::P2pError;

/// A room this endpoint is in, and its events.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pRoom {
    room: Room,
    events: Arc<Mutex<Events>>,
}

impl P2pRoom {
    pub(crate) fn new(room: Room, events: Events) -> P2pRoom {
        P2pRoom {
            room,
            events: Arc::new(Mutex::new(events)),
        }
    }

    /// Starts a call that takes the room's handle and says nothing but how it went.
    fn ask<F>(&self, calls: &P2pCalls, ask: impl FnOnce(Room) -> F) -> PyResult<u64>
    where
        F: Future<Output = Result<(), PublishError>> + Send + 'static,
    {
        let asked = ask(self.room.clone());
        calls.start_plain(async move { asked.await.map_err(failure) })
    }
}

fn failure(error: PublishError) -> Failure {
    let kind = match &error {
        PublishError::RoomClosed(_) => "closed_room",
        PublishError::ChatDisabled => "chat_disabled",
        PublishError::State(_) | PublishError::ChatLength(_) => "limit",
        _ => "publish",
    };
    (kind.into(), error.to_string())
}

fn closed(error: RoomClosed) -> Failure {
    ("closed_room".into(), error.to_string())
}

#[pymethods]
impl P2pRoom {
    /// Answers when `try_event` has something to say.
    fn ready(&self, calls: &P2pCalls) -> PyResult<u64> {
        let events = self.events.clone();
        calls.start_plain(async move {
            events.lock().await.ready().await;
            Ok(())
        })
    }

    /// The next event, as kind and fields, if there is one. Raises P2pError("closed_room") at the end of the room.
    fn try_event(&self, py: Python<'_>) -> PyResult<Option<(&'static str, Py<PyDict>)>> {
        // Locked while a `ready` waits, which then finds nothing either.
        let Ok(mut events) = self.events.try_lock() else {
            return Ok(None);
        };
        let event = events
            .try_recv()
            .map_err(|error| P2pError::new_err(closed(error)))?;
        event.map(|event| event::to_python(py, event)).transpose()
    }

    /// Topic and bootstrap ids of a ticket for others.
    fn ticket(&self, include_peers: bool) -> ([u8; 32], Vec<[u8; 32]>) {
        let ticket = self.room.ticket(include_peers);
        let bootstrap = ticket.bootstrap.iter().map(|id| *id.as_bytes());
        (ticket.topic, bootstrap.collect())
    }

    fn peers(&self) -> Vec<([u8; 32], Option<String>)> {
        let peers = self.room.peers().into_iter();
        peers.map(|(id, name)| (*id.as_bytes(), name)).collect()
    }

    fn neighbours(&self) -> usize {
        self.room.neighbours()
    }

    /// Answers at the first neighbour.
    fn joined(&self, calls: &P2pCalls) -> PyResult<u64> {
        let room = self.room.clone();
        calls.start_plain(async move { room.joined().await.map_err(closed) })
    }

    fn publish(
        &self,
        calls: &P2pCalls,
        name: String,
        broadcast: &P2pLocalBroadcast,
    ) -> PyResult<u64> {
        let broadcast = broadcast.0.clone();
        self.ask(calls, |room| async move {
            room.publish(&name, &broadcast).await
        })
    }

    fn unpublish(&self, calls: &P2pCalls, name: String) -> PyResult<u64> {
        self.ask(calls, |room| async move { room.unpublish(&name).await })
    }

    fn set_display_name(&self, calls: &P2pCalls, name: Option<String>) -> PyResult<u64> {
        self.ask(
            calls,
            |room| async move { room.set_display_name(name).await },
        )
    }

    fn set_chat_publisher(&self, calls: &P2pCalls, chat: &P2pChat) -> PyResult<u64> {
        let chat = chat.0.clone();
        self.ask(
            calls,
            |room| async move { room.set_chat_publisher(&chat).await },
        )
    }

    fn send_chat(&self, calls: &P2pCalls, text: String) -> PyResult<u64> {
        self.ask(calls, |room| async move { room.send_chat(&text).await })
    }

    fn leave(&self, calls: &P2pCalls) -> PyResult<u64> {
        let room = self.room.clone();
        calls.start_plain(async move {
            room.leave().await;
            Ok(())
        })
    }
}
