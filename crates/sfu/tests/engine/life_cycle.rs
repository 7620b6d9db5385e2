//! Peers and rooms come and go without leaving anything behind.

use std::time::Duration;

use crate::world::{ROOM, World};
use roomful_sfu::{Command, Config, Event, Kind, PeerState, Totals};

#[test]
fn two_hundred_joins_and_leaves_leave_nothing_behind() {
    let mut world = World::new();
    for round in 0..200 {
        let peer = world.offering_client();
        if round % 10 == 0 {
            world.publish(peer, "TR_a", Kind::Audio, &[]);
        }
        world.command(Command::ClosePeer { peer });
        world.clients.remove(&peer);
    }
    world.command(Command::CloseRoom { room: ROOM.into() });
    world.until("the engine is empty", |world| {
        let Totals {
            rooms,
            peers,
            tracks,
            subscriptions,
            ..
        } = world.engine.totals();
        (rooms, peers, tracks, subscriptions) == (0, 0, 0, 0)
    });
    assert_eq!(world.engine.totals().panics, 0);
}

#[test]
fn a_client_that_says_goodbye_is_reported_closed_and_its_tracks_end() {
    let mut world = World::new();
    let publisher = world.offering_client();
    world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_a");
    world.client(publisher).rtc.close().unwrap();
    world.wait_for("the publisher is reported closed", |event| match event {
        Event::PeerState {
            peer,
            state: PeerState::Closed,
            ..
        } if *peer == publisher => Some(()),
        _ => None,
    });
    world.wait_for("the subscriber must hear of it", |event| match event {
        Event::NegotiationNeeded { peer, .. } if *peer == subscriber => Some(()),
        _ => None,
    });
    world.until("the track is gone", |world| {
        world.engine.totals().tracks == 0
    });
}

#[test]
fn a_silent_client_is_first_disconnected_then_given_up() {
    let mut world = World::with(Config {
        disconnected_after: Duration::from_secs(1),
        failed_after: Duration::from_secs(2),
        ..Config::loopback("127.0.0.1:0".parse().unwrap())
    });
    let peer = world.offering_client();
    world.clients.remove(&peer);
    let mut states = Vec::new();
    world.until("the client is given up", |world| {
        world.pass(Duration::from_millis(20));
        for event in world.events.drain(..) {
            if let Event::PeerState { state, .. } = event {
                states.push(state);
            }
        }
        states.contains(&PeerState::Failed)
    });
    assert_eq!(
        states,
        [
            PeerState::Connected,
            PeerState::Disconnected,
            PeerState::Failed
        ]
    );
}

#[test]
fn an_ice_restart_of_ours_keeps_media_and_messages_flowing() {
    let mut world = World::new();
    let subscriber = world.subscribing_client();
    let before = world.offer_of_engine_with(subscriber, true);
    assert!(before.contains("a=ice-ufrag:"));
    // Checks with the former credentials stop counting: without the new ones the client would fall silent.
    world.pass(Duration::from_secs(4));
    world.command(Command::SendData {
        peers: vec![subscriber],
        label: "_reliable".into(),
        data: (*b"still here").into(),
    });
    world.until("a message arrives", |world| {
        !world.clients[&subscriber].messages.is_empty()
    });
    let strangers = world.engine.totals().strangers;
    world.pass(Duration::from_secs(4));
    assert_eq!(
        world.engine.totals().strangers,
        strangers,
        "checks after the restart are known"
    );
}
