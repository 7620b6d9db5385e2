import pytest

from roomful.rooms import JoinRequest, Room, RoomDefaults, RoomError, RoomErrorCode, RoomOptions
from roomful.rooms.events import ParticipantLeft, RoomClosed, RoomClosing, RoomEvent
from roomful.rooms.model import LeaveReason, ParticipantKind, RoomPhase
from tests.unit.rooms.scene import HIDDEN, START, Witness, enter, open_room, publish


def leave(room: Room, identity: str, now: float) -> None:
    room.leave(room.with_identity(identity).sid, LeaveReason.CLIENT_INITIATED, now)


def test_a_room_that_nobody_joins_closes_after_its_empty_timeout() -> None:
    room = open_room(empty_timeout=30)
    witness = Witness(room)
    room.tick(START + 29.9)
    assert room.is_open
    room.tick(START + 30)
    assert room.phase is RoomPhase.CLOSED
    assert witness.only(RoomClosed).reason is LeaveReason.ROOM_CLOSED


def test_a_room_closes_its_departure_timeout_after_the_last_one_left() -> None:
    room = open_room(departure_timeout=20, empty_timeout=300)
    enter(room, "alice", START + 100)
    enter(room, "bob", START + 100)
    leave(room, "alice", START + 200)
    leave(room, "bob", START + 210)
    room.tick(START + 229)
    assert room.is_open
    room.tick(START + 230)
    assert not room.is_open


def test_who_comes_back_keeps_the_room_open() -> None:
    room = open_room(departure_timeout=20)
    enter(room, "alice")
    leave(room, "alice", START + 1)
    enter(room, "bob", START + 15)
    room.tick(START + 100)
    assert room.is_open
    assert room.deadline() is None


def test_zero_means_the_servers_timeouts(room: Room) -> None:
    assert (room.options.empty_timeout, room.options.departure_timeout) == (300, 20)
    assert room.deadline() == START + 300


def test_an_agent_alone_does_not_keep_a_room_open_and_is_told_that_it_closed() -> None:
    room = open_room(departure_timeout=20)
    witness = Witness(room)
    enter(room, "alice")
    enter(room, "agent", kind=ParticipantKind.AGENT)
    leave(room, "alice", START)
    witness.forget()
    room.tick(START + 20)
    assert witness.only(ParticipantLeft).reason is LeaveReason.ROOM_CLOSED
    assert not room.is_open


def test_an_agent_that_came_first_does_not_start_the_departure_clock() -> None:
    room = open_room(departure_timeout=20, empty_timeout=300)
    enter(room, "agent", kind=ParticipantKind.AGENT)
    leave(room, "agent", START)
    room.tick(START + 100)
    assert room.is_open


def test_a_hidden_participant_keeps_a_room_open() -> None:
    room = open_room(departure_timeout=20)
    enter(room, "alice")
    enter(room, "ghost", permission=HIDDEN)
    leave(room, "alice", START)
    room.tick(START + 100)
    assert room.is_open


def test_who_does_not_become_active_within_a_minute_is_removed(room: Room, witness: Witness) -> None:
    room.join(JoinRequest(identity="stuck"), START)
    enter(room, "alice", START + 1)
    room.tick(START + 59)
    assert room.find("stuck")
    room.tick(START + 60)
    left = witness.only(ParticipantLeft)
    assert (left.identity, left.reason) == ("stuck", LeaveReason.JOIN_FAILURE)
    assert left.participant.active_at is None
    assert room.find("alice")


def test_closing_says_good_bye_first_then_empties_the_room(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    publish(room, alice)
    enter(room, "bob")
    witness.forget()
    assert room.close(LeaveReason.ROOM_DELETED, START + 1)
    assert witness.names() == ["RoomClosing", "TrackUnpublished", "ParticipantLeft", "ParticipantLeft", "RoomClosed"]
    assert {left.reason for left in witness.of(ParticipantLeft)} == {LeaveReason.ROOM_DELETED}
    assert not room.participants
    assert not room.tracks
    assert not room.close(LeaveReason.ROOM_DELETED, START + 2)


def test_everybody_is_still_inside_when_the_good_bye_is_said(room: Room) -> None:
    enter(room, "alice")
    inside: list[int] = []

    def session(event: RoomEvent) -> None:
        if isinstance(event, RoomClosing):
            inside.append(len(room.participants))
            room.observers.discard(session)

    room.observers.add(session)
    witness = Witness(room)
    room.close(LeaveReason.SERVER_SHUTDOWN, START)
    assert inside == [1]
    witness.only(RoomClosed)


def test_a_session_that_leaves_at_the_good_bye_leaves_once(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")

    def session(event: RoomEvent) -> None:
        if isinstance(event, RoomClosing):
            room.leave(alice.sid, event.reason, event.at)

    room.observers.add(session)
    room.close(LeaveReason.ROOM_DELETED, START)
    witness.only(ParticipantLeft)
    witness.only(RoomClosed)


def test_nobody_enters_a_closed_room_and_nothing_in_it_changes(room: Room) -> None:
    alice = enter(room, "alice")
    room.close(LeaveReason.ROOM_DELETED, START)
    for change in (
        lambda: enter(room, "bob"),
        lambda: room.set_metadata("x", START),
        lambda: room.update_participant(alice.sid, START, name="x"),
        lambda: room.send_data(alice.sid, b"x", START),
    ):
        with pytest.raises(RoomError, match="room is closed") as refusal:
            change()
        assert refusal.value.code is RoomErrorCode.FAILED_PRECONDITION
    room.tick(START + 1000)
    assert room.deadline() is None


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("", RoomOptions(), "room name cannot be empty"),
        ("r" * 257, RoomOptions(), "room name length exceeds limits: max length 256"),
        ("r", RoomOptions(metadata="m" * 65_537), "metadata size exceeds limits 65536"),
        ("r", RoomOptions(empty_timeout=-1), "empty_timeout cannot be negative"),
    ],
)
def test_a_room_that_exceeds_a_limit_is_not_opened(name: str, options: RoomOptions, message: str) -> None:
    with pytest.raises(RoomError) as refusal:
        Room(name, "RM_r", options, START)
    assert (refusal.value.code, refusal.value.message) == (RoomErrorCode.INVALID_ARGUMENT, message)


def test_the_servers_limit_of_participants_holds_for_rooms_that_set_none() -> None:
    room = open_room(RoomDefaults(max_participants=1))
    enter(room, "alice")
    with pytest.raises(RoomError, match="room is full"):
        enter(room, "bob")
