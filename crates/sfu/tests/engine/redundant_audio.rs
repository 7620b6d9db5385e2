//! Redundant audio (RFC 2198): who takes it gets it, who does not gets plain Opus, and what was lost is made up for.

use std::time::Duration;

use crate::ports::Worker;
use crate::world::{Link, World, sequences};
use roomful_sfu::media::red;
use roomful_sfu::{Command, Event, Kind, PeerId};
use str0m::format::Codec;
use str0m::media::Mid;

/// A publisher of redundant audio.
fn publisher(world: &mut World) -> (PeerId, Mid) {
    world.redundant = true;
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    (publisher, mid)
}

fn listener(world: &mut World, redundant: bool) -> PeerId {
    world.redundant = redundant;
    let peer = world.subscribing_client();
    world.subscribe_and_negotiate(peer, "TR_a");
    peer
}

/// What is said in the packet with this number.
fn word(number: u8) -> Vec<u8> {
    vec![number; 40]
}

/// Says the words with these numbers, each with the two before it once more.
fn say(world: &mut World, (publisher, mid): (PeerId, Mid), numbers: std::ops::Range<u8>) {
    for number in numbers {
        let earlier: Vec<Vec<u8>> = (number.saturating_sub(2)..number).map(word).collect();
        let earlier: Vec<&[u8]> = earlier.iter().map(|one| &one[..]).collect();
        let at = u32::from(number) * 960;
        let client = world.client(publisher);
        client.write_redundantly(mid, &earlier, &word(number), at);
        world.pass(Duration::from_millis(2));
    }
}

/// The words that a listener got, and whether each came as plain Opus.
fn heard(world: &World, peer: PeerId) -> Vec<(Vec<u8>, bool)> {
    let client = &world.clients[&peer];
    let codec = client.params(Codec::Opus);
    let words = client.received.iter().map(|packet| {
        if packet.header.payload_type == codec.pt() {
            return (packet.payload.to_vec(), true);
        }
        assert_eq!(Some(packet.header.payload_type), codec.red());
        let found = red::read(&packet.payload, *codec.pt()).expect("redundant audio");
        (found.primary.to_vec(), false)
    });
    words.collect()
}

#[test]
fn who_takes_redundant_audio_gets_it_and_who_does_not_gets_plain_opus() {
    let mut world = World::new();
    let source = publisher(&mut world);
    let (knows, plain) = (listener(&mut world, true), listener(&mut world, false));
    say(&mut world, source, 0..20);
    for (peer, is_plain) in [(knows, false), (plain, true)] {
        world.until("all is heard", |world| heard(world, peer).len() == 20);
        let expected: Vec<_> = (0..20).map(|number| (word(number), is_plain)).collect();
        assert_eq!(heard(&world, peer), expected);
    }
    let whole = world.clients[&knows].received[5].payload.clone();
    let found = red::read(&whole, 111).expect("redundant audio");
    assert_eq!(found.earlier.len(), 2);
}

#[test]
fn padding_between_the_packets_leaves_no_gap_in_their_numbers() {
    let mut world = World::new();
    let source = publisher(&mut world);
    let (knows, plain) = (listener(&mut world, true), listener(&mut world, false));
    for number in 0..20 {
        say(&mut world, source, number..number + 1);
        for _ in 0..number % 3 {
            let at = u32::from(number) * 960;
            world.client(source.0).write_padding(source.1, at);
        }
    }
    for peer in [knows, plain] {
        world.until("all is heard", |world| heard(world, peer).len() == 20);
        let numbers = sequences(&world.clients[&peer].received);
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }
}

