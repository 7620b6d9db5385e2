"""Whom a viewer follows, and which of his tracks it gets."""

import pytest

from roomful.protocols.whip.choice import Wish, followed, tracks_of
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track, TrackSpec

NOW = 1_700_000_000.0


@pytest.fixture
def room() -> Room:
    return Room("studio", "RM_1", RoomOptions(), NOW)


def show(room: Room, identity: str, *sources: TrackSource) -> list[Track]:
    participant = room.find(identity) or room.join(JoinRequest(identity=identity), NOW)
    tracks: list[Track] = []
    for source in sources:
        sound = source in (TrackSource.MICROPHONE, TrackSource.SCREEN_SHARE_AUDIO)
        kind = TrackKind.AUDIO if sound else TrackKind.VIDEO
        track = room.publish(participant.sid, TrackSpec(kind=kind, source=source), NOW)
        tracks.append(room.bind(track.sid, "", "0", NOW))
    return tracks


def everything(track: Track) -> bool:
    return track.published


def test_without_a_wish_the_first_with_a_picture_is_followed(room: Room) -> None:
    assert followed(room, Wish(), "", everything) == ""
    show(room, "silent")
    show(room, "voice", TrackSource.MICROPHONE)
    assert followed(room, Wish(), "", everything) == "voice"
    show(room, "camera", TrackSource.CAMERA)
    assert followed(room, Wish(), "", everything) == "camera"


def test_who_is_followed_stays_followed_until_he_leaves(room: Room) -> None:
    (track,) = show(room, "alice", TrackSource.CAMERA)
    show(room, "bob", TrackSource.CAMERA)
    room.unpublish(track.sid, NOW)
    assert followed(room, Wish(), "alice", everything) == "alice"
    room.leave(room.with_identity("alice").sid, LeaveReason.CLIENT_INITIATED, NOW)
    assert followed(room, Wish(), "alice", everything) == "bob"


def test_who_is_wished_for_is_waited_for(room: Room) -> None:
    show(room, "bob", TrackSource.CAMERA)
    assert followed(room, Wish(participant="alice"), "", everything) == "alice"
    assert tracks_of(room.find("alice"), Wish(participant="alice"), everything) == {}


def test_a_shared_screen_goes_before_the_camera_and_the_microphone_before_its_sound(room: Room) -> None:
    show(room, "alice", TrackSource.SCREEN_SHARE_AUDIO, TrackSource.CAMERA, TrackSource.MICROPHONE)
    best = tracks_of(room.find("alice"), Wish(), everything)
    assert {track.source for track in best.values()} == {TrackSource.CAMERA, TrackSource.MICROPHONE}
    (screen,) = show(room, "alice", TrackSource.SCREEN_SHARE)
    assert tracks_of(room.find("alice"), Wish(), everything)[TrackKind.VIDEO] is screen


def test_a_track_that_is_wished_for_comes_alone(room: Room) -> None:
    camera, _ = show(room, "alice", TrackSource.CAMERA, TrackSource.MICROPHONE)
    wish = Wish(track=camera.sid)
    assert followed(room, wish, "", everything) == "alice"
    assert tracks_of(room.find("alice"), wish, everything) == {TrackKind.VIDEO: camera}


def test_what_may_not_be_had_is_not_chosen(room: Room) -> None:
    show(room, "alice", TrackSource.CAMERA)
    assert followed(room, Wish(), "", lambda track: False) == ""


def test_in_a_room_with_a_mixer_the_mix_is_followed_whatever_is_wished(room: Room) -> None:
    show(room, "alice", TrackSource.CAMERA)
    show(room, "mix", TrackSource.CAMERA, TrackSource.MICROPHONE)
    room.set_mixer(room.with_identity("mix").sid, NOW)
    assert followed(room, Wish(participant="alice"), "alice", everything) == "mix"
