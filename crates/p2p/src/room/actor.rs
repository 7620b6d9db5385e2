use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use iroh::EndpointId;
use n0_future::{FuturesUnordered, StreamExt, boxed::BoxFuture};
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::PublishError;
use crate::event::{ChatMessage, Event, EventSink};
use crate::moq::{ChatWriter, LocalBroadcast, Publication, Sessions, Timeouts, WeakBroadcast};
use crate::presence::{Fact, Presence};
use crate::room::follow::{Follower, News, Note, Stage};
use crate::room::roster::{Change, Roster};
use crate::room::{RoomOptions, Status};
use crate::state::PeerState;

type Reply<T> = oneshot::Sender<T>;

#[derive(Debug)]
pub(crate) enum Command {
    Publish(String, LocalBroadcast, Reply<Result<(), PublishError>>),
    Unpublish(String, Reply<Result<(), PublishError>>),
    SetDisplayName(Option<String>, Reply<Result<(), PublishError>>),
    SetChatPublisher(ChatWriter, Reply<()>),
    Chat(Reply<Option<ChatWriter>>),
    Leave(Reply<()>),
}

/// Connections of peers whose state has expired are looked at this often.
const SWEEP: Duration = Duration::from_secs(5);

/// The one task of a room: joins what members say with what can be read of them. Never waits for the application.
pub(crate) struct Actor {
    me: EndpointId,
    sessions: Arc<Sessions>,
    presence: Presence,
    events: EventSink,
    status: watch::Sender<Status>,
    timeouts: Timeouts,
    auto_subscribe: bool,
    display_name: Option<String>,
    chat: Option<ChatWriter>,
    roster: Roster,
    /// Peers whose state has expired while something of them was still there.
    faded: HashSet<EndpointId>,
    /// The last chat message of each peer: a subscription made anew repeats it.
    last_chat: HashMap<EndpointId, (u64, String)>,
    followers: HashMap<(EndpointId, String), Follower>,
    notes: mpsc::Sender<Note>,
    notes_in: mpsc::Receiver<Note>,
    published: HashMap<String, Published>,
    /// Ends of our own broadcasts, with name and generation.
    ended: FuturesUnordered<BoxFuture<(String, u64)>>,
    generation: u64,
    overrun: bool,
}

struct Published {
    generation: u64,
    broadcast: WeakBroadcast,
    _name: Publication,
}

impl Actor {
    pub(crate) fn new(
        me: EndpointId,
        sessions: Arc<Sessions>,
        presence: Presence,
        events: EventSink,
        status: watch::Sender<Status>,
        timeouts: Timeouts,
        options: RoomOptions,
    ) -> Actor {
        let (notes, notes_in) = mpsc::channel(256);
        Actor {
            me,
            sessions,
            presence,
            events,
            status,
            timeouts,
            auto_subscribe: options.auto_subscribe,
            display_name: options.display_name,
            chat: None,
            roster: Roster::default(),
            faded: HashSet::new(),
            last_chat: HashMap::new(),
            followers: HashMap::new(),
            notes,
            notes_in,
            published: HashMap::new(),
            ended: FuturesUnordered::new(),
            generation: 0,
            overrun: false,
        }
    }

