use std::collections::HashSet;
use std::time::Duration;

use iroh::address_lookup::memory::MemoryLookup;
use iroh::endpoint::presets;
use iroh::protocol::Router;
use iroh::{Endpoint, RelayMode, SecretKey};
use iroh_gossip::api::GossipSender;
use iroh_gossip::net::{GOSSIP_ALPN, Gossip};
use roomful_p2p::{Event, Live, LiveConfig, PeerState, Preset, RoomOptions, RoomTicket};
use serde::Serialize;

use crate::world::{Member, PATIENCE, called, endpoint, guest, guest_with, host};

/// Somebody in the room who writes into its topic what they please.
struct Stranger {
    key: SecretKey,
    topic: GossipSender,
    _router: Router,
}

impl Stranger {
    async fn join(host: &Member) -> Stranger {
        let known = MemoryLookup::new();
        known.add_endpoint_info(host.live.addr());
        let builder = Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled);
        let endpoint = builder.address_lookup(known).bind().await.unwrap();
        let key = endpoint.secret_key().clone();
        let gossip = Gossip::builder().spawn(endpoint.clone());
        let router = Router::builder(endpoint)
            .accept(GOSSIP_ALPN, gossip.clone())
            .spawn();
        let topic = host.room.ticket(false).topic.into();
        let joined = gossip.subscribe_and_join(topic, vec![host.live.id()]);
        let (topic, mut events) = tokio::time::timeout(PATIENCE, joined)
            .await
            .unwrap()
            .unwrap()
            .split();
        // Somebody has to read.
        tokio::spawn(
            async move { while n0_future::StreamExt::next(&mut events).await.is_some() {} },
        );
        Stranger {
            key,
            topic,
            _router: router,
        }
    }

    async fn write(&self, message: Vec<u8>) {
        self.topic.broadcast(message.into()).await.unwrap();
    }

    /// Writes anew until it is heard: gossip may lose a single message between neighbours that are new to each other.
    async fn insist<T>(&self, message: impl Fn() -> Vec<u8>, heard: impl Future<Output = T>) -> T {
        let mut heard = std::pin::pin!(heard);
        let mut again = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                found = &mut heard => return found,
                _ = again.tick() => self.write(message()).await,
            }
        }
    }

    fn entry(&self, author: &SecretKey, value: &[u8]) -> Vec<u8> {
        entry(author, &self.key, Duration::ZERO, value)
    }
}

/// A well-made entry, as specs/iroh-rooms.md §6.3 has it, written by a clock that is ahead.
fn entry(author: &SecretKey, signer: &SecretKey, ahead: Duration, value: &[u8]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Signed<'a>(&'a [u8], u64, &'a [u8]);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let timestamp = (now + ahead).as_nanos() as u64;
    let signed = postcard::to_stdvec(&Signed(b"s", timestamp, value)).unwrap();
    let signature = signer.sign(&signed).to_bytes();
    let mut message = vec![0];
    message.extend(author.public().as_bytes());
    message.extend(signed);
    message.extend(signature);
    message
}

/// The first member of a new room, with a key that somebody else has too, and quick heartbeats.
async fn host_with_key(key: &SecretKey) -> Member {
    let config = LiveConfig {
        secret_key: Some(key.clone()),
        preset: Preset::Minimal,
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        ..LiveConfig::default()
    };
    let live = Live::bind(config).await.unwrap();
    let options = RoomOptions {
        heartbeat: Duration::from_millis(300),
        ..called("Alice")
    };
    let (room, events) = live.join(&RoomTicket::generate(), options).unwrap();
    Member { live, room, events }
}

