import logging

import pytest

from roomful.rooms import Room
from roomful.rooms.events import ParticipantActive, ParticipantJoined, ParticipantLeft, RoomEvent
from roomful.rooms.model import LeaveReason
from tests.unit.rooms.scene import Witness, enter


def test_a_change_made_by_an_observer_is_told_after_the_event_it_answers(room: Room) -> None:
    def bouncer(event: RoomEvent) -> None:
        if isinstance(event, ParticipantJoined) and event.identity == "mallory":
            room.leave(event.sid, LeaveReason.PARTICIPANT_REMOVED, event.at)

    room.observers.add(bouncer)
    witness = Witness(room)
    enter(room, "alice")
    with pytest.raises(Exception, match="participant does not exist"):
        enter(room, "mallory")
    told = [type(event) for event in witness.events if getattr(event, "identity", "") == "mallory"]
    assert told == [ParticipantJoined, ParticipantLeft]
    assert room.find("mallory") is None


def test_all_observers_see_the_same_order(room: Room) -> None:
    first = Witness(room)

    def welcome(event: RoomEvent) -> None:
        if isinstance(event, ParticipantActive):
            room.set_metadata(f"latest: {event.identity}", event.at)

    room.observers.add(welcome)
    last = Witness(room)
    enter(room, "alice")
    enter(room, "bob")
    assert first.events == last.events
    assert [event.offset for event in first.events] == list(range(1, len(first.events) + 1))


def test_an_observer_is_told_nothing_from_before_it_came(room: Room) -> None:
    late: list[Witness] = []

    def usher(event: RoomEvent) -> None:
        if isinstance(event, ParticipantJoined) and not late:
            room.set_metadata("changed before the witness came", event.at)
            late.append(Witness(room))
            room.set_metadata("changed after", event.at)

    room.observers.add(usher)
    enter(room, "alice")
    assert late[0].names() == ["RoomUpdated", "ParticipantActive"]


def test_an_observer_is_told_nothing_after_it_went(room: Room) -> None:
    witness = Witness(room)

    def usher(event: RoomEvent) -> None:
        room.observers.discard(told.append)
        told_after.append(event)

    told: list[RoomEvent] = []
    told_after: list[RoomEvent] = []
    room.observers.add(usher)
    room.observers.add(told.append)
    enter(room, "alice")
    assert not told
    assert told_after == witness.events


def test_the_failure_of_one_observer_costs_nobody(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: RoomEvent) -> None:
        raise ZeroDivisionError

    room.observers.add(broken)
    witness = Witness(room)
    with caplog.at_level(logging.ERROR):
        enter(room, "alice")
    assert [type(event).__name__ for event in witness.events] == [
        "ParticipantJoined",
        "RoomUpdated",
        "ParticipantActive",
    ]
    assert room.observers.failures == 3
    assert "ZeroDivisionError" in caplog.text