#[test]
fn what_a_publisher_loses_is_made_up_for() {
    let mut world = World::new();
    let source = publisher(&mut world);
    let (knows, plain) = (listener(&mut world, true), listener(&mut world, false));
    let mut worker = Worker::open(&mut world);
    worker.add(&mut world, "TR_a", 0);
    say(&mut world, source, 0..5);
    world.client(source.0).link = Link {
        lose_one_in: Some(4),
        swap_one_in: Some(9),
    };
    say(&mut world, source, 5..100);
    world.client(source.0).link = Link::default();
    say(&mut world, source, 100..110);
    let all: Vec<Vec<u8>> = (0..110).map(word).collect();
    let in_order = |world: &World| {
        let received = world.clients[&plain].received.iter();
        let mut words: Vec<_> = received.map(|p| (*p.seq_no, p.payload.to_vec())).collect();
        words.sort();
        words.into_iter().map(|(_, word)| word).collect::<Vec<_>>()
    };
    world.until("the listener without redundancy has all", |world| {
        in_order(world) == all
    });
    let numbers = sequences(&world.clients[&plain].received);
    assert_eq!(
        numbers.iter().max().unwrap() - numbers.iter().min().unwrap(),
        109
    );
    world.until("the worker has all", |_| worker.frames().len() == 110);
    let frames = worker.frames();
    assert!(frames.iter().map(|frame| &frame.data).eq(&all));
    assert!(frames.iter().all(|frame| !frame.gap));
    let steps = frames.windows(2).map(|p| p[1].rtp_time - p[0].rtp_time);
    assert!(steps.into_iter().all(|step| step == 960));
    // Who knows redundancy makes up for it itself.
    assert!(heard(&world, knows).len() < 110);
}

#[test]
fn a_publisher_that_is_not_to_send_redundantly_is_told_so() {
    let mut world = World::new();
    let sdp_of = |world: &mut World, redundant: bool| {
        world.redundant = true;
        let peer = world.offering_client();
        world.redundant = redundant;
        let sid = format!("TR_{redundant}");
        world.publish(peer, &sid, Kind::Audio, &[]);
        world.answers.pop().expect("an answer")
    };
    let wanted = sdp_of(&mut world, true);
    assert!(wanted.contains("red/48000/2"), "{wanted}");
    let audio = wanted.lines().find(|line| line.starts_with("m=audio"));
    assert!(audio.unwrap().contains("SAVPF 63 111"), "{audio:?}");
    let refused = sdp_of(&mut world, false);
    assert!(!refused.contains("red/48000"), "{refused}");
    assert!(refused.contains("opus/48000/2"), "{refused}");
}

#[test]
fn what_was_said_while_muted_is_not_carried_after_it() {
    let mut world = World::new();
    let source = publisher(&mut world);
    let (knows, plain) = (listener(&mut world, true), listener(&mut world, false));
    let mut worker = Worker::open(&mut world);
    worker.add(&mut world, "TR_a", 0);
    let mute = |world: &mut World, worker: &mut Worker, muted| {
        world.command(Command::SetTrackMuted {
            track: "TR_a".into(),
            muted,
        });
        worker.catch_up(world);
    };
    say(&mut world, source, 0..5);
    world.until("it is heard", |world| heard(world, plain).len() == 5);
    mute(&mut world, &mut worker, true);
    say(&mut world, source, 5..10);
    mute(&mut world, &mut worker, false);
    say(&mut world, source, 10..15);
    world.until("it goes on", |world| {
        heard(world, plain).last() == Some(&(word(14), true))
    });
    let words: Vec<_> = heard(&world, plain)
        .into_iter()
        .map(|(word, _)| word)
        .collect();
    let audible: Vec<_> = (0..5).chain(10..15).map(word).collect();
    assert_eq!(words, audible);
    world.until("who knows redundancy hears it too", |world| {
        heard(world, knows).len() == 10
    });
    let received = &world.clients[&knows].received;
    let carried = received
        .iter()
        .filter_map(|packet| red::read(&packet.payload, 111));
    let carried = carried
        .flat_map(|found| found.earlier)
        .map(|one| one.payload[0]);
    let carried: Vec<u8> = carried.collect();
    assert!(carried.contains(&3) && carried.contains(&12), "{carried:?}");
    assert!(
        !carried.iter().any(|number| (5..10).contains(number)),
        "{carried:?}"
    );
}

#[test]
fn broken_redundancy_costs_nobody_else_anything() {
    let mut world = World::new();
    let source = publisher(&mut world);
    let plain = listener(&mut world, false);
    let params = world.client(source.0).params(Codec::Opus);
    let red = params.red().expect("redundancy was negotiated");
    for count in 0..10u32 {
        let garbage = [0xff; 30];
        world
            .client(source.0)
            .write_as(red, source.1, None, &garbage, count * 960);
    }
    say(&mut world, source, 20..25);
    world.until("what is whole is heard", |world| {
        heard(world, plain).len() == 5
    });
    assert!(
        !world
            .events
            .iter()
            .any(|event| matches!(event, Event::PeerState { .. })
                && format!("{event:?}").contains("Failed"))
    );
}
