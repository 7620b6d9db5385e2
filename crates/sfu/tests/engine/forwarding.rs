//! What subscribers get of what publishers send.

use std::time::Duration;

use crate::world::{World, picture, sequences};
use roomful_sfu::{Command, Config, Event, Kind, PeerId};
use str0m::media::Mid;

#[test]
fn audio_reaches_every_subscriber_with_gapless_numbers() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let subscribers = [world.subscribing_client(), world.subscribing_client()];
    subscribers
        .iter()
        .for_each(|peer| world.subscribe_and_negotiate(*peer, "TR_a"));
    for count in 0..50 {
        world
            .client(publisher)
            .write(mid, None, &[count; 60], u32::from(count) * 960);
        world.pass(Duration::from_millis(2));
    }
    for peer in subscribers {
        world.until("all packets are there", |world| {
            world.clients[&peer].received.len() == 50
        });
        let received = &world.clients[&peer].received;
        let numbers = sequences(received);
        assert!(
            numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{numbers:?}"
        );
        let steps = received
            .windows(2)
            .map(|p| p[1].header.timestamp.wrapping_sub(p[0].header.timestamp));
        assert!(steps.into_iter().all(|step| step == 960));
        assert!(
            received
                .iter()
                .enumerate()
                .all(|(index, packet)| packet.payload[0] == index as u8)
        );
    }
}

#[test]
fn a_client_that_can_only_use_tcp_hears_and_is_heard() {
    let mut world = World::with(Config {
        udp: vec![
            vec!["127.0.0.1:0".parse().unwrap()],
            vec!["127.0.0.1:0".parse().unwrap()],
        ],
        tcp: vec!["127.0.0.1:0".parse().unwrap()],
        ..Config::loopback("127.0.0.1:0".parse().unwrap())
    });
    // Rooms go round the shards; the listener belongs to the first, so one of these rooms is elsewhere.
    for room in ["RM_one", "RM_two"] {
        world.room = room.into();
        let publisher = world.offering_client_over_tcp();
        let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
        let subscriber = world.subscribing_client();
        world.subscribe_and_negotiate(subscriber, "TR_a");
        for count in 0..20 {
            world
                .client(publisher)
                .write(mid, None, &[count; 60], u32::from(count) * 960);
            world.pass(Duration::from_millis(2));
        }
        world.until("all packets are there", |world| {
            world.clients[&subscriber].received.len() == 20
        });
        world.command(Command::Unpublish {
            track: "TR_a".into(),
        });
    }
}

#[test]
fn video_starts_with_a_key_frame_that_was_asked_for() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    let mut id = 0;
    world.until("the publisher is asked for a key frame", |world| {
        id += 1;
        world
            .client(publisher)
            .write(mid, None, &picture(false, id), u32::from(id) * 3000);
        !world.clients[&publisher].keyframe_requests.is_empty()
    });
    assert!(world.clients[&subscriber].received.is_empty());
    world
        .client(publisher)
        .write(mid, None, &picture(true, id + 1), u32::from(id + 1) * 3000);
    world.until("the key frame is there", |world| {
        !world.clients[&subscriber].received.is_empty()
    });
    assert_eq!(world.clients[&subscriber].received[0].payload[4] & 1, 0);
}

#[test]
fn packets_do_not_wait_for_the_end_of_a_frame_that_never_comes() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    flows(&mut world, publisher, mid, subscriber, Kind::Video);
    world.client(publisher).ends_frames = false;
    let part = picture(false, 30_000);
    for sent in 1..=5 {
        world.client(publisher).write(mid, None, &part, 900_000);
        world.until("a part of the frame is there", |world| {
            let received = world.clients[&subscriber].received.iter();
            received.filter(|p| p.payload[..] == part[..]).count() == sent
        });
    }
}

#[test]
fn key_frame_requests_are_throttled() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    for _ in 0..4 {
        let subscriber = world.subscribing_client();
        world.subscribe_and_negotiate(subscriber, "TR_v");
    }
    for id in 0..100 {
        world
            .client(publisher)
            .write(mid, None, &picture(false, id), u32::from(id) * 3000);
        world.pass(Duration::from_millis(10));
    }
    let times: Vec<_> = world.clients[&publisher]
        .keyframe_requests
        .iter()
        .map(|(at, _)| *at)
        .collect();
    assert!(
        times.len() >= 2,
        "the wish is repeated while no key frame comes"
    );
    let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(
        gaps.into_iter()
            .all(|gap| gap >= Duration::from_millis(400)),
        "{times:?}"
    );
}

#[test]
fn a_publisher_is_asked_for_no_more_than_its_limit_until_there_is_none() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    world
        .client(publisher)
        .write(mid, None, &picture(true, 1), 3000);
    let limit = |bitrate| Command::LimitPeer {
        peer: publisher,
        bitrate,
    };
    world.command(limit(Some(150_000)));
    world.until("the limit is asked for", |world| {
        world.clients[&publisher].limit == Some(150_000)
    });
    world.command(limit(None));
    world.until("the limit is lifted", |world| {
        world.clients[&publisher]
            .limit
            .is_some_and(|bits| bits > 100_000_000)
    });
}

