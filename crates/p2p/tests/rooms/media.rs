use std::time::Duration;

use bytes::Bytes;
use roomful_p2p::{Event, LocalBroadcast, PublishError, RoomOptions};

use crate::world::{called, guest, guest_with, host};

const VIDEO: &str =
    r#"{"codec":"avc3.42e01e","codedWidth":320,"codedHeight":180,"framerate":30.0}"#;
const AUDIO: &str = r#"{"codec":"opus","sampleRate":48000,"numberOfChannels":2}"#;

#[tokio::test(flavor = "multi_thread")]
async fn frames_arrive_as_they_were_written_and_groups_begin_with_keyframes() {
    let alice = host("Alice").await;
    let camera = LocalBroadcast::new();
    let mut video = camera.add_video("video/h264-180p", VIDEO).unwrap();
    alice.room.publish("cam", &camera).await.unwrap();
    let mut bob = guest(&alice, "Bob").await;
    let broadcast = bob.expect_broadcast("cam").await;
    assert!(broadcast.catalog().contains("\"codedWidth\":320"));
    let mut reader = broadcast
        .media("video/h264-180p", Duration::from_secs(1))
        .unwrap();
    let reading = tokio::spawn(async move {
        let mut frames = Vec::new();
        while frames.len() < 20 {
            frames.push(reader.read().await.unwrap());
        }
        frames
    });
    // Nobody reads at first: those frames are let go, and so is what comes before the next keyframe.
    let mut number = 0u64;
    while !reading.is_finished() {
        let keyframe = number.is_multiple_of(5);
        let payload = Bytes::from(format!("frame {number}"));
        video.write(number * 33_333, payload, keyframe).unwrap();
        number += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let frames = reading.await.unwrap();
    for frame in &frames {
        let number = frame.timestamp / 33_333;
        assert_eq!(frame.payload, format!("frame {number}"));
        assert_eq!(frame.index as u64, number % 5);
    }
    assert!(
        frames
            .windows(2)
            .all(|pair| pair[0].timestamp < pair[1].timestamp)
    );
    assert_eq!(frames[0].index, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn audio_goes_in_groups_of_a_tenth_of_a_second() {
    let alice = host("Alice").await;
    let camera = LocalBroadcast::new();
    let mut audio = camera
        .add_audio("audio/opus-hq", AUDIO, Duration::from_millis(100))
        .unwrap();
    alice.room.publish("cam", &camera).await.unwrap();
    let mut bob = guest(&alice, "Bob").await;
    let broadcast = bob.expect_broadcast("cam").await;
    let mut reader = broadcast
        .media("audio/opus-hq", Duration::from_secs(1))
        .unwrap();
    let reading = tokio::spawn(async move {
        let mut indices = Vec::new();
        while indices.len() < 15 {
            indices.push(reader.read().await.unwrap().index);
        }
        indices
    });
    let mut number = 0;
    while !reading.is_finished() {
        audio
            .write(number * 20_000, Bytes::from_static(b"opus"), true)
            .unwrap();
        number += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(reading.await.unwrap().iter().max(), Some(&4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retracted_broadcast_ends_at_once_and_its_name_can_be_used_again() {
    let alice = host("Alice").await;
    let first = LocalBroadcast::new();
    alice.room.publish("cam", &first).await.unwrap();
    let taken = alice.room.publish("cam", &LocalBroadcast::new()).await;
    assert!(matches!(taken, Err(PublishError::NameTaken(_))));
    let mut bob = guest(&alice, "Bob").await;
    bob.expect_broadcast("cam").await;
    alice.room.unpublish("cam").await.unwrap();
    let second = LocalBroadcast::new();
    let _video = second.add_video("video/second-180p", VIDEO).unwrap();
    alice.room.publish("cam", &second).await.unwrap();
    bob.expect("BroadcastEnded", |event| {
        matches!(event, Event::BroadcastEnded { .. }).then_some(())
    })
    .await;
    let broadcast = bob.expect_broadcast("cam").await;
    assert!(broadcast.catalog().contains("video/second-180p"));
    assert!(matches!(
        alice.room.unpublish("screen").await,
        Err(PublishError::NotPublished(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_broadcast_is_retracted() {
    let alice = host("Alice").await;
    let camera = LocalBroadcast::new();
    alice.room.publish("cam", &camera).await.unwrap();
    let mut bob = guest(&alice, "Bob").await;
    let broadcast = bob.expect_broadcast("cam").await;
    drop(camera);
    assert_eq!(broadcast.closed().await, "retracted");
    bob.expect("the empty list", |event| match event {
        Event::RemoteAnnounced { broadcasts, .. } if broadcasts.is_empty() => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_changes_is_followed() {
    let alice = host("Alice").await;
    let camera = LocalBroadcast::new();
    alice.room.publish("cam", &camera).await.unwrap();
    let mut bob = guest(&alice, "Bob").await;
    let broadcast = bob.expect_broadcast("cam").await;
    let empty = broadcast.catalog();
    let mut video = camera.add_video("video/h264-180p", VIDEO).unwrap();
    let with_video = broadcast.next_catalog(&empty).await.unwrap();
    assert!(with_video.contains("avc3.42e01e"));
    video.finish();
    let without = broadcast.next_catalog(&with_video).await.unwrap();
    assert!(!without.contains("avc3.42e01e"));
    assert!(
        broadcast
            .media("video/h264-180p", Duration::from_secs(1))
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_is_read_on_demand_when_the_room_does_not_subscribe_by_itself() {
    let alice = host("Alice").await;
    let camera = LocalBroadcast::new();
    alice.room.publish("cam", &camera).await.unwrap();
    let options = RoomOptions {
        auto_subscribe: false,
        ..called("Bob")
    };
    let mut bob = guest_with(&alice, options).await;
    bob.expect("RemoteAnnounced", |event| match event {
        Event::BroadcastSubscribed { .. } => panic!("nobody asked for it"),
        Event::RemoteAnnounced { broadcasts, .. } if broadcasts == &["cam"] => Some(()),
        _ => None,
    })
    .await;
    let patience = Duration::from_secs(10);
    let broadcast = bob
        .live
        .subscribe(alice.live.id(), "cam", patience)
        .await
        .unwrap();
    assert_eq!(broadcast.name(), "cam");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_broadcasts_are_more_than_a_member_may_offer() {
    let alice = host("Alice").await;
    let mut offered = Vec::new();
    for number in 0..200 {
        let broadcast = LocalBroadcast::new();
        match alice.room.publish(&format!("b{number}"), &broadcast).await {
            Ok(()) => offered.push(broadcast),
            Err(refusal) => assert!(matches!(refusal, PublishError::State(_))),
        }
    }
    assert_eq!(offered.len(), 32);
    let mut bob = guest(&alice, "Bob").await;
    for _ in 0..32 {
        bob.expect("BroadcastSubscribed", |event| {
            matches!(event, Event::BroadcastSubscribed { .. }).then_some(())
        })
        .await;
    }
}
