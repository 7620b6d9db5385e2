//! Loss and reordering between a client and the engine.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::world::{Link, World, picture};
use roomful_sfu::{Command, Event, Kind, PeerId};

/// Films until the subscriber has every picture, or fails.
fn all_pictures_arrive(publisher_link: Link, subscriber_link: Link) {
    let mut world = World::new();
    let publisher = world.offering_client();
    all_pictures_of(publisher, world, publisher_link, subscriber_link);
}

fn all_pictures_of(
    publisher: PeerId,
    mut world: World,
    publisher_link: Link,
    subscriber_link: Link,
) {
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    world.client(publisher).link = publisher_link;
    world.client(subscriber).link = subscriber_link;
    for id in 0..300 {
        world
            .client(publisher)
            .write(mid, None, &picture(id % 30 == 0, id), u32::from(id) * 3000);
        world.pass(Duration::from_millis(4));
    }
    world.client(publisher).link = Link::default();
    world.client(subscriber).link = Link::default();
    // The end of a stream cannot be missed by what follows: send a little more.
    let mut id = 300;
    world.until("every picture of the middle has arrived", |world| {
        id += 1;
        world
            .client(publisher)
            .write(mid, None, &picture(id % 30 == 0, id), u32::from(id) * 3000);
        world.pass(Duration::from_millis(4));
        let received = world.clients[&subscriber].received.iter();
        let ids: BTreeSet<u16> = received
            .map(|p| u16::from_be_bytes([p.payload[2] & 0x7f, p.payload[3]]))
            .collect();
        (60..290).all(|id| ids.contains(&id))
    });
}

#[test]
fn packets_lost_on_the_way_to_a_subscriber_are_sent_again() {
    let lossy = Link {
        lose_one_in: Some(20),
        ..Link::default()
    };
    all_pictures_arrive(Link::default(), lossy);
}

#[test]
fn packets_lost_on_the_way_from_a_publisher_are_asked_for_again() {
    let lossy = Link {
        lose_one_in: Some(20),
        ..Link::default()
    };
    all_pictures_arrive(lossy, Link::default());
}

/// The Python SDK offers VP8 with NACK and without a retransmission stream.
#[test]
fn lost_packets_are_asked_for_again_though_the_offer_names_no_stream_for_them() {
    let lossy = Link {
        lose_one_in: Some(20),
        ..Link::default()
    };
    let mut world = World::new();
    let publisher = world.offering_client();
    world.client(publisher).names_retransmissions = false;
    all_pictures_of(publisher, world, lossy, Link::default());
}

#[test]
fn reordered_packets_keep_their_numbers() {
    let unruly = Link {
        swap_one_in: Some(7),
        ..Link::default()
    };
    all_pictures_arrive(unruly, unruly);
}

/// Sends a picture of 400 bytes every so often until the engine has said of the stream whether it is paused.
fn film_until(
    world: &mut World,
    publisher: PeerId,
    mid: str0m::media::Mid,
    every: Duration,
    state: bool,
) {
    let mut id = 0;
    world.until("the state of the stream changes", |world| {
        id = (id + 1) & 0x7fff;
        let at = u32::from(id) * 3000 + u32::from(!state) * 0x1000_0000;
        world
            .client(publisher)
            .write(mid, None, &picture(id % 30 == 0, id), at);
        world.pass(every);
        let mut states = world.events.iter().filter_map(|event| match event {
            Event::StreamState { paused, .. } => Some(*paused),
            _ => None,
        });
        states.next_back() == Some(state)
    });
}

#[test]
fn a_video_that_a_network_does_not_carry_is_paused_and_comes_back() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    world.command(Command::AllowPause { peer: subscriber });
    let lossy = Link {
        lose_one_in: Some(6),
        ..Link::default()
    };
    world.client(subscriber).link = lossy;
    film_until(&mut world, publisher, mid, Duration::from_millis(4), true);
    world.client(subscriber).link = Link::default();
    // The same network carries a video that costs a tenth.
    film_until(&mut world, publisher, mid, Duration::from_millis(40), false);
    let before = world.clients[&subscriber].received.len();
    let mut id = 0;
    world.until("pictures come again", |world| {
        id += 1;
        let at = 0x2000_0000 + u32::from(id) * 3000;
        world
            .client(publisher)
            .write(mid, None, &picture(id % 30 == 1, id), at);
        world.pass(Duration::from_millis(40));
        world.clients[&subscriber].received.len() > before
    });
}