fn named(name: &str) -> Vec<u8> {
    let state = PeerState {
        broadcasts: vec![],
        display_name: Some(name.into()),
    };
    state.encode().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_forgeries_in_the_topic_are_passed_over_and_the_room_goes_on() {
    let mut alice = host("Alice").await;
    let stranger = Stranger::join(&alice).await;
    let honest = stranger.entry(&stranger.key, &named("Honest"));
    stranger.write(Vec::new()).await;
    stranger.write(vec![0xff; 4000]).await;
    for length in [1, 20, 40, honest.len() - 1] {
        stranger.write(honest[..length].to_vec()).await;
    }
    let victim = SecretKey::generate();
    stranger
        .write(stranger.entry(&victim, &named("Forged")))
        .await;
    stranger
        .write(stranger.entry(&stranger.key, b"\x05no state"))
        .await;
    stranger
        .write(stranger.entry(&stranger.key, &named("Honest")))
        .await;
    let first = alice
        .expect("PeerJoined", |event| match event {
            Event::PeerJoined { display_name, .. } => Some(display_name.clone()),
            _ => None,
        })
        .await;
    assert_eq!(first.as_deref(), Some("Honest"));
    assert_eq!(alice.room.peers().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_megabyte_costs_its_sender_the_neighbour_and_nobody_else_anything() {
    let mut alice = host("Alice").await;
    let stranger = Stranger::join(&alice).await;
    stranger.write(vec![0; 1 << 20]).await;
    let mut bob = guest(&alice, "Bob").await;
    alice.expect_joined("Bob").await;
    bob.expect_joined("Alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_advertised_and_never_there_is_told_and_tried_again() {
    let alice = host("Alice").await;
    let options = RoomOptions {
        connect_timeout: Duration::from_millis(500),
        announce_timeout: Duration::from_millis(500),
        ..called("Bob")
    };
    let mut bob = guest_with(&alice, options).await;
    let stranger = Stranger::join(&alice).await;
    let state = PeerState {
        broadcasts: vec!["ghost".into()],
        display_name: None,
    };
    let state = state.encode().unwrap();
    let failures = async {
        for _ in 0..2 {
            let (kind, retry) = bob
                .expect("SubscribeFailed", |event| match event {
                    Event::SubscribeFailed { kind, retry_in, .. } => Some((*kind, *retry_in)),
                    _ => None,
                })
                .await;
            assert!(["connect", "not_announced"].contains(&kind), "{kind}");
            assert!(retry.is_some());
        }
    };
    let entry = || stranger.entry(&stranger.key, &state);
    stranger.insist(entry, failures).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_far_ahead_is_told_and_the_room_goes_on() {
    let key = SecretKey::generate();
    let mut alice = host_with_key(&key).await;
    let stranger = Stranger::join(&alice).await;
    let hour = Duration::from_secs(3600);
    let ahead = || entry(&key, &key, hour, &named("Alice"));
    let warned = alice.expect("the warning", |event| match event {
        Event::Warning { code, text } if *code == "clock_skew" => Some(text.clone()),
        _ => None,
    });
    let text = stranger.insist(ahead, warned).await;
    assert!(text.contains("behind"), "{text}");
    let mut bob = guest(&alice, "Bob").await;
    alice.expect_joined("Bob").await;
    // Alice is silent until her clock has caught up. Who comes sees her as she was, from whoever passes that on.
    stranger.insist(ahead, bob.expect_joined("Alice")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_stepped_back_a_little_is_waited_for() {
    let key = SecretKey::generate();
    let mut alice = host_with_key(&key).await;
    let mut bob = guest(&alice, "Bob").await;
    bob.expect_joined("Alice").await;
    let stranger = Stranger::join(&alice).await;
    let step = Duration::from_secs(2);
    let stepped = || entry(&key, &key, step, &named("Alice ahead"));
    let heard = bob.expect("the name that was written ahead", |event| match event {
        Event::PeerUpdated { display_name, .. } => {
            (display_name.as_deref() == Some("Alice ahead")).then_some(())
        }
        _ => None,
    });
    stranger.insist(stepped, heard).await;
    // Newer than what came from ahead: nobody would take it for new otherwise.
    alice
        .room
        .set_display_name(Some("Alice again".into()))
        .await
        .unwrap();
    bob.expect("the new name", |event| match event {
        Event::PeerUpdated { display_name, .. } => {
            (display_name.as_deref() == Some("Alice again")).then_some(())
        }
        _ => None,
    })
    .await;
    while let Ok(Some(event)) = alice.events.try_recv() {
        assert!(!matches!(event, Event::Warning { .. }), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_with_two_hundred_broadcasts_is_passed_over() {
    let mut alice = host("Alice").await;
    let stranger = Stranger::join(&alice).await;
    let many = (0..200)
        .map(|number| format!("b{number}"))
        .collect::<Vec<_>>();
    let crowd = postcard::to_stdvec(&(many, Some("Crowd"))).unwrap();
    stranger.write(stranger.entry(&stranger.key, &crowd)).await;
    let honest = || stranger.entry(&stranger.key, &named("Honest"));
    let first = alice.expect("PeerJoined", |event| match event {
        Event::PeerJoined { display_name, .. } => Some(display_name.clone()),
        _ => None,
    });
    assert_eq!(
        stranger.insist(honest, first).await.as_deref(),
        Some("Honest")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_of_others_shows_nobody() {
    let mut alice = host("Alice").await;
    let live = endpoint().await;
    live.add_peer_addr(alice.live.addr());
    let mut ticket = alice.room.ticket(false);
    ticket.topic[0] ^= 1;
    let (room, events) = live.join(&ticket, called("Lost")).unwrap();
    let lost = Member { live, room, events };
    let _bob = guest(&alice, "Bob").await;
    alice.expect_joined("Bob").await;
    assert!(lost.names().is_empty());
    assert_eq!(alice.names(), ["Bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_on_the_list_gets_no_media() {
    let config = LiveConfig {
        preset: Preset::Minimal,
        bind: vec!["127.0.0.1:0".parse().unwrap()],
        allowed: Some(HashSet::new()),
        ..LiveConfig::default()
    };
    let closed = Live::bind(config).await.unwrap();
    let live = endpoint().await;
    live.add_peer_addr(closed.addr());
    let patience = Duration::from_secs(5);
    let refusal = live
        .subscribe(closed.id(), "cam", patience)
        .await
        .unwrap_err();
    assert_eq!(refusal.kind(), "session_closed");
    let outward = closed
        .subscribe(live.id(), "cam", patience)
        .await
        .unwrap_err();
    assert_eq!(outward.kind(), "connect");
    assert!(outward.to_string().contains("not on the list"));
}
