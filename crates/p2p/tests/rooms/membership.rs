use std::time::Duration;

use roomful_p2p::{
    Event, Live, LiveConfig, LocalBroadcast, PeerState, Preset, PublishError, RoomOptions,
    RoomTicket,
};

use crate::world::{called, endpoint, guest, guest_with, host};

#[tokio::test(flavor = "multi_thread")]
async fn two_peers_see_each_others_names() {
    let mut alice = host("Alice").await;
    let mut bob = guest(&alice, "Bob").await;
    alice.expect_joined("Bob").await;
    bob.expect_joined("Alice").await;
    alice.quit().await;
    bob.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_peers_each_sees_all_although_two_know_only_the_first() {
    let mut alice = host("Alice").await;
    let mut bob = guest(&alice, "Bob").await;
    let mut carol = guest(&alice, "Carol").await;
    // In whichever order.
    for (member, others) in [
        (&mut alice, ["Bob", "Carol"]),
        (&mut bob, ["Alice", "Carol"]),
        (&mut carol, ["Alice", "Bob"]),
    ] {
        while member.names() != others {
            member
                .expect("PeerJoined", |event| {
                    matches!(event, Event::PeerJoined { .. }).then_some(())
                })
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_joins_before_it_announces_before_its_broadcast_is_read() {
    let mut alice = host("Alice").await;
    let bob = guest(&alice, "Bob").await;
    let camera = LocalBroadcast::new();
    bob.room.publish("cam", &camera).await.unwrap();
    let mut order = Vec::new();
    alice
        .expect("the broadcast", |event| {
            order.push(match event {
                Event::PeerJoined { .. } => "joined",
                Event::RemoteAnnounced { .. } => "announced",
                Event::BroadcastSubscribed { .. } => "subscribed",
                other => panic!("{other:?}"),
            });
            (order.last() == Some(&"subscribed")).then_some(())
        })
        .await;
    order.dedup();
    assert_eq!(order, ["joined", "announced", "subscribed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_make_no_second_joining_and_no_second_subscription() {
    let mut alice = host("Alice").await;
    let options = RoomOptions {
        heartbeat: Duration::from_millis(100),
        ..called("Bob")
    };
    let bob = guest_with(&alice, options).await;
    let camera = LocalBroadcast::new();
    bob.room.publish("cam", &camera).await.unwrap();
    alice.expect_broadcast("cam").await;
    let mut announced = 0;
    alice
        .expect("heartbeats", |event| match event {
            Event::RemoteAnnounced { .. } => {
                announced += 1;
                (announced == 5).then_some(())
            }
            other => panic!("{other:?}"),
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_told_as_an_update() {
    let mut alice = host("Alice").await;
    let bob = guest(&alice, "Bob").await;
    alice.expect_joined("Bob").await;
    bob.room
        .set_display_name(Some("Robert".into()))
        .await
        .unwrap();
    let name = alice
        .expect("PeerUpdated", |event| match event {
            Event::PeerUpdated { display_name, .. } => Some(display_name.clone()),
            _ => None,
        })
        .await;
    assert_eq!(name.as_deref(), Some("Robert"));
    assert_eq!(alice.names(), ["Robert"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_without_broadcasts_leaves_once_and_for_all() {
    let mut alice = host("Alice").await;
    let bob = guest(&alice, "Bob").await;
    alice.expect_joined("Bob").await;
    bob.room.leave().await;
    alice.expect_left(&bob.live).await;
    assert!(alice.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_leaves_with_its_broadcast_is_not_taken_for_coming_back() {
    let mut alice = host("Alice").await;
    let mut carol = guest(&alice, "Carol").await;
    alice.expect_joined("Carol").await;
    let bob = guest(&alice, "Bob").await;
    carol.expect_joined("Bob").await;
    let camera = LocalBroadcast::new();
    bob.room.publish("cam", &camera).await.unwrap();
    alice.expect_broadcast("cam").await;
    let bob_live = bob.live.clone();
    bob.quit().await;
    alice.expect_left(&bob_live).await;
    // What comes from a third one later shows that nothing came in between.
    carol.room.set_display_name(Some("C".into())).await.unwrap();
    alice
        .expect("the update of Carol", |event| match event {
            Event::PeerJoined { .. } => panic!("Bob came back"),
            Event::PeerUpdated { .. } => Some(()),
            _ => None,
        })
        .await;
    carol.expect_left(&bob_live).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_can_come_back_with_the_same_key() {
    let mut alice = host("Alice").await;
    let mut bob = guest(&alice, "Bob").await;
    bob.expect_joined("Alice").await;
    alice.expect_joined("Bob").await;
    bob.room.leave().await;
    alice.expect_left(&bob.live).await;
    let (_room, _events) = bob
        .live
        .join(&alice.room.ticket(false), called("Bob again"))
        .unwrap();
    alice.expect_joined("Bob again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_sees_members_whose_first_words_have_expired() {
    let horizon = Duration::from_secs(3);
    let short = |name| RoomOptions {
        heartbeat: Duration::from_secs(1),
        horizon,
        ..called(name)
    };
    let live = endpoint().await;
    let (room, events) = live.join(&RoomTicket::generate(), short("Alice")).unwrap();
    let alice = crate::world::Member { live, room, events };
    let mut bob = guest_with(&alice, short("Bob")).await;
    bob.expect_joined("Alice").await;
    // Four heartbeats later all that Alice said at first is older than the horizon.
    for _ in 0..4 {
        bob.expect("a heartbeat", |event| {
            matches!(event, Event::RemoteAnnounced { .. }).then_some(())
        })
        .await;
    }
    let mut late = guest_with(&alice, short("Late")).await;
    while late.names() != ["Alice", "Bob"] {
        late.expect("PeerJoined", |event| {
            matches!(event, Event::PeerJoined { .. }).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_finds_the_host_that_came_after_it() {
    let alice_live = endpoint().await;
    let bob_live = endpoint().await;
    let ticket = RoomTicket::new([3; 32], vec![alice_live.id()]);
    // No address of Alice is known yet: the first dial fails.
    let (_room, bob_events) = bob_live.join(&ticket, called("Bob")).unwrap();
    let (room, events) = alice_live
        .join(&RoomTicket::new([3; 32], vec![]), called("Alice"))
        .unwrap();
    bob_live.add_peer_addr(alice_live.addr());
    let mut bob = crate::world::Member {
        live: bob_live,
        room: _room,
        events: bob_events,
    };
    let mut alice = crate::world::Member {
        live: alice_live,
        room,
        events,
    };
    bob.expect_joined("Alice").await;
    alice.expect_joined("Bob").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_state_is_refused_before_anybody_hears_of_it() {
    let alice = host("Alice").await;
    let long = "x".repeat(129);
    let refused = alice.room.set_display_name(Some(long.clone())).await;
    assert!(matches!(refused, Err(PublishError::State(_))));
    let broadcast = LocalBroadcast::new();
    for name in ["", &long] {
        let refused = alice.room.publish(name, &broadcast).await;
        assert!(matches!(refused, Err(PublishError::State(_))), "{name:?}");
    }
    for name in ["/a", "a/", "a//b"] {
        let refused = alice.room.publish(name, &broadcast).await;
        assert!(matches!(refused, Err(PublishError::Name(_))), "{name:?}");
    }
    assert!(PeerState::default().encode().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_cannot_be_joined_without_gossip() {
    let config = LiveConfig {
        preset: Preset::Minimal,
        gossip: false,
        ..LiveConfig::default()
    };
    let live = Live::bind(config).await.unwrap();
    let refusal = live
        .join(&RoomTicket::generate(), RoomOptions::default())
        .unwrap_err();
    assert!(refusal.to_string().contains("gossip is switched off"));
    live.shutdown().await;
    live.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_leaving_events_end_and_commands_are_refused_by_name() {
    let mut alice = host("Alice").await;
    alice.room.leave().await;
    assert!(alice.events.recv().await.is_err());
    let refused = alice.room.send_chat("anybody?").await.unwrap_err();
    assert_eq!(refused.to_string(), "the room is closed");
    alice.room.leave().await;
}
