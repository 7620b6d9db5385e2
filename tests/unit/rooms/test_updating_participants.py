import pytest

from roomful.rooms import Permission, Room, RoomError, RoomErrorCode
from roomful.rooms.events import ParticipantUpdated, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import TrackSource, UnpublishReason
from tests.unit.rooms.scene import START, Witness, announce, enter, publish


def test_what_is_not_mentioned_stays_as_it_is(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice", name="Alice", metadata="m", attributes={"a": "1"})
    assert room.update_participant(alice.sid, START, metadata="") == {"metadata"}
    assert (alice.name, alice.metadata, alice.attributes) == ("Alice", "", {"a": "1"})
    assert witness.only(ParticipantUpdated).changed == {"metadata"}


def test_attributes_are_merged_and_an_empty_value_deletes(room: Room) -> None:
    alice = enter(room, "alice", attributes={"a": "1", "b": "2"})
    room.update_participant(alice.sid, START, attributes={"a": "", "c": "3", "missing": ""})
    assert alice.attributes == {"b": "2", "c": "3"}


def test_a_change_to_the_same_is_no_event(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice", name="Alice", attributes={"a": "1"})
    witness.forget()
    version = alice.version
    same = room.update_participant(
        alice.sid, START, name="Alice", metadata="", attributes={"a": "1", "x": ""}, permission=Permission()
    )
    assert same == frozenset()
    assert not witness.events
    assert alice.version == version


def test_the_version_grows_with_each_change(room: Room) -> None:
    alice = enter(room, "alice")
    before = alice.version
    room.update_participant(alice.sid, START, name="Alice")
    room.update_participant(alice.sid, START, name="Alicia")
    assert alice.version == before + 2


def test_only_who_may_changes_its_own_data(room: Room) -> None:
    alice = enter(room, "alice")
    with pytest.raises(RoomError, match="does not have permission to update own metadata") as refusal:
        room.update_participant(alice.sid, START, name="Alice", by_itself=True)
    assert refusal.value.code is RoomErrorCode.PERMISSION_DENIED
    room.update_participant(alice.sid, START, permission=Permission(can_update_metadata=True))
    assert room.update_participant(alice.sid, START, name="Alice", by_itself=True) == {"name"}


def test_attributes_count_together_with_those_already_there(room: Room) -> None:
    alice = enter(room, "alice", attributes={"a": "x" * 60_000})
    with pytest.raises(RoomError, match="attributes size exceeds limits 65536"):
        room.update_participant(alice.sid, START, name="Alice", attributes={"b": "x" * 6_000})
    assert (alice.name, list(alice.attributes)) == ("", ["a"])


def test_losing_the_right_to_publish_takes_the_tracks(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    published = publish(room, alice)
    announced = announce(room, alice, TrackSource.CAMERA)
    room.update_participant(alice.sid, START, permission=Permission(can_publish=False))
    unpublished = witness.only(TrackUnpublished)
    assert (unpublished.sid, unpublished.reason) == (published.sid, UnpublishReason.PERMISSION_LOST)
    withdrawn = witness.only(TrackWithdrawn)
    assert (withdrawn.sid, withdrawn.reason) == (announced.sid, UnpublishReason.PERMISSION_LOST)
    assert not alice.tracks
    assert not room.tracks


def test_losing_one_source_takes_only_its_tracks(room: Room) -> None:
    alice = enter(room, "alice")
    microphone = publish(room, alice, TrackSource.MICROPHONE)
    publish(room, alice, TrackSource.SCREEN_SHARE)
    publish(room, alice, TrackSource.UNKNOWN)
    only_microphone = Permission(can_publish_sources=frozenset({TrackSource.MICROPHONE}))
    room.update_participant(alice.sid, START, permission=only_microphone)
    assert list(room.tracks) == [microphone.sid]


@pytest.mark.parametrize("hidden", [True, False])
def test_toggling_hidden_is_a_change_of_visibility(room: Room, witness: Witness, *, hidden: bool) -> None:
    alice = enter(room, "alice", permission=Permission(hidden=not hidden))
    room.update_participant(alice.sid, START, permission=Permission(hidden=hidden))
    assert witness.only(ParticipantUpdated).changed == {"permission", "visibility"}


def test_nobody_can_be_changed_who_is_not_here(room: Room) -> None:
    with pytest.raises(RoomError, match="participant does not exist"):
        room.update_participant("PA_x", START, name="x")
