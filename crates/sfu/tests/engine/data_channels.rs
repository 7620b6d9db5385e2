//! Messages over data channels.

use crate::world::{World, label, message};
use roomful_sfu::{Command, Config, Event, PeerState};

#[test]
fn messages_go_both_ways_in_order() {
    let mut world = World::new();
    let speaker = world.offering_client();
    let listener = world.subscribing_client();
    world.until("the speaker's channel is open", |world| {
        !world.clients[&speaker].channels.is_empty()
    });
    for number in 0..50u8 {
        assert!(world.client(speaker).say("_reliable", &[number; 100]));
    }
    for number in 0..50u8 {
        let data = world.wait_for("the message arrives", |event| match event {
            Event::Data { peer, label, data } if *peer == speaker => {
                assert_eq!(label, "_reliable");
                Some(data.clone())
            }
            _ => None,
        });
        assert_eq!(data, [number; 100]);
        world.command(Command::SendData {
            peers: vec![listener, 12345],
            label: label("_reliable"),
            data: message(&data),
        });
    }
    world.until("all messages are there", |world| {
        world.clients[&listener].messages.len() == 50
    });
    assert!(
        world.clients[&listener]
            .messages
            .iter()
            .enumerate()
            .all(|(index, data)| data[0] == index as u8)
    );
}

#[test]
fn a_client_that_does_not_read_is_dropped_as_slow_and_others_are_served() {
    let mut world = World::with(Config {
        data_buffer: 256 << 10,
        ..Config::loopback("127.0.0.1:0".parse().unwrap())
    });
    let (deaf, listener) = (world.subscribing_client(), world.subscribing_client());
    world.client(deaf).deaf = true;
    let mut sent = 0;
    world.until("the deaf client is dropped", |world| {
        world.command(Command::SendData {
            peers: vec![deaf, listener],
            label: label("_reliable"),
            data: message(&[9; 10_000]),
        });
        sent += 1;
        world.events.iter().any(|event| {
            matches!(event, Event::PeerState { peer, state: PeerState::Failed, reason } if *peer == deaf && reason.contains("too slow"))
        })
    });
    world.until("the other one has everything", |world| {
        world.clients[&listener].messages.len() == sent
    });
}
