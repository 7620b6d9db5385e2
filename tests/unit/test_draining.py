"""A server that drains."""

import asyncio
import time

import pytest

from roomful.draining import Drain
from roomful.rooms.errors import Draining
from roomful.rooms.model import LeaveReason, ParticipantKind
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.registry import Rooms

NOW = 1_800_000_000.0


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


def test_no_new_rooms_are_opened_and_open_ones_go_on(rooms: Rooms) -> None:
    room = rooms.create("open", RoomOptions(), NOW)
    drain = Drain(rooms)
    drain.begin(60)
    with pytest.raises(Draining):
        rooms.create("new", RoomOptions(), NOW)
    assert rooms.create("open", RoomOptions(), NOW) is room
    room.join(JoinRequest(identity="alice"), NOW)
    assert drain.call_off()
    assert rooms.create("new", RoomOptions(), NOW).is_open
    assert not drain.call_off()


async def test_it_is_over_when_nobody_is_there_who_keeps_a_room_open(rooms: Rooms) -> None:
    room = rooms.create("open", RoomOptions(), NOW)
    alice = room.join(JoinRequest(identity="alice"), NOW)
    room.join(JoinRequest(identity="recorder", kind=ParticipantKind.EGRESS), NOW)
    drain = Drain(rooms)
    drain.begin(60)
    assert drain.participants == 1
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, NOW)
    async with asyncio.timeout(10):
        await drain.begun()
        assert await drain.over()


async def test_it_is_over_at_its_deadline(rooms: Rooms) -> None:
    rooms.create("open", RoomOptions(), NOW).join(JoinRequest(identity="alice"), NOW)
    drain = Drain(rooms)
    drain.begin(-1)
    assert drain.until is not None
    assert drain.until < time.time()
    async with asyncio.timeout(10):
        assert await drain.over()


async def test_it_is_not_over_when_it_is_called_off(rooms: Rooms) -> None:
    rooms.create("open", RoomOptions(), NOW).join(JoinRequest(identity="alice"), NOW)
    drain = Drain(rooms)
    drain.begin(60)
    waiting = asyncio.create_task(drain.over())
    drain.call_off()
    async with asyncio.timeout(10):
        assert not await waiting
