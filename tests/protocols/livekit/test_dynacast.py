"""Publishers hear which layers anybody wants."""

from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.rooms.model import LeaveReason, ParticipantKind
from roomful.rooms.participant import JoinRequest

from .stage import Player, Stage
from .test_publishing import LAYERS

Quality = models.VideoQuality


def wanted(publisher: Player) -> list[bool]:
    """Whether LOW, MEDIUM and HIGH are wanted, as the publisher was told last."""
    update = publisher.client.last("subscribed_quality_update")
    assert [codec.codec for codec in update.subscribed_codecs] == ["vp8"]
    flags = [quality.enabled for quality in update.subscribed_qualities]
    assert flags == [quality.enabled for quality in update.subscribed_codecs[0].qualities]
    return flags


def watch(stage: Stage, watcher: Player, sid: str, quality: Quality) -> None:
    watcher.ask(track_setting=rtc.UpdateTrackSettings(track_sids=[sid], quality=quality))
    stage.advance(0.1)


def test_nobody_is_told_of_demand_before_there_is_any(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    stage.advance(60)
    assert "subscribed_quality_update" not in bob.client.kinds


def test_the_first_subscriber_asks_for_what_it_wants(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    stage.join("alice", adaptive_stream=True)
    assert wanted(bob) == [True, False, False]
    stage.join("carol")
    assert wanted(bob) == [True, True, True]


def test_less_demand_is_told_late_and_more_at_once(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    alice = stage.join("alice")
    bob.client.forget()
    watch(stage, alice, track.sid, Quality.LOW)
    stage.advance(4.8)
    assert bob.client.all("subscribed_quality_update") == []
    stage.advance(0.2)
    assert wanted(bob) == [True, False, False]
    watch(stage, alice, track.sid, Quality.MEDIUM)
    assert wanted(bob) == [True, True, False]


def test_who_comes_back_in_time_causes_nothing(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    alice = stage.join("alice")
    bob.client.forget()
    watch(stage, alice, track.sid, Quality.LOW)
    stage.advance(3)
    watch(stage, alice, track.sid, Quality.HIGH)
    stage.advance(60)
    assert bob.client.all("subscribed_quality_update") == []


def test_when_nobody_is_left_nothing_is_wanted(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    alice = stage.join("alice")
    alice.ask(leave=rtc.LeaveRequest())
    stage.advance(5)
    assert wanted(bob) == [False, False, False]


def test_who_subscribes_by_another_protocol_wants_the_whole_track_until_it_leaves(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    alice = stage.join("alice")
    watch(stage, alice, track.sid, Quality.LOW)
    recorder = stage.room.join(JoinRequest(identity="EG_1", kind=ParticipantKind.EGRESS), stage.now)
    stage.room.subscribe(recorder.sid, [track.sid], stage.now)
    alice.ask(leave=rtc.LeaveRequest())
    stage.advance(30)
    assert wanted(bob) == [True, True, True]
    stage.room.leave(recorder.sid, LeaveReason.CLIENT_INITIATED, stage.now)
    stage.advance(5)
    assert wanted(bob) == [False, False, False]


def test_audio_is_always_wanted(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.publish_microphone()
    stage.join("alice")
    stage.advance(10)
    assert "subscribed_quality_update" not in bob.client.kinds


def test_a_track_that_is_gone_is_forgotten(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    stage.join("alice")
    bob.engine(Event.TrackUnbound(peer=bob.session.peers.publisher, track=track.sid))
    bob.client.forget()
    stage.advance(10)
    assert bob.client.all("subscribed_quality_update") == []
