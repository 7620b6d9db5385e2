"""A participant appears in another room too."""

import pytest
from livekit.protocol import models, rtc

from roomful.protocols.livekit.forwarding import Forwards
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import SERVER, LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.room import Room

from .stage import START, Player, Stage

KindDetail = models.ParticipantInfo.KindDetail


@pytest.fixture
def other(stage: Stage) -> Room:
    return stage.rooms.create("other", RoomOptions(), START)


@pytest.fixture
def forwarding(stage: Stage) -> Forwards:
    return Forwards(stage.media, stage.sessions, lambda: stage.now)


@pytest.fixture
def alice(stage: Stage) -> Player:
    return stage.join("alice", can_update_own_metadata=True)


def forward(stage: Stage, forwarding: Forwards, player: Player, target: Room) -> None:
    forwarding.start(stage.room, player.participant, target, stage.now)


def subscribed(stage: Stage, player: Player) -> list[str]:
    return [one.track for one in stage.media.named("subscribe") if one.peer == player.session.data_peer]


def test_its_tracks_can_be_had_in_the_other_room(
    stage: Stage, forwarding: Forwards, alice: Player, other: Room
) -> None:
    viewer = stage.join("viewer", room="other")
    camera = alice.publish("cam")
    forward(stage, forwarding, alice, other)
    microphone = alice.publish_microphone()

    info = viewer.client.last("update").participants[0]
    assert (info.identity, list(info.kind_details)) == ("alice", [KindDetail.FORWARDED])
    assert {track.sid for track in info.tracks} == {camera.sid, microphone.sid}
    assert subscribed(stage, viewer) == [camera.sid, microphone.sid]
    assert alice.sid in stage.room.participants
    # It stays one participant in its own room, and receives nothing of the other one.
    viewer.publish("theirs")
    assert subscribed(stage, alice) == []


def test_all_layers_are_sent_for_the_other_room(stage: Stage, forwarding: Forwards, alice: Player, other: Room) -> None:
    camera = alice.publish("cam", rids=("q", "h"))
    forward(stage, forwarding, alice, other)
    update: rtc.SubscribedQualityUpdate = alice.client.last("subscribed_quality_update")
    assert update.track_sid == camera.sid
    assert all(quality.enabled for quality in update.subscribed_qualities)


def test_what_happens_to_it_is_seen_there(stage: Stage, forwarding: Forwards, alice: Player, other: Room) -> None:
    viewer = stage.join("viewer", room="other")
    camera = alice.publish("cam")
    forward(stage, forwarding, alice, other)
    alice.ask(update_metadata=rtc.UpdateParticipantMetadata(name="Al", metadata="m", attributes={"a": "1"}))
    info = viewer.client.last("update").participants[0]
    assert (info.name, info.metadata, dict(info.attributes)) == ("Al", "m", {"a": "1"})
    alice.ask(update_metadata=rtc.UpdateParticipantMetadata(attributes={"a": ""}))
    assert dict(viewer.client.last("update").participants[0].attributes) == {}
    alice.ask(mute=rtc.MuteTrackRequest(sid=camera.sid, muted=True))
    assert viewer.client.last("update").participants[0].tracks[0].muted


def test_it_is_heard_to_speak_there(stage: Stage, forwarding: Forwards, alice: Player, other: Room) -> None:
    viewer = stage.join("viewer", room="other")
    microphone = alice.publish_microphone()
    forward(stage, forwarding, alice, other)
    stage.room.set_speakers([(microphone.sid, 0.5)], stage.now)
    [speaker] = viewer.client.last("speakers_changed").speakers
    assert (speaker.sid, speaker.active) == (other.with_identity("alice").sid, True)
    stage.room.set_speakers([(microphone.sid, 0.0)], stage.now)
    assert not viewer.client.last("speakers_changed").speakers[0].active


@pytest.mark.parametrize("end", ["it leaves", "it is removed there", "its room closes", "it unpublishes"])
def test_the_media_ends_there(stage: Stage, forwarding: Forwards, alice: Player, other: Room, end: str) -> None:
    viewer = stage.join("viewer", room="other")
    camera = alice.publish("cam")
    forward(stage, forwarding, alice, other)
    stand_in = other.with_identity("alice").sid
    match end:
        case "it leaves":
            alice.ask(leave=rtc.LeaveRequest())
        case "it is removed there":
            other.leave(stand_in, LeaveReason.PARTICIPANT_REMOVED, stage.now)
        case "its room closes":
            stage.room.close(LeaveReason.ROOM_DELETED, stage.now)
        case _:
            stage.room.unpublish(camera.sid, stage.now)
    assert stage.media.last("withdraw_track").arguments == {"track": camera.sid, "room": other.sid}
    assert stage.media.last("unshare_track").track == camera.sid
    assert camera.sid not in other.tracks
    assert (stand_in in other.participants) is (end == "it unpublishes")
    assert len(forwarding) == (end == "it unpublishes")
    if end == "it is removed there":
        assert camera.sid in stage.room.tracks
        assert not alice.session.ended
        assert viewer.client.last("update").participants[0].state == models.ParticipantInfo.State.DISCONNECTED


def test_a_track_that_is_muted_there_is_taken_away_there(
    stage: Stage, forwarding: Forwards, alice: Player, other: Room
) -> None:
    camera = alice.publish("cam")
    forward(stage, forwarding, alice, other)
    other.mute(camera.sid, True, SERVER, stage.now)
    assert camera.sid not in other.tracks
    assert not camera.muted
    assert stage.media.named("withdraw_track")
    assert stage.media.named("set_track_muted") == []


def test_it_is_forwarded_to_several_rooms(stage: Stage, forwarding: Forwards, alice: Player, other: Room) -> None:
    third = stage.rooms.create("third", RoomOptions(), START)
    camera = alice.publish("cam")
    for target in (other, third, other):
        forward(stage, forwarding, alice, target)
    assert len(forwarding) == 2
    other.close(LeaveReason.ROOM_DELETED, stage.now)
    assert stage.media.named("unshare_track") == []
    assert camera.sid in third.tracks


def test_nobody_is_pushed_out_by_it(stage: Stage, forwarding: Forwards, alice: Player, other: Room) -> None:
    stage.join("alice", room="other")
    with pytest.raises(RoomError) as refused:
        forward(stage, forwarding, alice, other)
    assert refused.value.code is RoomErrorCode.ALREADY_EXISTS


def test_what_the_engine_cannot_do_is_refused(stage: Stage, forwarding: Forwards, alice: Player, other: Room) -> None:
    stage.media.all_together = False
    with pytest.raises(RoomError) as refused:
        forward(stage, forwarding, alice, other)
    assert refused.value.code is RoomErrorCode.FAILED_PRECONDITION
    assert other.find("alice") is None


def test_a_forwarded_one_is_not_forwarded_further(
    stage: Stage, forwarding: Forwards, alice: Player, other: Room
) -> None:
    forward(stage, forwarding, alice, other)
    with pytest.raises(RoomError) as refused:
        forwarding.start(other, other.with_identity("alice"), stage.room, stage.now)
    assert refused.value.code is RoomErrorCode.FAILED_PRECONDITION
