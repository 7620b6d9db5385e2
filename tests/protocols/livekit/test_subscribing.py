"""What a participant receives, and how it says what it wants."""

from typing import Any

from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.rooms.permissions import Permission
from roomful.rooms.subscriptions import UNRESOLVED_TIMEOUT

from .stage import Player, Stage
from .test_publishing import LAYERS

Quality = models.VideoQuality


def settle(stage: Stage, player: Player, sid: str, **settings: Any) -> None:
    player.ask(track_setting=rtc.UpdateTrackSettings(track_sids=[sid], **settings))
    stage.advance(0.1)


def test_whoever_subscribes_automatically_gets_what_is_there_and_what_comes(stage: Stage) -> None:
    bob = stage.join("bob")
    first = bob.publish_microphone()
    alice = stage.join("alice")
    second = bob.publish("cam")
    assert [(c.peer, c.track, c.stream_id) for c in stage.media.named("subscribe")] == [
        (alice.session.peers.publisher, first.sid, f"{bob.sid}|{first.sid}"),
        (alice.session.peers.publisher, second.sid, f"{bob.sid}|{second.sid}"),
    ]


def test_the_subscriber_knows_the_publisher_before_it_is_told_of_the_track(stage: Stage) -> None:
    bob = stage.join("bob", active=False)
    alice = stage.join("alice")
    alice.client.forget()
    track = bob.publish()
    assert alice.client.kinds == ["update", "subscription_permission_update"]
    permission = alice.client.last("subscription_permission_update")
    assert (permission.participant_sid, permission.track_sid, permission.allowed) == (bob.sid, track.sid, True)


def test_who_does_not_subscribe_automatically_asks(stage: Stage) -> None:
    track = stage.join("bob").publish()
    alice = stage.join("alice", auto_subscribe=False)
    assert stage.media.named("subscribe") == []
    alice.ask(subscription=rtc.UpdateSubscription(track_sids=[track.sid], subscribe=True))
    assert stage.media.last("subscribe").track == track.sid


def test_tracks_can_be_named_by_participant(stage: Stage) -> None:
    track = stage.join("bob").publish()
    alice = stage.join("alice", auto_subscribe=False)
    named = models.ParticipantTracks(participant_sid=track.publisher, track_sids=[track.sid])
    alice.ask(subscription=rtc.UpdateSubscription(participant_tracks=[named], subscribe=True))
    assert stage.media.last("subscribe").track == track.sid


