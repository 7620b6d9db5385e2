"""Budgets of DESIGN §8 that the domain alone can break."""

import gc
import tracemalloc

from roomful.rooms import RoomOptions, Rooms
from tests.unit.rooms.scene import START, enter

MEGABYTE = 1_000_000


def test_ten_thousand_idle_rooms_with_somebody_in_them_fit_in_a_hundred_megabytes_and_need_no_tick() -> None:
    rooms = Rooms()
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(10_000):
            enter(rooms.create(f"room {number}", RoomOptions(), START), f"user {number}")
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    rooms.tick(START + 300)
    assert len(rooms) == 10_000
    assert used < 100 * MEGABYTE
    assert rooms.next_tick() is None