#[test]
fn a_muted_track_pauses_and_goes_on_with_continuous_numbers() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_a");
    let mut timestamp = 0;
    let mut speak = |world: &mut World, packets: u32| {
        for _ in 0..packets {
            timestamp += 960;
            world
                .client(publisher)
                .write(mid, None, &[1; 60], timestamp);
            world.pass(Duration::from_millis(2));
        }
    };
    speak(&mut world, 20);
    world.until("20 packets came", |world| {
        world.clients[&subscriber].received.len() == 20
    });
    let mute = |muted| Command::SetTrackMuted {
        track: "TR_a".into(),
        muted,
    };
    world.command(mute(true));
    world.pass(Duration::from_millis(50));
    speak(&mut world, 20);
    world.command(mute(false));
    world.pass(Duration::from_millis(50));
    speak(&mut world, 20);
    world.until("40 packets came", |world| {
        world.clients[&subscriber].received.len() == 40
    });
    let numbers = sequences(&world.clients[&subscriber].received);
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
}

/// Sends until something of the track arrives in the section of this subscriber.
fn flows(world: &mut World, publisher: PeerId, mid: Mid, subscriber: PeerId, kind: Kind) {
    let before = world.clients[&subscriber].received.len();
    let mut id = 0;
    world.until("the track flows", |world| {
        id += 1;
        let asked = !std::mem::take(&mut world.client(publisher).keyframe_requests).is_empty();
        let payload = if kind == Kind::Audio {
            vec![1; 60]
        } else {
            picture(asked, id)
        };
        world
            .client(publisher)
            .write(mid, None, &payload, u32::from(id) * 3000);
        world.clients[&subscriber].received.len() > before
    });
}

#[test]
fn a_freed_section_is_used_again_with_another_stream() {
    for kind in [Kind::Audio, Kind::Video] {
        let mut world = World::new();
        let publisher = world.offering_client();
        let first = world.publish(publisher, "TR_1", kind, &[]);
        let second = world.publish(publisher, "TR_2", kind, &[]);
        let subscriber = world.subscribing_client();
        world.subscribe_and_negotiate(subscriber, "TR_1");
        flows(&mut world, publisher, first, subscriber, kind);
        world.command(Command::Unpublish {
            track: "TR_1".into(),
        });
        world.wait_for("the subscriber must hear of it", |event| match event {
            Event::NegotiationNeeded { peer, .. } if *peer == subscriber => Some(()),
            _ => None,
        });
        let without = world.offer_of_engine(subscriber);
        assert!(!without.contains("TR_1"));
        world.subscribe(subscriber, "TR_2");
        let with = world.offer_of_engine(subscriber);
        assert_eq!(
            with.matches(&format!("m={}", kind.as_str())).count(),
            1,
            "{with}"
        );
        assert!(with.contains("a=msid:PA_x|TR_2 TR_2"));
        world.wait_for("the second subscription is active", |event| match event {
            Event::SubscriptionActive { track, .. } if **track == *"TR_2" => Some(()),
            _ => None,
        });
        flows(&mut world, publisher, second, subscriber, kind);
        let received = &world.clients[&subscriber].received;
        let last = received.last().expect("packets of both tracks");
        assert_ne!(received[0].header.ssrc, last.header.ssrc);
    }
}

#[test]
fn a_track_can_follow_another_before_the_client_heard_that_the_first_is_gone() {
    let mut world = World::new();
    let publisher = world.offering_client();
    world.publish(publisher, "TR_1", Kind::Video, &[]);
    let second = world.publish(publisher, "TR_2", Kind::Video, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_1");
    world.command(Command::Unpublish {
        track: "TR_1".into(),
    });
    world.subscribe(subscriber, "TR_2");
    let offer = world.offer_of_engine(subscriber);
    assert!(
        offer.contains("a=msid:PA_x|TR_2 TR_2") && !offer.contains("TR_1"),
        "{offer}"
    );
    flows(&mut world, publisher, second, subscriber, Kind::Video);
}

#[test]
fn on_one_connection_sections_stay_idle_until_a_track_needs_them() {
    use str0m::media::{Direction, MediaKind};
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let subscriber = world.offering_client();
    let idle = world.offer(subscriber, vec![], |api| {
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
    });
    assert_eq!(idle.matches("a=sendonly").count(), 2);
    assert!(!idle.contains("a=msid:") && !idle.contains("a=ssrc:"));
    world.command(Command::Subscribe {
        peer: subscriber,
        track: "TR_a".into(),
        stream_id: "PA_p|TR_a".into(),
    });
    let missing = world.wait_for("the client is asked to offer", |event| match event {
        Event::NegotiationNeeded { peer, audio, video } if *peer == subscriber => {
            Some((*audio, *video))
        }
        _ => None,
    });
    assert_eq!(missing, (0, 0), "the idle section is enough");
    let used = world.offer(subscriber, vec![], |api| {
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
    });
    assert_eq!(used.matches("a=msid:PA_p|TR_a TR_a").count(), 1);
    for count in 0..20 {
        world
            .client(publisher)
            .write(mid, None, &[3; 60], count * 960);
        world.pass(Duration::from_millis(2));
    }
    world.until("audio flows", |world| {
        world.clients[&subscriber].received.len() == 20
    });
}
