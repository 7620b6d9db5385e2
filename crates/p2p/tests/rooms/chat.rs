use roomful_p2p::{Event, LocalBroadcast, PublishError, Room};

use crate::world::{guest, host};

#[tokio::test(flavor = "multi_thread")]
async fn chat_goes_both_ways() {
    let mut alice = host("Alice").await;
    let _a = alice.open_chat("cam").await;
    let mut bob = guest(&alice, "Bob").await;
    let _b = bob.open_chat("cam").await;
    alice.expect_broadcast("cam").await;
    bob.expect_broadcast("cam").await;
    alice.room.send_chat("hello from Alice").await.unwrap();
    bob.room.send_chat("hello from Bob").await.unwrap();
    assert_eq!(bob.expect_text().await, "hello from Alice");
    assert_eq!(alice.expect_text().await, "hello from Bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_arrives_whole_and_in_order() {
    let alice = host("Alice").await;
    let _a = alice.open_chat("cam").await;
    let mut bob = guest(&alice, "Bob").await;
    bob.expect_broadcast("cam").await;
    // The subscription to chat has arrived once a message has.
    alice.room.send_chat("first").await.unwrap();
    assert_eq!(bob.expect_text().await, "first");
    for number in 0..30 {
        alice.room.send_chat(&number.to_string()).await.unwrap();
    }
    for number in 0..30 {
        assert_eq!(bob.expect_text().await, number.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_message_comes_to_a_newcomer_as_backlog() {
    let mut alice = host("Alice").await;
    let _a = alice.open_chat("cam").await;
    alice.room.send_chat("older than you").await.unwrap();
    let mut bob = guest(&alice, "Bob").await;
    let message = bob
        .expect("ChatReceived", |event| match event {
            Event::ChatReceived { message, .. } => Some(message.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        (message.text.as_str(), message.backlog),
        ("older than you", true)
    );
    assert_eq!(message.broadcast, "cam");
    alice.expect_joined("Bob").await;
    alice.room.send_chat("new").await.unwrap();
    let fresh = bob
        .expect("ChatReceived", |event| match event {
            Event::ChatReceived { message, .. } => Some(message.clone()),
            _ => None,
        })
        .await;
    assert_eq!((fresh.text.as_str(), fresh.backlog), ("new", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_switched_on_later_is_noticed() {
    let alice = host("Alice").await;
    let camera = LocalBroadcast::new();
    alice.room.publish("cam", &camera).await.unwrap();
    let mut bob = guest(&alice, "Bob").await;
    bob.expect_broadcast("cam").await;
    let chat = Room::enable_chat(&camera).unwrap();
    alice.room.set_chat_publisher(&chat).await.unwrap();
    alice.room.send_chat("can you hear me?").await.unwrap();
    assert_eq!(bob.expect_text().await, "can you hear me?");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_refused_by_name() {
    let alice = host("Alice").await;
    assert!(matches!(
        alice.room.send_chat("hello?").await,
        Err(PublishError::ChatDisabled)
    ));
    let broadcast = alice.open_chat("cam").await;
    assert!(matches!(
        alice.room.send_chat("").await,
        Err(PublishError::ChatLength(_))
    ));
    let long = "x".repeat(4097);
    assert!(matches!(
        alice.room.send_chat(&long).await,
        Err(PublishError::ChatLength(_))
    ));
    assert!(matches!(
        Room::enable_chat(&broadcast),
        Err(PublishError::TrackTaken(_))
    ));
}
