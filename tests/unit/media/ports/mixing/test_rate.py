"""Who wants to know hears how many pictures a mixer makes when it makes fewer, or more again."""

from typing import Any

from roomful.media.ports.mixer import MixPlan, Status
from roomful.media.ports.mixing import MixedRoom
from roomful.media.ports.worker import State
from roomful.rooms.options import RoomOptions
from roomful.rooms.registry import Rooms


def test_a_change_is_told_once() -> None:
    told: list[float] = []
    media: Any = None
    mixed = MixedRoom(
        media, Rooms().create("r1", RoomOptions(), 0), MixPlan(room_name="", room_id="", fps=15), lambda _: None
    )
    mixed.on_rate.append(told.append)
    for fps in (0.0, 15.0, 7.5, 7.5, 0.0, 15.0):
        mixed._on_status(Status(state=State.ACTIVE, fps=fps))
    assert told == [7.5, 15.0]
