from typing import Any

import pytest

from roomful.rooms import JoinRequest, Permission, Room, RoomError, RoomErrorCode
from roomful.rooms.events import ParticipantActive, ParticipantJoined, ParticipantLeft, TrackUnpublished
from roomful.rooms.model import LeaveReason, ParticipantKind, ParticipantState, UnpublishReason
from tests.unit.rooms.scene import HIDDEN, START, Witness, enter, open_room, publish


def test_a_participant_is_joining_then_joined_then_active(room: Room, witness: Witness) -> None:
    alice = room.join(JoinRequest(identity="alice", name="Alice", protocol="livekit"), START)
    assert alice.state is ParticipantState.JOINING
    room.confirm_join(alice.sid)
    assert alice.state is ParticipantState.JOINED
    assert room.activate(alice.sid, START + 1)
    assert alice.state is ParticipantState.ACTIVE
    assert alice.active_at == START + 1
    joined = witness.only(ParticipantJoined)
    assert (joined.sid, joined.identity, joined.name, joined.protocol) == (alice.sid, "alice", "Alice", "livekit")
    assert witness.only(ParticipantActive).sid == alice.sid


def test_becoming_active_twice_is_told_once_and_confirming_late_does_not_step_back(
    room: Room, witness: Witness
) -> None:
    alice = enter(room, "alice")
    assert not room.activate(alice.sid, START + 1)
    room.confirm_join(alice.sid)
    assert alice.state is ParticipantState.ACTIVE
    witness.only(ParticipantActive)


def test_the_user_is_the_identity_unless_one_user_has_several(room: Room) -> None:
    assert enter(room, "alice").user_id == "alice"
    assert enter(room, "alice/phone", user_id="alice").user_id == "alice"


def test_leaving_takes_the_tracks_first_and_tells_the_reason(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice)
    witness.forget()
    assert room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, START + 1)
    assert witness.names()[:2] == ["TrackUnpublished", "ParticipantLeft"]
    gone = witness.only(TrackUnpublished)
    assert (gone.reason, gone.track.sid, gone.track.mime) == (UnpublishReason.PUBLISHER_LEFT, track.sid, "audio/opus")
    left = witness.only(ParticipantLeft)
    assert (left.identity, left.reason, left.replaced) == ("alice", LeaveReason.CLIENT_INITIATED, False)
    assert left.participant.state is ParticipantState.DISCONNECTED
    assert left.participant.active_at == START
    assert not room.participants
    assert not room.tracks
    assert room.find("alice") is None


def test_leaving_twice_is_no_event(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, START)
    witness.forget()
    assert not room.leave(alice.sid, LeaveReason.SIGNAL_CLOSE, START)
    assert not witness.events


def test_the_newer_session_of_an_identity_replaces_the_older(room: Room, witness: Witness) -> None:
    old = enter(room, "alice")
    publish(room, old)
    witness.forget()
    new = room.join(JoinRequest(identity="alice"), START + 1)
    left = witness.only(ParticipantLeft)
    assert (left.sid, left.reason, left.replaced) == (old.sid, LeaveReason.DUPLICATE_IDENTITY, True)
    assert witness.names() == ["TrackUnpublished", "ParticipantLeft", "ParticipantJoined"]
    assert new.sid != old.sid
    assert room.find("alice") is new
    assert list(room.participants) == [new.sid]


def test_a_full_room_refuses_the_next_one() -> None:
    room = open_room(max_participants=2)
    enter(room, "alice")
    enter(room, "bob")
    with pytest.raises(RoomError, match="room is full") as refusal:
        enter(room, "carol")
    assert refusal.value.code is RoomErrorCode.RESOURCE_EXHAUSTED
    assert room.find("carol") is None


def test_a_new_session_of_somebody_inside_gets_into_a_full_room() -> None:
    room = open_room(max_participants=1)
    enter(room, "alice")
    assert enter(room, "alice") is room.find("alice")


def test_a_duplicate_that_frees_no_place_does_not_get_into_a_full_room_and_the_old_one_stays() -> None:
    room = open_room(max_participants=1)
    enter(room, "alice")
    agent = enter(room, "helper", kind=ParticipantKind.AGENT)
    with pytest.raises(RoomError, match="room is full"):
        enter(room, "helper")
    assert room.find("helper") is agent


@pytest.mark.parametrize(
    "guest",
    [
        {"kind": ParticipantKind.AGENT},
        {"kind": ParticipantKind.EGRESS},
        {"permission": Permission(agent=True)},
        {"permission": Permission(recorder=True)},
    ],
)
def test_agents_and_recorders_take_no_place(guest: dict[str, Any]) -> None:
    room = open_room(max_participants=1)
    enter(room, "alice")
    enter(room, "guest", **guest)
    assert room.counts.num_participants == 1


def test_hidden_participants_take_a_place_and_nobody_sees_them() -> None:
    room = open_room(max_participants=2)
    alice = enter(room, "alice")
    ghost = enter(room, "ghost", permission=HIDDEN)
    assert room.others(alice.sid) == []
    assert room.others(ghost.sid) == [alice]
    with pytest.raises(RoomError, match="room is full"):
        enter(room, "bob")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (JoinRequest(identity=""), "identity cannot be empty"),
        (JoinRequest(identity="é" * 129), "participant identity length exceeds limits: max length 256"),
        (JoinRequest(identity="a", name="n" * 257), "participant name length exceeds limits: max length 256"),
        (JoinRequest(identity="a", metadata="m" * 65_537), "metadata size exceeds limits 65536"),
        (JoinRequest(identity="a", attributes={"k": "v" * 65_536}), "attributes size exceeds limits 65536"),
        (JoinRequest(identity="\ud800"), "participant identity is not valid Unicode text"),
    ],
)
def test_who_exceeds_a_limit_does_not_get_in(room: Room, witness: Witness, request_: JoinRequest, message: str) -> None:
    with pytest.raises(RoomError) as refusal:
        room.join(request_, START)
    assert (refusal.value.code, refusal.value.message) == (RoomErrorCode.INVALID_ARGUMENT, message)
    assert not room.participants
    assert not witness.events


def test_attributes_without_a_value_are_none(room: Room) -> None:
    assert enter(room, "alice", attributes={"a": "1", "b": ""}).attributes == {"a": "1"}


def test_who_is_not_here_cannot_be_found_by_any_name(room: Room) -> None:
    for look in (lambda: room.participant("PA_x"), lambda: room.with_identity("x"), lambda: room.track("TR_x")):
        with pytest.raises(RoomError, match="does not exist") as missing:
            look()
        assert missing.value.code is RoomErrorCode.NOT_FOUND
