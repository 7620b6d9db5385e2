//! Connections whose sections carry media in both directions, of whatever the engine is told, under one description.

use std::time::Duration;

use roomful_sfu::{Command, Config, Event, Kind, PeerId, PendingTrack};
use str0m::media::{Direction, MediaKind, Mid};

use crate::world::World;

fn announced(sid: &str, kind: Kind) -> PendingTrack {
    PendingTrack {
        sid: sid.into(),
        cid: format!("cid-{sid}"),
        kind,
        mime: String::new(),
        dtx: true,
        stereo: false,
        red: false,
    }
}

/// A client that offers a section of sound, to send and to receive in.
fn caller(world: &mut World, sid: &str) -> (PeerId, Mid) {
    world.two_way = true;
    let peer = world.offering_client();
    let mut mid = None;
    let answer = world.offer(peer, vec![announced(sid, Kind::Audio)], |api| {
        let cid = format!("cid-{sid}");
        let (stream, track) = (Some("stream".into()), Some(cid));
        mid = Some(api.add_media(MediaKind::Audio, Direction::SendRecv, stream, track, None));
    });
    assert!(
        answer.contains("a=sendrecv") && answer.contains("a=msid:roomful "),
        "{answer}"
    );
    bound(world, sid);
    (peer, mid.expect("a section"))
}

fn bound(world: &mut World, sid: &str) -> String {
    world.wait_for("the track is bound", |event| match event {
        Event::TrackBound { track, mid, .. } if **track == *sid => Some(mid.clone()),
        _ => None,
    })
}

fn subscribe(world: &mut World, peer: PeerId, sid: &str) {
    world.command(Command::Subscribe {
        peer,
        track: sid.into(),
        stream_id: "roomful".into(),
    });
    world.wait_for("it flows", |event| match event {
        Event::SubscriptionActive { peer: to, track } if *to == peer && **track == *sid => Some(()),
        _ => None,
    });
}

fn unsubscribe(world: &mut World, peer: PeerId, sid: &str) {
    world.command(Command::Unsubscribe {
        peer,
        track: sid.into(),
    });
}

/// Has one client send ten packets, and waits until the other has them.
fn talk(world: &mut World, from: PeerId, mid: Mid, to: PeerId, payload: u8) {
    let heard = |world: &World| {
        let packets = world.clients[&to].received.iter();
        packets
            .filter(|packet| packet.payload[0] == payload)
            .count()
    };
    assert_eq!(heard(world), 0);
    for count in 0..10 {
        world
            .client(from)
            .write(mid, None, &[payload; 60], count * 960);
        world.pass(Duration::from_millis(2));
    }
    world.until("it is heard", |world| heard(world) == 10);
}

fn negotiations(world: &World) -> usize {
    let needed = |event: &&Event| matches!(event, Event::NegotiationNeeded { .. });
    world.events.iter().filter(needed).count()
}

#[test]
fn what_a_client_hears_changes_in_one_stream_without_another_description() {
    let mut world = World::new();
    let (ann, ann_mid) = caller(&mut world, "ann");
    let (bob, bob_mid) = caller(&mut world, "bob");
    subscribe(&mut world, ann, "ann");
    talk(&mut world, ann, ann_mid, ann, 1);
    unsubscribe(&mut world, ann, "ann");
    subscribe(&mut world, ann, "bob");
    subscribe(&mut world, bob, "ann");
    talk(&mut world, bob, bob_mid, ann, 2);
    talk(&mut world, ann, ann_mid, bob, 3);
    assert_eq!(negotiations(&world), 0);
    let heard = &world.clients[&ann].received;
    assert!(heard.windows(2).all(|pair| {
        pair[0].header.ssrc == pair[1].header.ssrc && *pair[0].seq_no + 1 == *pair[1].seq_no
    }));
}

#[test]
fn a_track_that_moves_is_another_one() {
    let mut world = World::new();
    let (ann, ann_mid) = caller(&mut world, "ann");
    let (bob, _) = caller(&mut world, "bob");
    subscribe(&mut world, bob, "ann");
    talk(&mut world, ann, ann_mid, bob, 1);
    world.command(Command::MoveTrack {
        track: "ann".into(),
        to: "TR_ann".into(),
        room: "RM_other".into(),
    });
    subscribe(&mut world, bob, "TR_ann");
    talk(&mut world, ann, ann_mid, bob, 2);
    world.command(Command::Subscribe {
        peer: bob,
        track: "ann".into(),
        stream_id: "roomful".into(),
    });
    world.wait_for("there is no such track any more", |event| match event {
        Event::SubscriptionFailed { track, .. } if **track == *"ann" => Some(()),
        _ => None,
    });
}

#[test]
fn the_engine_may_offer() {
    let mut world = World::new();
    let (ann, ann_mid) = caller(&mut world, "ann");
    let bob = world.two_way_answering_client(vec![
        announced("bob", Kind::Audio),
        announced("bob-video", Kind::Video),
    ]);
    let bob_mid: Mid = bound(&mut world, "bob").as_str().into();
    bound(&mut world, "bob-video");
    subscribe(&mut world, bob, "ann");
    subscribe(&mut world, ann, "bob");
    talk(&mut world, ann, ann_mid, bob, 1);
    talk(&mut world, bob, bob_mid, ann, 2);
}

#[test]
fn rooms_beside_each_other_share_tracks() {
    let address = "127.0.0.1:0".parse().expect("an address");
    let mut config = Config::loopback(address);
    config.udp.push(vec![address]);
    let mut world = World::with(config);
    world.room = "RM_first".into();
    let (ann, ann_mid) = caller(&mut world, "ann");
    world.command(Command::OpenRoom {
        room: "RM_second".into(),
        beside: Some("RM_first".into()),
    });
    world.room = "RM_second".into();
    let (bob, _) = caller(&mut world, "bob");
    subscribe(&mut world, bob, "ann");
    talk(&mut world, ann, ann_mid, bob, 1);
}
