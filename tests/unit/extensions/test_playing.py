"""How loud somebody is to all others, and how long a mix of a voice is needed for that."""

from typing import Any, cast

import pytest

from roomful.extensions.playing import RoomPlayer
from roomful.media.ports.mixing import SILENCE, MixedRooms
from roomful.media.ports.mixing.desk import Desk
from roomful.rooms import Participant, Room
from roomful.rooms.extension import Code, RoomApiError

from .stage import Stage


class FakeMix:
    """The mix of a room, or of one member's voice."""

    def __init__(self, room: Room, member: str = "") -> None:
        self.member = member
        self.desk = Desk(room, "group:grid")
        self.gain = 0.0
        self.running = True

    @property
    def changes_nothing(self) -> bool:
        return not (self.gain or self.desk.playing)

    def set_gain(self, gain: float) -> None:
        self.gain = gain

    def stop(self) -> None:
        self.running = False


class FakeMixes:
    """Those of one room."""

    def __init__(self) -> None:
        self.mixed: FakeMix | None = None
        self.begun: list[FakeMix] = []

    def find(self, room: Room) -> FakeMix | None:
        return self.mixed

    def voices(self, room: Room) -> list[FakeMix]:
        return [mix for mix in self.begun if mix.running]

    def voice(self, room: Room, member: Participant) -> FakeMix:
        for mix in self.voices(room):
            if mix.member == member.sid:
                return mix
        self.begun.append(FakeMix(room, member.sid))
        return self.begun[-1]


@pytest.fixture
def mixes() -> FakeMixes:
    return FakeMixes()


@pytest.fixture
def player(mixes: FakeMixes) -> RoomPlayer:
    return RoomPlayer(cast(Any, None), cast(MixedRooms, mixes))


@pytest.fixture
def room() -> Room:
    stage = Stage()
    room = stage.rooms.with_name_or_new("lounge", stage.now)
    stage.enter(room, "kim")
    return room


def test_a_voice_is_mixed_as_long_as_it_is_not_as_it_is(player: RoomPlayer, mixes: FakeMixes, room: Room) -> None:
    player.set_voice(room, "kim", 1)
    assert not mixes.begun, "nothing to do"
    player.set_voice(room, "kim", 0.5)
    (mix,) = mixes.begun
    assert mix.gain == pytest.approx(-6.02, abs=0.01)
    player.set_voice(room, "kim", 0)
    assert (mix.gain, mix.running) == (SILENCE, True)
    player.set_voice(room, "kim", 1)
    assert (mixes.begun, mix.running) == ([mix], False)


async def test_a_file_that_ends_leaves_the_voice_as_soft_as_it_was(
    player: RoomPlayer, mixes: FakeMixes, room: Room
) -> None:
    player.set_voice(room, "kim", 0.2)
    number = player.play_as(room, "waltz.ogg", "kim", loop=False, volume=0, on_end=lambda number, problem: None)
    (mix,) = mixes.begun
    assert await player.stop(room, number)
    assert mix.running
    player.set_voice(room, "kim", 1)
    assert not mix.running


async def test_a_voice_that_is_as_it_is_leaves_the_file_playing(
    player: RoomPlayer, mixes: FakeMixes, room: Room
) -> None:
    number = player.play_as(room, "waltz.ogg", "kim", loop=False, volume=1, on_end=lambda number, problem: None)
    player.set_voice(room, "kim", 0.2)
    player.set_voice(room, "kim", 1)
    (mix,) = mixes.begun
    assert mix.running
    assert await player.stop(room, number)
    assert not mix.running


def test_in_a_mixed_room_it_is_a_setting_of_the_mix(player: RoomPlayer, mixes: FakeMixes, room: Room) -> None:
    mixes.mixed = FakeMix(room)
    player.set_voice(room, "kim", 0.1)
    assert mixes.mixed.desk.settings("kim").gain == pytest.approx(-20)
    player.set_voice(room, "kim", 1)
    assert mixes.mixed.desk.settings("kim").gain == 0
    assert not mixes.begun


@pytest.mark.parametrize(
    ("user", "volume", "code"),
    [("nobody", 1, Code.USER_NOT_FOUND), ("kim", -0.1, Code.BAD_FIELD), ("kim", 11, Code.BAD_FIELD)],
)
def test_what_is_refused(player: RoomPlayer, room: Room, user: str, volume: float, code: Code) -> None:
    with pytest.raises(RoomApiError) as error:
        player.set_voice(room, user, volume)
    assert error.value.code == code
