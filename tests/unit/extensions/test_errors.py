"""What the domain refuses has the code that clients of the room service know. specs/monibuca-rooms.md §2.3."""

import pytest

from roomful.extensions.errors import api_error
from roomful.rooms.errors import Banned, RoomError, RoomFull, RoomLocked, participant_not_found, room_not_found
from roomful.rooms.extension import Code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (room_not_found(), Code.ROOM_NOT_FOUND),
        (participant_not_found(), Code.USER_NOT_FOUND),
        (Banned(None), Code.BANNED),
        (RoomLocked(), Code.ROOM_LOCKED),
        (RoomFull(), Code.ROOM_FULL),
    ],
)
def test_every_refusal_has_its_own_code(error: RoomError, code: Code) -> None:
    assert api_error(error).code is code
