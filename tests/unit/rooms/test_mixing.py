"""In a room with a mixer everybody receives what the mixer publishes, and nothing else."""

import pytest

from roomful.rooms import Participant, Permission, Room, RoomError
from roomful.rooms.events import MixerChanged
from roomful.rooms.model import LeaveReason, ParticipantKind
from roomful.rooms.subscriptions import desired
from tests.unit.rooms.scene import START, Witness, enter, publish


@pytest.fixture
def alice(room: Room) -> Participant:
    return enter(room, "alice")


@pytest.fixture
def bob(room: Room) -> Participant:
    return enter(room, "bob")


@pytest.fixture
def mixer(room: Room) -> Participant:
    return enter(room, "mix", kind=ParticipantKind.AGENT)


def test_everybody_receives_only_what_is_mixed(
    room: Room, alice: Participant, bob: Participant, mixer: Participant
) -> None:
    raw = publish(room, alice)
    witness = Witness(room)
    assert room.set_mixer(mixer.sid, START)
    assert witness.only(MixerChanged).mixer == mixer.sid
    assert desired(room, bob) == set()
    picture = publish(room, mixer)
    assert desired(room, alice) == desired(room, bob) == {picture.sid}
    assert desired(room, mixer) == {raw.sid}, "somebody has to hear it"
    room.subscribe(bob.sid, [raw.sid], START)
    assert desired(room, bob) == {picture.sid}, "no wish leads around the mix"


def test_a_mix_for_one_is_for_nobody_else(room: Room, alice: Participant, bob: Participant, mixer: Participant) -> None:
    recorder = enter(room, "recorder", permission=Permission(recorder=True))
    room.set_mixer(mixer.sid, START)
    own = publish(room, mixer, only_for=alice.sid)
    assert desired(room, alice) == {own.sid}
    assert desired(room, bob) == desired(room, recorder) == set()


def test_recorders_receive_what_is_behind_the_mix(room: Room, alice: Participant, mixer: Participant) -> None:
    recorder = enter(room, "recorder", permission=Permission(recorder=True))
    raw = publish(room, alice)
    room.set_mixer(mixer.sid, START)
    assert desired(room, recorder) == {raw.sid}


def test_without_its_mixer_a_room_is_as_before(
    room: Room, alice: Participant, bob: Participant, mixer: Participant
) -> None:
    raw = publish(room, alice)
    room.set_mixer(mixer.sid, START)
    witness = Witness(room)
    room.leave(mixer.sid, LeaveReason.CLIENT_INITIATED, START)
    assert witness.names() == ["ParticipantLeft", "MixerChanged"]
    assert desired(room, bob) == {raw.sid}
    assert not room.set_mixer("", START), "no news"


def test_nobody_mixes_who_is_not_there(room: Room) -> None:
    with pytest.raises(RoomError):
        room.set_mixer("PA_nobody", START)
    assert room.mixer == ""


def test_a_mix_is_nobody_who_speaks(room: Room, alice: Participant, mixer: Participant) -> None:
    voice, mixed = publish(room, alice), publish(room, mixer)
    room.set_mixer(mixer.sid, START)
    room.set_speakers([(voice.sid, 0.5), (mixed.sid, 0.5)], START)
    assert set(room.speaking()) == {alice.sid}
