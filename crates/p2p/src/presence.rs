//! What the members of a room say of themselves, replicated by gossip (specs/iroh-rooms.md §5, §6).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use iroh::address_lookup::memory::MemoryLookup;
use iroh::{Endpoint, EndpointAddr, EndpointId, TransportAddr, Watcher};
use iroh_gossip::TopicId;
use iroh_gossip::api::{Event as GossipEvent, GossipReceiver};
use iroh_gossip::net::Gossip;
use iroh_smol_kv::{Client, Config, ExpiryConfig, SubscribeItem, WriteScope};
use n0_future::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};

use crate::dialer::Dialer;
use crate::missing::Missing;
use crate::retry::Backoff;
use crate::state::PeerState;

/// Where a stock peer looks for the state of a member.
const STATE: &[u8] = b"s";
/// Ours only; a stock peer passes over it.
const EXTENSION: &[u8] = b"x1";
/// Addresses that are told, and taken, of one peer.
const MAX_ADDRESSES: usize = 16;

/// Whom else to dial when the ticket's peers do not answer: so many of those heard of last.
const ACQUAINTANCES: usize = 8;

/// The stores of two new neighbours tell each other all they know within a second. Gossip stops pushing to a neighbour
/// that says it has heard a message before, and what the store tells to direct neighbours alone is then lost: nothing
/// may be said to all in that time that the store will say again.
const ACQUAINTING: Duration = Duration::from_millis(1500);

/// A state is said so often once more before the next heartbeat, each time after three times as long.
const REPEATS: u8 = 3;

/// When to say our state once more.
#[derive(Debug, Clone, Copy)]
struct Repeat {
    at: Instant,
    wait: Duration,
    left: u8,
}

impl Repeat {
    fn soon() -> Repeat {
        Repeat {
            at: Instant::now() + ACQUAINTING,
            wait: ACQUAINTING,
            left: REPEATS,
        }
    }

    fn next(self) -> Option<Repeat> {
        let wait = 3 * self.wait;
        (self.left > 1).then(|| Repeat {
            at: Instant::now() + wait,
            wait,
            left: self.left - 1,
        })
    }
}

/// How long the last words have to get out before the topic is left.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// A clock may stand this far behind what we wrote before; then we wait for it.
const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// What we say beside our state.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Extension {
    v: u8,
    /// Goodbye.
    #[serde(default)]
    left: bool,
    /// Where we are. Gossip tells a peer's addresses when it comes, to some, and to others a minute later; without relay
    /// and lookup nobody else tells them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addrs: Vec<SocketAddr>,
}

impl Extension {
    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a document of numbers and text")
    }

    /// Of what is no such document nothing is taken.
    fn decode(value: &[u8]) -> Extension {
        serde_json::from_slice(value).unwrap_or_default()
    }
}

/// What is known of others, told to the room.
#[derive(Debug)]
pub(crate) enum Fact {
    State {
        remote: EndpointId,
        state: PeerState,
        timestamp: u64,
    },
    /// An orderly goodbye.
    Left {
        remote: EndpointId,
        timestamp: u64,
    },
    /// Nothing was heard for the whole horizon.
    Expired {
        remote: EndpointId,
    },
    Neighbours(usize),
    Warning {
        code: &'static str,
        text: String,
    },
}

#[derive(Debug)]
enum Order {
    Put(Vec<u8>),
    Leave(oneshot::Sender<()>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    pub(crate) heartbeat: Duration,
    /// State older than this is forgotten; everybody else uses two minutes.
    pub(crate) horizon: Duration,
}

/// The room's hand in the topic. Dropping it leaves without a goodbye.
#[derive(Debug)]
pub(crate) struct Presence {
    orders: mpsc::UnboundedSender<Order>,
}

impl Presence {
    pub(crate) fn start(
        endpoint: Endpoint,
        known: MemoryLookup,
        gossip: Gossip,
        topic: [u8; 32],
        bootstrap: Vec<EndpointId>,
        rhythm: Rhythm,
        state: Vec<u8>,
    ) -> (Presence, mpsc::UnboundedReceiver<Fact>) {
        let (orders, orders_in) = mpsc::unbounded_channel();
        let (facts, facts_out) = mpsc::unbounded_channel();
        let keeper = Keeper {
            me: endpoint.id(),
            endpoint,
            known,
            gossip,
            topic: TopicId::from_bytes(topic),
            bootstrap,
            acquaintances: VecDeque::new(),
            missing: Missing::default(),
            rhythm,
            state,
            newest: 0,
            orders: orders_in,
            facts,
        };
        tokio::spawn(keeper.run());
        (Presence { orders }, facts_out)
    }