def test_an_unsubscribed_track_stays_so(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish()
    alice = stage.join("alice")
    alice.ask(subscription=rtc.UpdateSubscription(track_sids=[track.sid], subscribe=False))
    assert stage.media.last("unsubscribe").track == track.sid
    bob.ask(subscription_permission=rtc.SubscriptionPermission(all_participants=True))
    assert len(stage.media.named("subscribe")) == 1


def test_an_unknown_track_is_waited_for_and_then_given_up(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.ask(subscription=rtc.UpdateSubscription(track_sids=["TR_nowhere"], subscribe=True))
    stage.advance(UNRESOLVED_TIMEOUT - 1)
    assert "subscription_response" not in alice.client.kinds
    stage.advance(2)
    response = alice.client.last("subscription_response")
    assert (response.track_sid, response.err) == ("TR_nowhere", models.SubscriptionError.SE_TRACK_NOTFOUND)


def test_a_codec_that_the_client_cannot_decode_is_reported_and_not_tried_again(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish()
    alice = stage.join("alice")
    peer = alice.session.peers.publisher
    alice.engine(Event.SubscriptionFailed(peer=peer, track=track.sid, reason="codec"))
    response = alice.client.last("subscription_response")
    assert (response.track_sid, response.err) == (track.sid, models.SubscriptionError.SE_CODEC_UNSUPPORTED)
    bob.ask(mute=rtc.MuteTrackRequest(sid=track.sid, muted=True))
    assert len(stage.media.named("subscribe")) == 1
    for subscribe in (False, True):
        alice.ask(subscription=rtc.UpdateSubscription(track_sids=[track.sid], subscribe=subscribe))
    assert len(stage.media.named("subscribe")) == 2


def test_the_publisher_hears_of_the_first_subscriber_once(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish()
    hidden = stage.join("hidden", hidden=True)
    for watcher in (hidden, stage.join("alice"), stage.join("carol")):
        watcher.engine(Event.SubscriptionActive(peer=watcher.session.peers.publisher, track=track.sid))
        heard = len(bob.client.all("track_subscribed"))
        assert heard == (0 if watcher is hidden else 1)
    assert bob.client.last("track_subscribed").track_sid == track.sid


def test_without_settings_the_best_layer_is_sent(stage: Stage) -> None:
    stage.join("bob").publish(layers=LAYERS, rids=("q", "h", "f"))
    stage.join("alice")
    assert stage.media.last("set_subscription").max_spatial == 2


def test_a_client_that_adapts_starts_with_the_lowest(stage: Stage) -> None:
    stage.join("bob").publish(layers=LAYERS, rids=("q", "h", "f"))
    stage.join("alice", adaptive_stream=True)
    assert stage.media.last("set_subscription").max_spatial == 0


def test_settings_choose_the_layer(stage: Stage) -> None:
    track = stage.join("bob").publish(layers=LAYERS, rids=("q", "h", "f"))
    alice = stage.join("alice")
    settle(stage, alice, track.sid, quality=Quality.MEDIUM)
    assert stage.media.last("set_subscription").max_spatial == 1
    settle(stage, alice, track.sid, width=300, height=170)
    assert stage.media.last("set_subscription").max_spatial == 0


def test_settings_of_a_moment_are_applied_together(stage: Stage) -> None:
    track = stage.join("bob").publish(layers=LAYERS, rids=("q", "h", "f"))
    alice = stage.join("alice")
    stage.media.forget()
    for quality in (Quality.LOW, Quality.MEDIUM, Quality.LOW):
        alice.ask(track_setting=rtc.UpdateTrackSettings(track_sids=[track.sid], quality=quality))
    assert stage.media.commands == []
    stage.advance(0.1)
    assert [command.max_spatial for command in stage.media.commands] == [0]


def test_what_comes_into_sight_is_sent_at_once(stage: Stage) -> None:
    track = stage.join("bob").publish()
    alice = stage.join("alice")
    settle(stage, alice, track.sid, disabled=True)
    assert not stage.media.last("set_subscription").enabled
    alice.ask(track_setting=rtc.UpdateTrackSettings(track_sids=[track.sid], quality=Quality.HIGH))
    assert stage.media.last("set_subscription").enabled


def test_settings_for_a_track_to_come_are_remembered(stage: Stage) -> None:
    bob = stage.join("bob")
    alice = stage.join("alice")
    sid = bob.announce(layers=LAYERS)
    settle(stage, alice, sid, quality=Quality.LOW)
    bob.bind(sid, rids=("q", "h", "f"))
    assert stage.media.last("set_subscription").max_spatial == 0


def test_a_publisher_can_choose_its_audience(stage: Stage) -> None:
    bob, alice, carol = stage.join("bob"), stage.join("alice"), stage.join("carol")
    track = bob.publish()
    stage.media.forget()
    only_carol = rtc.TrackPermission(participant_identity="carol", all_tracks=True)
    bob.ask(subscription_permission=rtc.SubscriptionPermission(track_permissions=[only_carol]))
    assert [command.peer for command in stage.media.named("unsubscribe")] == [alice.session.peers.publisher]
    assert not alice.client.last("subscription_permission_update").allowed
    assert carol.client.last("subscription_permission_update").allowed
    bob.ask(subscription_permission=rtc.SubscriptionPermission(all_participants=True))
    assert alice.client.last("subscription_permission_update").allowed
    assert stage.media.last("subscribe").track == track.sid


def test_an_allow_list_holds_for_tracks_to_come(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    bob.ask(subscription_permission=rtc.SubscriptionPermission())
    bob.publish()
    assert stage.media.named("subscribe") == []
    assert not alice.client.last("subscription_permission_update").allowed


def test_recorders_cannot_be_locked_out(stage: Stage) -> None:
    bob = stage.join("bob")
    stage.join("recorder", recorder=True)
    bob.ask(subscription_permission=rtc.SubscriptionPermission())
    track = bob.publish()
    assert stage.media.last("subscribe").track == track.sid


def test_the_right_to_subscribe_can_go_and_come(stage: Stage) -> None:
    track = stage.join("bob").publish()
    for alice in (stage.join("alice"), stage.join("carol", single=False)):
        stage.media.forget()
        stage.room.update_participant(alice.sid, stage.now, permission=Permission(can_subscribe=False))
        assert [command.track for command in stage.media.named("unsubscribe")] == [track.sid]
        stage.room.update_participant(alice.sid, stage.now, permission=Permission())
        assert [command.track for command in stage.media.named("subscribe")] == [track.sid]


def test_who_joined_without_the_right_gets_a_subscriber_connection_with_it(stage: Stage) -> None:
    track = stage.join("bob").publish()
    alice = stage.join("alice", single=False, can_subscribe=False)
    assert stage.media.named("subscribe") == []
    stage.room.update_participant(alice.sid, stage.now, permission=Permission())
    assert alice.offered().type == "offer"
    assert (stage.media.last("subscribe").peer, stage.media.last("subscribe").track) == (
        alice.session.peers.subscriber,
        track.sid,
    )


def test_tracks_of_the_hidden_are_announced_to_nobody(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.client.forget()
    stage.join("hidden", hidden=True).publish()
    assert alice.client.kinds == []
    assert stage.media.named("subscribe") == []
