import pytest

from roomful.rooms import Room, RoomDefaults
from roomful.rooms.event_log import EventLog
from roomful.rooms.events import ParticipantLeft, RoomUpdated
from roomful.rooms.model import LeaveReason
from tests.unit.rooms.scene import START, Witness, enter, open_room


def test_facts_are_numbered_from_one_without_a_gap(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    room.set_metadata("x", START)
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, START)
    assert [event.offset for event in witness.events] == list(range(1, room.log.last + 1))
    assert room.log.since(0) == witness.events


def test_a_reader_that_was_away_gets_what_it_missed(room: Room) -> None:
    bob = enter(room, "bob")
    seen = room.log.last
    room.leave(bob.sid, LeaveReason.CLIENT_INITIATED, START)
    assert room.log.covers(seen)
    assert [fact.identity for fact in room.log.since(seen) if isinstance(fact, ParticipantLeft)] == ["bob"]
    assert room.log.since(room.log.last) == []


def test_the_log_forgets_the_oldest_and_admits_it() -> None:
    room = open_room(RoomDefaults(log_length=3))
    for number in range(5):
        room.set_metadata(str(number), START)
    assert [fact.offset for fact in room.log.since(0)] == [3, 4, 5]
    assert room.log.covers(2)
    assert not room.log.covers(1)


def test_an_empty_log_misses_nothing() -> None:
    log = EventLog(10)
    assert log.covers(0)
    assert log.since(0) == []


def test_a_wrong_offset_is_a_bug_and_says_so() -> None:
    log = EventLog(10)
    with pytest.raises(ValueError, match="offset 2 does not follow 0"):
        log.append(RoomUpdated(offset=2, at=START, changed=frozenset()))
