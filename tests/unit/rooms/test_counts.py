from roomful.rooms import Permission, Room
from roomful.rooms.census import Counts
from roomful.rooms.events import RoomUpdated
from roomful.rooms.model import LeaveReason, ParticipantKind
from tests.unit.rooms.scene import HIDDEN, START, Witness, announce, enter, publish


def test_agents_are_not_counted_and_hidden_participants_are(room: Room) -> None:
    enter(room, "alice")
    enter(room, "ghost", permission=HIDDEN)
    enter(room, "agent", kind=ParticipantKind.AGENT)
    assert room.counts == Counts(num_participants=2, num_publishers=0, active_recording=False)


def test_a_publisher_is_who_has_a_bound_track(room: Room) -> None:
    alice = enter(room, "alice")
    track = announce(room, alice)
    assert room.counts.num_publishers == 0
    room.bind(track.sid, "audio/opus", "0", START)
    second = publish(room, alice)
    assert room.counts.num_publishers == 1
    room.unpublish(track.sid, START)
    assert room.counts.num_publishers == 1
    room.unpublish(second.sid, START)
    assert room.counts.num_publishers == 0


def test_a_room_with_a_recorder_is_being_recorded(room: Room) -> None:
    recorder = enter(room, "recorder", kind=ParticipantKind.EGRESS)
    assert room.counts.active_recording
    room.leave(recorder.sid, LeaveReason.CLIENT_INITIATED, START)
    assert not room.counts.active_recording


def test_a_new_permission_can_change_what_somebody_counts_as(room: Room) -> None:
    alice = enter(room, "alice")
    room.update_participant(alice.sid, START, permission=Permission(recorder=True))
    assert room.counts == Counts(num_participants=0, num_publishers=0, active_recording=True)
    room.update_participant(alice.sid, START, permission=Permission())
    assert room.counts == Counts(num_participants=1, num_publishers=0, active_recording=False)


def test_the_first_change_is_told_at_once_and_further_ones_after_five_seconds(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice", START)
    assert witness.only(RoomUpdated).changed == {"num_participants"}
    enter(room, "bob", START + 1)
    publish(room, alice, now=START + 2)
    room.tick(START + 4)
    witness.only(RoomUpdated)
    assert room.deadline() == START + 5
    room.tick(START + 5)
    assert witness.of(RoomUpdated)[1].changed == {"num_participants", "num_publishers"}


def test_a_change_that_was_undone_before_it_was_told_is_no_news(room: Room, witness: Witness) -> None:
    enter(room, "alice", START)
    bob = enter(room, "bob", START + 1)
    room.leave(bob.sid, LeaveReason.CLIENT_INITIATED, START + 2)
    room.tick(START + 10)
    witness.only(RoomUpdated)


def test_new_metadata_is_told_at_once(room: Room, witness: Witness) -> None:
    assert room.set_metadata("topic", START)
    assert witness.only(RoomUpdated).changed == {"metadata"}
    assert not room.set_metadata("topic", START)
    assert room.set_metadata("", START)
    assert room.metadata == ""
