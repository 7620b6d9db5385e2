import pytest

from roomful.rooms import Room, RoomDefaults, RoomError, RoomErrorCode
from roomful.rooms.events import TrackMuted
from roomful.rooms.model import SERVER
from tests.unit.rooms.scene import START, Witness, announce, enter, open_room, publish


def test_a_publisher_mutes_and_unmutes_its_track(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice)
    assert room.mute(track.sid, True, alice.sid, START)
    assert (track.muted, track.muted_by) == (True, alice.sid)
    assert room.mute(track.sid, False, alice.sid, START)
    assert (track.muted, track.muted_by) == (False, None)
    assert [(told.sid, told.muted, told.by) for told in witness.of(TrackMuted)] == [
        (track.sid, True, alice.sid),
        (track.sid, False, alice.sid),
    ]


def test_muting_what_is_muted_is_no_event(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice, muted=True)
    assert track.muted_by == alice.sid
    assert not room.mute(track.sid, True, SERVER, START)
    assert not witness.of(TrackMuted)


def test_the_mute_of_an_announced_track_is_kept_for_its_binding(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = announce(room, alice)
    room.mute(track.sid, True, alice.sid, START)
    assert not witness.of(TrackMuted)
    assert room.bind(track.sid, "audio/opus", "0", START).muted


def test_the_publisher_is_told_when_the_server_mutes_its_announced_track(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = announce(room, alice)
    room.mute(track.sid, True, SERVER, START)
    assert witness.only(TrackMuted).by == SERVER


def test_the_server_mutes_but_does_not_unmute(room: Room) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice)
    room.mute(track.sid, True, SERVER, START)
    with pytest.raises(RoomError, match="remote unmute not enabled") as refusal:
        room.mute(track.sid, False, SERVER, START)
    assert refusal.value.code is RoomErrorCode.FAILED_PRECONDITION
    assert track.muted
    assert room.mute(track.sid, False, alice.sid, START)


def test_the_server_unmutes_where_that_is_enabled() -> None:
    room = open_room(RoomDefaults(enable_remote_unmute=True))
    track = publish(room, enter(room, "alice"), muted=True)
    assert room.mute(track.sid, False, SERVER, START)
    assert not track.muted


def test_a_track_that_is_not_there_cannot_be_muted(room: Room) -> None:
    with pytest.raises(RoomError, match="track does not exist"):
        room.mute("TR_x", True, SERVER, START)
