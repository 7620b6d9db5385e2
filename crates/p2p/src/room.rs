mod actor;
mod follow;
mod roster;

use std::collections::HashSet;
use std::time::Duration;

use iroh::address_lookup::memory::MemoryLookup;
use iroh::{Endpoint, EndpointId};
use iroh_gossip::net::Gossip;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::{JoinError, PublishError, RoomClosed};
use crate::event::{self, Events};
use crate::moq::{ChatWriter, LocalBroadcast, Sessions, Timeouts};
use crate::presence::{Presence, Rhythm};
use crate::room::actor::{Actor, Command};
use crate::state::PeerState;
use crate::ticket::RoomTicket;

#[derive(Clone, Debug)]
pub struct RoomOptions {
    pub display_name: Option<String>,
    /// Read every broadcast that a peer announces.
    pub auto_subscribe: bool,
    /// How often the unchanged state is said again. The others forget it after two minutes.
    pub heartbeat: Duration,
    pub connect_timeout: Duration,
    pub announce_timeout: Duration,
    pub catalog_timeout: Duration,
    /// How old state may be; two minutes with every stock peer.
    pub horizon: Duration,
}

impl Default for RoomOptions {
    fn default() -> Self {
        RoomOptions {
            display_name: None,
            auto_subscribe: true,
            heartbeat: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            announce_timeout: Duration::from_secs(10),
            catalog_timeout: Duration::from_secs(10),
            horizon: Duration::from_secs(120),
        }
    }
}

/// A room we are in. Handles are cheap to clone; when the last is gone the room is left.
#[derive(Clone, Debug)]
pub struct Room {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
    topic: [u8; 32],
    me: EndpointId,
}

/// What is true of a room right now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Peers in the room, with their display names.
    pub(crate) peers: Vec<(EndpointId, Option<String>)>,
    pub(crate) neighbours: usize,
}

impl Room {
    pub(crate) fn join(
        endpoint: Endpoint,
        known: MemoryLookup,
        gossip: Gossip,
        sessions: Arc<Sessions>,
        ticket: &RoomTicket,
        options: RoomOptions,
    ) -> Result<(Room, Events), JoinError> {
        let me = endpoint.id();
        let state = PeerState {
            broadcasts: Vec::new(),
            display_name: options.display_name.clone(),
        };
        // Oneself is no peer to begin with, and dialing oneself fails.
        let bootstrap: HashSet<_> = ticket
            .bootstrap
            .iter()
            .copied()
            .filter(|id| *id != me)
            .collect();
        let rhythm = Rhythm {
            heartbeat: options.heartbeat,
            horizon: options.horizon,
        };
        let first = state.encode()?;
        let bootstrap = bootstrap.into_iter().collect();
        let (presence, facts) = Presence::start(
            endpoint,
            known,
            gossip,
            ticket.topic,
            bootstrap,
            rhythm,
            first,
        );
        let (sink, events) = event::events();
        let (commands, commands_in) = mpsc::channel(16);
        let (status_in, status) = watch::channel(Status::default());
        let timeouts = Timeouts {
            connect: options.connect_timeout,
            announce: options.announce_timeout,
            catalog: options.catalog_timeout,
        };
        let actor = Actor::new(me, sessions, presence, sink, status_in, timeouts, options);
        tokio::spawn(actor.run(commands_in, facts));
        let room = Room {
            commands,
            status,
            topic: ticket.topic,
            me,
        };
        Ok((room, events))
    }

    /// A ticket for others: this topic, with us to begin with, and up to three others that are here now.
    pub fn ticket(&self, include_peers: bool) -> RoomTicket {
        let mut bootstrap = vec![self.me];
        if include_peers {
            bootstrap.extend(self.peers().into_iter().take(3).map(|(id, _)| id));
        }
        RoomTicket::new(self.topic, bootstrap)
    }

    /// Who is here now, with display names.
    pub fn peers(&self) -> Vec<(EndpointId, Option<String>)> {
        self.status.borrow().peers.clone()
    }

    /// How many members gossip is connected to directly.
    pub fn neighbours(&self) -> usize {
        self.status.borrow().neighbours
    }

    /// Waits for the first neighbour.
    pub async fn joined(&self) -> Result<(), RoomClosed> {
        let mut status = self.status.clone();
        let found = status.wait_for(|status| status.neighbours > 0).await;
        found.map(drop).map_err(|_| RoomClosed(None))
    }

    /// Offers a broadcast under a name. Back when peers have been told.
    pub async fn publish(
        &self,
        name: &str,
        broadcast: &LocalBroadcast,
    ) -> Result<(), PublishError> {
        self.ask(|reply| Command::Publish(name.into(), broadcast.clone(), reply))
            .await?
    }

    /// Closes a broadcast; the name is free at once.
    pub async fn unpublish(&self, name: &str) -> Result<(), PublishError> {
        self.ask(|reply| Command::Unpublish(name.into(), reply))
            .await?
    }

    pub async fn set_display_name(&self, name: Option<String>) -> Result<(), PublishError> {
        self.ask(|reply| Command::SetDisplayName(name, reply))
            .await?
    }

    /// Adds chat to a broadcast, best before publishing it: stock peers look only once.
    pub fn enable_chat(broadcast: &LocalBroadcast) -> Result<ChatPublisher, PublishError> {
        broadcast.enable_chat().map(ChatPublisher)
    }

    /// Where [`Room::send_chat`] writes to; the last one set wins.
    pub async fn set_chat_publisher(&self, chat: &ChatPublisher) -> Result<(), PublishError> {
        let chat = chat.0.clone();
        self.ask(|reply| Command::SetChatPublisher(chat, reply))
            .await?;
        Ok(())
    }

    pub async fn send_chat(&self, text: &str) -> Result<(), PublishError> {
        let chat = self.ask(Command::Chat).await?;
        let chat = chat.ok_or(PublishError::ChatDisabled)?;
        chat.send(text.into()).await
    }

    /// Says goodbye, retracts what was published here and ends the events. A second call waits for the first.
    pub async fn leave(&self) {
        let _ = self.ask(Command::Leave).await;
        self.commands.closed().await;
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, RoomClosed> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(command(reply)).await;
        sent.map_err(|_| RoomClosed(None))?;
        answer.await.map_err(|_| RoomClosed(None))
    }
}

/// The chat of one broadcast of ours.
#[derive(Clone, Debug)]
pub struct ChatPublisher(ChatWriter);
