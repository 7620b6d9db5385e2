//! Which layer of a simulcast track a subscriber gets.

use std::time::Duration;

use crate::world::{World, picture, sequences};
use roomful_sfu::{Command, Event, Kind, PeerId};
use str0m::media::Mid;

const RIDS: [&str; 3] = ["f", "h", "q"];

/// Sends one picture on each of the given layers; the last payload byte says which layer it was.
fn film(world: &mut World, publisher: PeerId, mid: Mid, rids: &[&str], pictures: u16, start: u16) {
    for count in 0..pictures {
        let asked = std::mem::take(&mut world.client(publisher).keyframe_requests);
        for rid in rids {
            let key = count == 0
                || asked
                    .iter()
                    .any(|(_, wanted)| wanted.is_some_and(|wanted| &*wanted == *rid));
            let mut payload = picture(key, start + count);
            payload[399] = rid.as_bytes()[0];
            world.client(publisher).write(
                mid,
                Some(rid),
                &payload,
                u32::from(start + count) * 3000,
            );
        }
        world.pass(Duration::from_millis(5));
    }
}

fn layers_received(world: &World, subscriber: PeerId) -> String {
    let received = world.clients[&subscriber].received.iter();
    let mut layers: Vec<char> = received
        .map(|packet| char::from(packet.payload[399]))
        .collect();
    layers.dedup();
    layers.into_iter().collect()
}

#[test]
fn layers_are_announced_with_their_rank_and_the_client_chooses_among_them() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &RIDS);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    film(&mut world, publisher, mid, &RIDS, 40, 0);
    let layers = world.wait_for("all layers are known", |event| match event {
        Event::TrackLayers { layers, .. } if layers.len() == 3 => Some(layers.clone()),
        _ => None,
    });
    let ranks: Vec<_> = layers
        .iter()
        .map(|layer| (layer.rid.as_str(), layer.spatial))
        .collect();
    assert_eq!(ranks, [("q", 0), ("h", 1), ("f", 2)]);
    assert!(layers_received(&world, subscriber).ends_with('f'));
    world.command(Command::SetSubscription {
        peer: subscriber,
        track: "TR_v".into(),
        enabled: true,
        max_spatial: 0,
    });
    world.pass(Duration::from_millis(600));
    film(&mut world, publisher, mid, &RIDS, 300, 40);
    assert!(
        layers_received(&world, subscriber).ends_with('q'),
        "{}",
        layers_received(&world, subscriber)
    );
    let numbers = sequences(&world.clients[&subscriber].received);
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
}

#[test]
fn a_publisher_that_stops_its_best_layer_stays_visible() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &RIDS);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    film(&mut world, publisher, mid, &RIDS, 60, 0);
    film(&mut world, publisher, mid, &["h", "q"], 500, 60);
    assert!(
        layers_received(&world, subscriber).ends_with('h'),
        "{}",
        layers_received(&world, subscriber)
    );
}

#[test]
fn a_disabled_subscription_gets_nothing_and_starts_again_with_a_key_frame() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &RIDS);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_v");
    film(&mut world, publisher, mid, &RIDS, 30, 0);
    let set = |enabled| Command::SetSubscription {
        peer: subscriber,
        track: "TR_v".into(),
        enabled,
        max_spatial: 2,
    };
    world.command(set(false));
    world.pass(Duration::from_millis(50));
    let before = world.clients[&subscriber].received.len();
    film(&mut world, publisher, mid, &RIDS, 30, 100);
    assert_eq!(world.clients[&subscriber].received.len(), before);
    world.command(set(true));
    world.pass(Duration::from_millis(50));
    film(&mut world, publisher, mid, &RIDS, 300, 200);
    let resumed = &world.clients[&subscriber].received[before];
    assert_eq!(
        resumed.payload[4] & 1,
        0,
        "the first picture after the pause is a key frame"
    );
}

#[test]
fn what_a_publisher_sends_is_counted_over_all_layers() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &RIDS);
    let mut pictures = 0;
    world.until("more packets are counted than one layer has", |world| {
        film(world, publisher, mid, &RIDS, 20, pictures);
        pictures += 20;
        world.events.iter().any(|event| match event {
            Event::PeerStats { peer, tracks, .. } => {
                *peer == publisher && tracks.iter().any(|track| track.packets > pictures.into())
            }
            _ => false,
        })
    });
    let frames = world.events.iter().filter_map(|event| match event {
        Event::PeerStats { tracks, .. } => tracks.iter().map(|track| track.frames).max(),
        _ => None,
    });
    let most = frames.max().unwrap_or(0);
    assert!(
        (1..=pictures.into()).contains(&most),
        "of three layers it is one picture"
    );
}
