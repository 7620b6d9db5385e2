//! Bad input costs its sender, and nobody else.

use std::net::UdpSocket;
use std::time::Duration;

use crate::world::{World, sequences};
use roomful_sfu::{Command, Event, Kind, PeerId};
use str0m::media::Mid;

/// A call between two clients, to watch while others misbehave.
fn call(world: &mut World) -> (PeerId, Mid, PeerId) {
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_a");
    (publisher, mid, subscriber)
}

/// Speaks while `trouble` goes on; every packet must arrive in order.
fn goes_on_undisturbed(
    world: &mut World,
    (publisher, mid, subscriber): (PeerId, Mid, PeerId),
    mut trouble: impl FnMut(&mut World, u32),
) {
    let before = world.clients[&subscriber].received.len();
    for count in 0..100 {
        trouble(world, count);
        world
            .client(publisher)
            .write(mid, None, &[1; 60], count * 960);
        world.pass(Duration::from_millis(3));
    }
    world.until("all packets are there", |world| {
        world.clients[&subscriber].received.len() == before + 100
    });
    let numbers = sequences(&world.clients[&subscriber].received);
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
}

#[test]
fn noise_from_strangers_is_dropped_and_nobody_notices() {
    let mut world = World::new();
    let call = call(&mut world);
    let engine = world.engine.udp_addresses()[0];
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut seed = 1u32;
    goes_on_undisturbed(&mut world, call, |_, count| {
        let mut noise = vec![0u8; 12 + (count as usize * 13) % 1200];
        for byte in &mut noise {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (seed >> 24) as u8;
        }
        // STUN, DTLS, RTP and RTCP by their first bytes (RFC 7983).
        for first in [[0, 1], [22, 254], [128, 96], [128, 200]] {
            noise[..2].copy_from_slice(&first);
            stranger.send_to(&noise, engine).unwrap();
        }
    });
    assert!(world.engine.totals().strangers >= 300);
    assert_eq!(world.engine.totals().panics, 0);
}

#[test]
fn unusable_descriptions_are_refused_by_name_and_the_connection_lives() {
    let mut world = World::new();
    let call = call(&mut world);
    let offender = world.offering_client();
    let good = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    let bad = [
        (String::new(), "empty"),
        ("x".repeat(1 << 20), "longer"),
        (
            format!(
                "{good}{}",
                "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".repeat(5000)
            ),
            "media sections",
        ),
        ("hello".into(), "v="),
        (good.into(), ""),
        (
            format!("{good}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"),
            "",
        ),
        (
            format!(
                "{good}a=group:BUNDLE 0\r\nm=text 9 UDP/TLS/RTP/SAVPF 99\r\na=mid:0\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\n"
            ),
            "",
        ),
    ];
    for (sdp, words) in bad {
        let request = world.next();
        world.command(Command::AcceptOffer {
            peer: offender,
            request,
            sdp,
            pending: vec![],
        });
        let reason = world.wait_for("the description is refused", |event| match event {
            Event::NegotiationFailed {
                request: r, reason, ..
            } if *r == request => Some(reason.clone()),
            _ => None,
        });
        assert!(reason.contains(words), "{reason}");
    }
    let request = world.next();
    world.command(Command::AcceptAnswer {
        peer: offender,
        request,
        sdp: good.into(),
        pending: vec![],
    });
    world.wait_for(
        "an answer without an offer is refused",
        |event| match event {
            Event::NegotiationFailed { reason, .. } if reason.contains("no offer") => Some(()),
            _ => None,
        },
    );
    world.publish(offender, "TR_o", Kind::Audio, &[]);
    goes_on_undisturbed(&mut world, call, |_, _| ());
    assert_eq!(world.engine.totals().panics, 0);
}

#[test]
fn ten_thousand_candidates_and_broken_ones_are_put_up_with() {
    let mut world = World::new();
    let call = call(&mut world);
    let offender = world.offering_client();
    goes_on_undisturbed(&mut world, call, |world, count| {
        for number in 0..100 {
            let port = 1024 + count * 100 + number;
            let candidate = match number % 4 {
                0 => format!("candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host"),
                1 => "candidate:".into(),
                2 => format!("candidate:1 1 udp 1 {port}.local {port} typ host"),
                _ => "\0\u{fffd}".into(),
            };
            world.command(Command::AddCandidate {
                peer: offender,
                candidate,
            });
        }
    });
    world.publish(offender, "TR_o", Kind::Audio, &[]);
}

#[test]
fn commands_about_what_is_not_there_do_nothing() {
    let mut world = World::new();
    let call = call(&mut world);
    let nobody = 999_999;
    for command in [
        Command::ClosePeer { peer: nobody },
        Command::Unpublish {
            track: "TR_none".into(),
        },
        Command::SetTrackMuted {
            track: "TR_none".into(),
            muted: true,
        },
        Command::Unsubscribe {
            peer: nobody,
            track: "TR_a".into(),
        },
        Command::CloseRoom {
            room: "RM_none".into(),
        },
    ] {
        world.command(command);
    }
    world.command(Command::Subscribe {
        peer: call.2,
        track: "TR_none".into(),
        stream_id: String::new(),
    });
    world.wait_for("an unknown track is named", |event| match event {
        Event::SubscriptionFailed {
            reason: "track", ..
        } => Some(()),
        _ => None,
    });
    goes_on_undisturbed(&mut world, call, |_, _| ());
}
