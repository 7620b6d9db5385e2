use std::time::Duration;

use roomful_p2p::{
    Event, Events, Live, LiveConfig, LocalBroadcast, Preset, RemoteBroadcast, Room, RoomOptions,
    RoomTicket,
};
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A member of a room: an endpoint of its own, its handle and its events.
pub struct Member {
    pub live: Live,
    pub room: Room,
    pub events: Events,
}

pub async fn endpoint() -> Live {
    let config = LiveConfig {
        preset: Preset::Minimal,
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        ..LiveConfig::default()
    };
    Live::bind(config).await.unwrap()
}

pub fn called(name: &str) -> RoomOptions {
    RoomOptions {
        display_name: Some(name.into()),
        ..RoomOptions::default()
    }
}

/// The first member of a new room.
pub async fn host(name: &str) -> Member {
    let live = endpoint().await;
    let (room, events) = live.join(&RoomTicket::generate(), called(name)).unwrap();
    Member { live, room, events }
}

/// One more member of somebody's room, told where that one is and nothing of the others.
pub async fn guest(of: &Member, name: &str) -> Member {
    guest_with(of, called(name)).await
}

pub async fn guest_with(of: &Member, options: RoomOptions) -> Member {
    let live = endpoint().await;
    live.add_peer_addr(of.live.addr());
    let (room, events) = live.join(&of.room.ticket(false), options).unwrap();
    Member { live, room, events }
}

impl Member {
    /// The first event, from here on, that `wanted` takes.
    pub async fn expect<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> T {
        let mut seen = Vec::new();
        let found = timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.unwrap();
                if let Some(found) = wanted(&event) {
                    return found;
                }
                seen.push(event);
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("no {what}; instead {seen:#?}"),
        }
    }

    pub async fn expect_joined(&mut self, name: &str) {
        let wanted = Some(name.to_string());
        self.expect(&format!("PeerJoined of {name}"), |event| match event {
            Event::PeerJoined { display_name, .. } if *display_name == wanted => Some(()),
            _ => None,
        })
        .await
    }

    pub async fn expect_left(&mut self, who: &Live) {
        let id = who.id();
        self.expect("PeerLeft", |event| match event {
            Event::PeerLeft { remote } if *remote == id => Some(()),
            _ => None,
        })
        .await
    }

    pub async fn expect_broadcast(&mut self, name: &str) -> RemoteBroadcast {
        self.expect(
            &format!("BroadcastSubscribed {name}"),
            |event| match event {
                Event::BroadcastSubscribed { broadcast } if broadcast.name() == name => {
                    Some(broadcast.clone())
                }
                _ => None,
            },
        )
        .await
    }

    pub async fn expect_text(&mut self) -> String {
        self.expect("ChatReceived", |event| match event {
            Event::ChatReceived { message, .. } => Some(message.text.clone()),
            _ => None,
        })
        .await
    }

    /// Publishes an empty broadcast with chat, to be written to with `send_chat`.
    pub async fn open_chat(&self, broadcast_name: &str) -> LocalBroadcast {
        let broadcast = LocalBroadcast::new();
        let chat = Room::enable_chat(&broadcast).unwrap();
        self.room.set_chat_publisher(&chat).await.unwrap();
        self.room.publish(broadcast_name, &broadcast).await.unwrap();
        broadcast
    }

    pub fn names(&self) -> Vec<String> {
        let peers = self.room.peers().into_iter();
        let mut names: Vec<_> = peers.filter_map(|(_, name)| name).collect();
        names.sort();
        names
    }

    pub async fn quit(self) {
        self.room.leave().await;
        self.live.shutdown().await;
    }
}