    /// Says this of us from now on. The newest state wins, so nobody waits for it to go out.
    pub(crate) fn put(&self, state: Vec<u8>) {
        let _ = self.orders.send(Order::Put(state));
    }

    /// Says goodbye and leaves the topic.
    pub(crate) async fn leave(&self) {
        let (done, left) = oneshot::channel();
        if self.orders.send(Order::Leave(done)).is_ok() {
            let _ = left.await;
        }
    }
}

struct Keeper {
    endpoint: Endpoint,
    /// Where others are, for whoever dials them.
    known: MemoryLookup,
    gossip: Gossip,
    me: EndpointId,
    topic: TopicId,
    bootstrap: Vec<EndpointId>,
    /// Other members, the latest last.
    acquaintances: VecDeque<EndpointId>,
    missing: Missing,
    rhythm: Rhythm,
    /// What we say of ourselves; said again with each heartbeat.
    state: Vec<u8>,
    /// The newest timestamp seen of us: the store panics on one that is not newer.
    newest: u64,
    orders: mpsc::UnboundedReceiver<Order>,
    facts: mpsc::UnboundedSender<Fact>,
}

enum End {
    Left,
    Failed(String),
}

impl Keeper {
    /// Joins again whenever the store or the topic ends on us, which it does on its own panics.
    async fn run(mut self) {
        let mut backoff = Backoff::new();
        loop {
            let started = Instant::now();
            let reason = match self.serve().await {
                End::Left => return,
                End::Failed(reason) => reason,
            };
            log::warn!("presence begins anew: {reason}");
            self.tell(Fact::Neighbours(0));
            self.tell(Fact::Warning {
                code: "presence_restarted",
                text: reason,
            });
            if started.elapsed() > Duration::from_secs(60) {
                backoff.reset();
            }
            let wait = sleep(backoff.next());
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    order = self.orders.recv() => match order {
                        Some(Order::Put(state)) => self.state = state,
                        // Nobody hears us anyway.
                        Some(Order::Leave(done)) => {
                            let _ = done.send(());
                            return;
                        }
                        None => return,
                    },
                }
            }
        }
    }

    fn tell(&self, fact: Fact) {
        let _ = self.facts.send(fact);
    }

    async fn serve(&mut self) -> End {
        let failed = |error: &dyn std::fmt::Display| End::Failed(error.to_string());
        // Whom to begin with it is told below, once they have been reached.
        let topic = match self.gossip.subscribe(self.topic, Vec::new()).await {
            Ok(topic) => topic,
            Err(error) => return failed(&error),
        };
        // The store takes the topic's own events; these are for counting neighbours.
        let mut monitor = match self.gossip.subscribe(self.topic, Vec::new()).await {
            Ok(topic) => topic.split().1,
            Err(error) => return failed(&error),
        };
        let store = Client::local(topic, config(self.rhythm.horizon));
        let writer = store.write(self.endpoint.secret_key().clone());
        let mut entries = listen(&store);
        let mut neighbours = 0;
        let mut heartbeat = Instant::now();
        let mut again: Option<Repeat> = None;
        let mut dialer = Dialer::new(self.endpoint.clone(), self.gossip.clone());
        dialer.dial(&self.bootstrap);
        let mut redials = Backoff::new();
        let mut redial = Instant::now() + redials.next();
        let mut addresses = self.endpoint.watch_addr();
        let mut watching = true;
        loop {
            tokio::select! {
                entry = entries.recv() => match entry {
                    Some(Ok(item)) => self.heard(item),
                    Some(Err(reason)) => return End::Failed(reason),
                    // It fell behind and was dropped by the store: what it missed is in a new snapshot.
                    None => {
                        if store.get(self.me, STATE).await.is_err() {
                            return End::Failed("the store of states has stopped".into());
                        }
                        entries = listen(&store);
                    }
                },
                event = monitor_event(&mut monitor) => match event {
                    Some(change) => {
                        let change = match change {
                            Neighbour::Up(peer) => {
                                self.missing.met(peer);
                                1
                            }
                            Neighbour::Down(peer) => {
                                self.missing.lost(peer, Instant::now());
                                -1
                            }
                        };
                        neighbours = usize::saturating_add_signed(neighbours, change);
                        // What was said before anybody listened reached nobody, and is passed on only to direct
                        // neighbours, once a minute: say it to the whole topic.
                        if change > 0 {
                            let soon = Repeat::soon();
                            again = Some(again.filter(|one| one.at < soon.at).unwrap_or(soon));
                        }
                        if neighbours == 0 {
                            redials.reset();
                            redial = Instant::now() + redials.next();
                        }
                        self.tell(Fact::Neighbours(neighbours));
                    }
                    None => return End::Failed("the topic has ended".into()),
                },
                order = self.orders.recv() => match order {
                    Some(Order::Put(state)) => {
                        self.state = state;
                        heartbeat = Instant::now();
                        // Gossip may be about to drop what is said while neighbours come and go.
                        again = Some(Repeat::soon());
                    }
                    Some(Order::Leave(done)) => {
                        self.say_goodbye(&writer).await;
                        let _ = done.send(());
                        return End::Left;
                    }
                    None => return End::Left,
                },
                () = sleep_until(heartbeat) => {
                    heartbeat = Instant::now() + self.rhythm.heartbeat.mul_f64(rand::random_range(0.85..1.15));
                    // First, so that who reads the state can dial us.
                    let addrs = self.endpoint.addr().ip_addrs().copied().take(MAX_ADDRESSES).collect();
                    let where_we_are = Extension { v: 1, left: false, addrs };
                    for (key, value) in [(EXTENSION, where_we_are.encode()), (STATE, self.state.clone())] {
                        if let Err(end) = self.put(&writer, key, value).await {
                            return end;
                        }
                    }
                }
                () = sleep_until(again.map_or(heartbeat, |one| one.at)), if again.is_some() => {
                    again = again.and_then(Repeat::next);
                    heartbeat = Instant::now();
                }
                peer = dialer.connected() => {
                    // The answer gets as long as a dial.
                    redial = Instant::now() + redials.next();
                    if store.join_peers(vec![peer]).await.is_err() {
                        return End::Failed("the store of states has stopped".into());
                    }
                }
                () = sleep_until(self.missing.next().unwrap_or(heartbeat)), if self.missing.next().is_some() => {
                    let due = self.missing.due(Instant::now());
                    dialer.dial(&due);
                }
                moved = addresses.updated(), if watching => match moved {
                    // The others have to know before they miss us.
                    Ok(_) => {
                        heartbeat = Instant::now();
                        again = Some(Repeat::soon());
                    }
                    Err(_) => watching = false,
                },
                () = sleep_until(redial), if neighbours == 0 => {
                    redial = Instant::now() + redials.next();
                    dialer.dial(&self.bootstrap);
                    dialer.dial(self.acquaintances.make_contiguous());
                }
            }
        }
    }

    fn heard(&mut self, item: SubscribeItem) {
        let (remote, key, signed) = match item {
            SubscribeItem::Entry(entry) => entry,
            SubscribeItem::Expired((remote, key, _)) => {
                if remote != self.me && key == STATE {
                    self.tell(Fact::Expired { remote });
                }
                return;
            }
            SubscribeItem::CurrentDone => return,
        };
        let timestamp = signed.timestamp;
        if remote == self.me {
            self.newest = self.newest.max(timestamp);
        } else if key == STATE {
            self.acquainted(remote);
            self.missing.heard(remote, timestamp);
            match PeerState::decode(&signed.value) {
                Ok(state) => self.tell(Fact::State {
                    remote,
                    state,
                    timestamp,
                }),
                Err(error) => log::warn!("{} is ignored: {error}", remote.fmt_short()),
            }
        } else if key == EXTENSION {
            let said = Extension::decode(&signed.value);
            if said.left {
                self.acquaintances.retain(|known| *known != remote);
                self.missing.goodbye(remote, timestamp);
                self.tell(Fact::Left { remote, timestamp });
            } else if !said.addrs.is_empty() {
                let addrs = said.addrs.into_iter().take(MAX_ADDRESSES);
                let addrs = addrs.map(TransportAddr::Ip);
                self.known
                    .add_endpoint_info(EndpointAddr::from_parts(remote, addrs));
            }
        }
    }

    fn acquainted(&mut self, remote: EndpointId) {
        if self.acquaintances.contains(&remote) || self.bootstrap.contains(&remote) {
            return;
        }
        if self.acquaintances.len() == ACQUAINTANCES {
            self.acquaintances.pop_front();
        }
        self.acquaintances.push_back(remote);
    }

    /// Puts an entry once the clock has passed the newest one of ours.
    async fn put(
        &mut self,
        writer: &WriteScope,
        key: &'static [u8],
        value: Vec<u8>,
    ) -> Result<(), End> {
        let behind = Duration::from_nanos(self.newest.saturating_sub(now_nanoseconds()));
        if behind > CLOCK_SKEW {
            let text = format!("the clock stands {behind:?} behind what this key wrote before");
            log::error!("{text}; others see the old state until it has caught up");
            self.tell(Fact::Warning {
                code: "clock_skew",
                text,
            });
            return Ok(());
        }
        if self.newest >= now_nanoseconds() {
            sleep(behind + Duration::from_millis(1)).await;
        }
        let stopped = |_| End::Failed("the store of states has stopped".into());
        writer.put(key, value).await.map_err(stopped)?;
        self.newest = self.newest.max(now_nanoseconds());
        Ok(())
    }

    async fn say_goodbye(&mut self, writer: &WriteScope) {
        let empty = PeerState::default().encode().expect("nothing always fits");
        let goodbye = Extension {
            v: 1,
            left: true,
            addrs: Vec::new(),
        };
        // First for stock peers that come later, then for those who understand a goodbye.
        let said = self.put(writer, STATE, empty).await.is_ok()
            && self.put(writer, EXTENSION, goodbye.encode()).await.is_ok();
        if said {
            sleep(LAST_WORDS).await;
        }
    }
}

