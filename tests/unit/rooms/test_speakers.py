import pytest

from roomful.rooms import Participant, Permission, Room
from roomful.rooms.events import Speaker, SpeakersChanged
from roomful.rooms.model import LeaveReason, TrackSource
from tests.unit.rooms.scene import HIDDEN, START, Witness, announce, enter, publish


@pytest.fixture
def alice(room: Room) -> Participant:
    return enter(room, "alice")


@pytest.fixture
def bob(room: Room) -> Participant:
    return enter(room, "bob")


def told(witness: Witness) -> list[tuple[Speaker, ...]]:
    return [event.speakers for event in witness.of(SpeakersChanged)]


def speaker(participant: Participant, level: float) -> Speaker:
    return Speaker(sid=participant.sid, level=level, active=level > 0)


def test_the_loudest_come_first_in_eighths(room: Room, witness: Witness, alice: Participant, bob: Participant) -> None:
    quiet, loud = publish(room, alice), publish(room, bob)
    room.set_speakers([(quiet.sid, 0.1), (loud.sid, 0.6)], START)
    assert told(witness) == [(speaker(bob, 0.625), speaker(alice, 0.125))]
    assert room.speaking() == {alice.sid: 0.125, bob.sid: 0.625}


def test_only_changes_are_told(room: Room, witness: Witness, alice: Participant, bob: Participant) -> None:
    first, second = publish(room, alice), publish(room, bob)
    room.set_speakers([(first.sid, 0.60), (second.sid, 0.3)], START)
    room.set_speakers([(first.sid, 0.61), (second.sid, 0.3)], START + 0.4)
    room.set_speakers([(first.sid, 0.61), (second.sid, 0.0)], START + 0.8)
    assert told(witness)[1:] == [(speaker(bob, 0.0),)]


def test_below_thirty_five_decibels_is_silence(room: Room, witness: Witness, alice: Participant) -> None:
    track = publish(room, alice)
    room.set_speakers([(track.sid, 0.0177)], START)
    assert told(witness) == []
    room.set_speakers([(track.sid, 0.0178)], START)
    assert told(witness) == [(speaker(alice, 0.125),)]


def test_somebody_is_as_loud_as_the_loudest_of_its_microphones(
    room: Room, witness: Witness, alice: Participant
) -> None:
    first, second = publish(room, alice), publish(room, alice)
    room.set_speakers([(first.sid, 0.9), (second.sid, 0.4)], START)
    room.set_speakers([(first.sid, 0.0)], START)
    assert told(witness) == [(speaker(alice, 1.0),), (speaker(alice, 0.5),)]


def test_only_published_microphones_of_visible_participants_count(
    room: Room, witness: Witness, alice: Participant
) -> None:
    ghost = enter(room, "ghost", permission=HIDDEN)
    deaf_ears = [
        publish(room, alice, TrackSource.SCREEN_SHARE_AUDIO),
        announce(room, alice),
        publish(room, alice, muted=True),
        publish(room, ghost),
    ]
    room.set_speakers([*((track.sid, 0.9) for track in deaf_ears), ("TR_gone", 0.9)], START)
    assert told(witness) == []


def test_who_mutes_or_unpublishes_has_ceased_to_speak(
    room: Room, witness: Witness, alice: Participant, bob: Participant
) -> None:
    first, second = publish(room, alice), publish(room, bob)
    room.set_speakers([(first.sid, 0.5), (second.sid, 0.5)], START)
    witness.forget()
    room.mute(first.sid, True, alice.sid, START)
    room.unpublish(second.sid, START)
    assert told(witness) == [(speaker(alice, 0.0),), (speaker(bob, 0.0),)]
    assert room.speaking() == {}


def test_who_left_or_hid_is_no_speaker(room: Room, alice: Participant, bob: Participant) -> None:
    first, second = publish(room, alice), publish(room, bob)
    room.set_speakers([(first.sid, 0.5), (second.sid, 0.5)], START)
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, START)
    room.update_participant(bob.sid, START, permission=HIDDEN)
    assert room.speaking() == {}
    room.update_participant(bob.sid, START, permission=Permission())
    assert room.speaking() == {}


def test_who_hides_and_loses_its_tracks_at_once_is_not_told_about(
    room: Room, witness: Witness, alice: Participant
) -> None:
    track = publish(room, alice)
    room.set_speakers([(track.sid, 0.5)], START)
    witness.forget()
    room.update_participant(alice.sid, START, permission=Permission(hidden=True, can_publish=False))
    assert told(witness) == []


def test_levels_that_come_after_the_end_are_ignored(room: Room, witness: Witness, alice: Participant) -> None:
    track = publish(room, alice)
    room.close(LeaveReason.ROOM_DELETED, START)
    room.set_speakers([(track.sid, 0.5)], START)
    assert told(witness) == []