    pub(crate) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut facts: mpsc::UnboundedReceiver<Fact>,
    ) {
        let mut sweep = tokio::time::interval(SWEEP);
        let reply = loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Leave(reply)) => break Some(reply),
                    Some(command) => self.obey(command),
                    // The last handle is gone.
                    None => break None,
                },
                fact = facts.recv() => match fact {
                    Some(fact) => self.learn(fact),
                    None => {
                        self.events.fail("presence has ended".into());
                        break None;
                    }
                },
                Some(note) = self.notes_in.recv() => self.note(note),
                Some((name, generation)) = self.ended.next(), if !self.ended.is_empty() => {
                    if self.published.get(&name).is_some_and(|published| published.generation == generation) {
                        self.published.remove(&name);
                        self.announce();
                    }
                }
                _ = sweep.tick() => self.sweep(),
            }
            if self.overrun {
                break None;
            }
        };
        self.leave().await;
        drop(commands);
        if let Some(reply) = reply {
            let _ = reply.send(());
        }
    }

    async fn leave(&mut self) {
        // The goodbye first, so that peers know why the broadcasts end.
        self.presence.leave().await;
        for published in self.published.values() {
            published.broadcast.close();
        }
        self.published.clear();
        let remotes = self.followers.keys().map(|(remote, _)| *remote);
        let mut remotes: HashSet<_> = remotes.collect();
        remotes.extend(self.roster.here().into_iter().map(|(id, _)| id));
        self.followers.clear();
        self.sessions.release(&remotes);
    }

    fn tell(&mut self, event: Event) {
        self.overrun |= !self.events.send(event);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Publish(name, broadcast, reply) => {
                let _ = reply.send(self.publish(name, &broadcast));
            }
            Command::Unpublish(name, reply) => {
                let outcome = match self.published.remove(&name) {
                    Some(published) => {
                        published.broadcast.close();
                        self.announce();
                        Ok(())
                    }
                    None => Err(PublishError::NotPublished(name)),
                };
                let _ = reply.send(outcome);
            }
            Command::SetDisplayName(name, reply) => {
                let before = std::mem::replace(&mut self.display_name, name);
                let outcome = self.state().encode();
                match &outcome {
                    Ok(_) => self.announce(),
                    Err(_) => self.display_name = before,
                }
                let _ = reply.send(outcome.map(drop).map_err(Into::into));
            }
            Command::SetChatPublisher(chat, reply) => {
                self.chat = Some(chat);
                let _ = reply.send(());
            }
            Command::Chat(reply) => {
                let _ = reply.send(self.chat.clone());
            }
            Command::Leave(_) => unreachable!("the loop ends with it"),
        }
    }

    fn publish(&mut self, name: String, broadcast: &LocalBroadcast) -> Result<(), PublishError> {
        let mut state = self.state();
        state.broadcasts.push(name.clone());
        state.encode()?;
        let publication = self.sessions.publish(&name, broadcast)?;
        self.generation += 1;
        let generation = self.generation;
        let end = broadcast.end();
        let ending = name.clone();
        self.ended.push(Box::pin(async move {
            end.await;
            (ending, generation)
        }));
        let published = Published {
            generation,
            broadcast: broadcast.downgrade(),
            _name: publication,
        };
        self.published.insert(name, published);
        self.announce();
        Ok(())
    }

    fn state(&self) -> PeerState {
        let mut broadcasts: Vec<_> = self.published.keys().cloned().collect();
        broadcasts.sort();
        PeerState {
            broadcasts,
            display_name: self.display_name.clone(),
        }
    }

    fn announce(&mut self) {
        match self.state().encode() {
            Ok(state) => self.presence.put(state),
            // Checked before anything was added to it.
            Err(error) => log::error!("our own state does not fit: {error}"),
        }
    }

    fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::State {
                remote,
                state,
                timestamp,
            } => self.heard(remote, state, timestamp),
            Fact::Left { remote, timestamp } => {
                let known = self.roster.goodbye(remote, timestamp);
                self.followers
                    .retain(|(follower, _), _| *follower != remote);
                self.gone(remote, known);
            }
            Fact::Expired { remote } => {
                self.roster.faded(remote);
                self.faded.insert(remote);
                self.unwant(remote);
                self.sweep();
            }
            Fact::Neighbours(neighbours) => {
                self.status
                    .send_modify(|status| status.neighbours = neighbours);
            }
            Fact::Warning { code, text } => self.tell(Event::Warning { code, text }),
        }
    }

    fn heard(&mut self, remote: EndpointId, state: PeerState, timestamp: u64) {
        if remote == self.me {
            return;
        }
        let broadcasts = state.broadcasts.clone();
        let display_name = state.display_name.clone();
        let change = self.roster.state(remote, state, timestamp);
        // Before the event: who reads it and asks who is here is told the same.
        self.publish_status();
        match change {
            Change::Stale => return,
            Change::TooMany { first } => {
                if first {
                    let text = "the room has more peers than this endpoint follows".into();
                    self.tell(Event::Warning {
                        code: "too_many_peers",
                        text,
                    });
                }
                return;
            }
            Change::Joined => self.tell(Event::PeerJoined {
                remote,
                display_name,
            }),
            Change::Renamed => self.tell(Event::PeerUpdated {
                remote,
                display_name,
            }),
            Change::Known => {}
        }
        self.faded.remove(&remote);
        self.unwant(remote);
        for name in &broadcasts {
            if let Some(follower) = self.followers.get(&(remote, name.clone())) {
                follower.nudge();
            } else if self.auto_subscribe {
                self.follow(remote, name.clone());
            }
        }
        self.tell(Event::RemoteAnnounced { remote, broadcasts });
    }

    fn follow(&mut self, remote: EndpointId, name: String) {
        self.generation += 1;
        let follower = Follower::start(
            self.sessions.clone(),
            remote,
            name.clone(),
            self.generation,
            self.timeouts,
            self.notes.clone(),
        );
        self.followers.insert((remote, name), follower);
    }

    /// Stops looking for what the peer does not advertise any more. What is still being read ends by itself.
    fn unwant(&mut self, remote: EndpointId) {
        let roster = &self.roster;
        self.followers.retain(|(of, name), follower| {
            if *of != remote || roster.advertises(remote, name) {
                return true;
            }
            follower.unwanted();
            follower.stage == Stage::Live
        });
    }

    fn note(&mut self, note: Note) {
        let Note {
            remote,
            name,
            generation,
            news,
        } = note;
        let key = (remote, name);
        let Some(follower) = self.followers.get_mut(&key) else {
            return;
        };
        if follower.generation != generation {
            return;
        }
        let name = key.1.clone();
        match news {
            News::Trying => follower.stage = Stage::Connecting,
            News::Subscribed(broadcast) => {
                follower.stage = Stage::Live;
                // It was taken for gone when its last broadcast ended.
                if self.roster.back(remote) {
                    self.publish_status();
                    let display_name = self.roster.display_name(remote);
                    self.tell(Event::PeerJoined {
                        remote,
                        display_name,
                    });
                    let broadcasts = self.roster.broadcasts(remote);
                    self.tell(Event::RemoteAnnounced { remote, broadcasts });
                }
                self.tell(Event::BroadcastSubscribed { broadcast });
            }
            News::Chat(message) => self.chat(remote, message),
            News::Ended { reason, done } => {
                follower.stage = Stage::Waiting;
                if done {
                    self.followers.remove(&key);
                }
                self.tell(Event::BroadcastEnded {
                    remote,
                    name,
                    reason,
                });
                if !self.active(remote) {
                    let known = self.roster.left(remote);
                    self.gone(remote, known);
                }
            }
            News::Failed { error, retry_in } => {
                follower.stage = Stage::Waiting;
                self.tell(Event::SubscribeFailed {
                    remote,
                    name,
                    kind: error.kind(),
                    error: error.to_string(),
                    retry_in: Some(retry_in),
                });
            }
        }
    }

    fn chat(&mut self, remote: EndpointId, message: ChatMessage) {
        let told = (message.sequence, message.text.clone());
        if self.last_chat.get(&remote) == Some(&told) {
            return;
        }
        self.last_chat.insert(remote, told);
        self.tell(Event::ChatReceived { remote, message });
    }

    /// Something of the peer is being read, or about to be.
    fn active(&self, remote: EndpointId) -> bool {
        self.followers
            .iter()
            .any(|((of, _), follower)| *of == remote && follower.stage != Stage::Waiting)
    }

    fn gone(&mut self, remote: EndpointId, known: bool) {
        if known {
            self.last_chat.remove(&remote);
            self.publish_status();
            self.tell(Event::PeerLeft { remote });
        }
    }

    /// A state that expired means nothing while its peer is connected: stock peers say theirs only once.
    fn sweep(&mut self) {
        let gone = self.faded.iter().copied();
        let gone = gone.filter(|remote| !self.active(*remote) && !self.sessions.connected(*remote));
        for remote in gone.collect::<Vec<_>>() {
            self.faded.remove(&remote);
            let known = self.roster.expired(remote);
            self.gone(remote, known);
        }
    }

    fn publish_status(&self) {
        let peers = self.roster.here();
        self.status.send_if_modified(|status| {
            let changed = status.peers != peers;
            status.peers = peers;
            changed
        });
    }
}