fn config(horizon: Duration) -> Config {
    Config {
        anti_entropy_interval: Duration::from_secs(60),
        fast_anti_entropy_interval: Duration::from_secs(1),
        expiry: Some(ExpiryConfig {
            horizon,
            check_interval: Duration::from_secs(10),
        }),
    }
}

fn now_nanoseconds() -> u64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_epoch.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// Reads the store's entries in a task of its own: a subscriber that is late by 32 entries is dropped without a word.
fn listen(store: &Client) -> mpsc::UnboundedReceiver<Result<SubscribeItem, String>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let entries = store.subscribe().stream_raw();
    tokio::spawn(async move {
        let mut entries = pin!(entries);
        loop {
            tokio::select! {
                entry = entries.next() => {
                    let Some(entry) = entry else { return };
                    if sender.send(entry.map_err(|error| error.to_string())).is_err() {
                        return;
                    }
                }
                () = sender.closed() => return,
            }
        }
    });
    receiver
}

/// One neighbour more or less.
enum Neighbour {
    Up(EndpointId),
    Down(EndpointId),
}

/// `None` when the topic has ended.
async fn monitor_event(monitor: &mut GossipReceiver) -> Option<Neighbour> {
    loop {
        match monitor.next().await?.ok()? {
            GossipEvent::NeighborUp(peer) => return Some(Neighbour::Up(peer)),
            GossipEvent::NeighborDown(peer) => return Some(Neighbour::Down(peer)),
            GossipEvent::Received(_) => {}
            GossipEvent::Lagged => log::debug!("the gossip monitor missed some events"),
        }
    }
}
