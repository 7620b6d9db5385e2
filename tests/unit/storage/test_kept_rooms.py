"""Rooms that the API made survive a restart, as they were."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from roomful.rooms.limits import Limits
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.registry import Rooms
from roomful.storage import Database, KeptRooms, RoomKeeper, RoomTable
from roomful.storage.kept_rooms import Waiting

OPTIONS = RoomOptions(
    empty_timeout=60, max_participants=7, tags={"team": "blue"}, attachments={"egress": b"\x00\xff", "agents": b""}
)


@asynccontextmanager
async def server(
    directory: Path, limits: Limits | None = None, beside: Sequence[Waiting] = ()
) -> AsyncIterator[tuple[Rooms, KeptRooms]]:
    """One life of a server on that data directory."""
    rooms = Rooms(RoomDefaults(), limits or Limits())
    database = await Database.open(directory)
    table = RoomTable(database)
    keeper = RoomKeeper(table)
    keeper.start()
    kept_rooms = KeptRooms(rooms, keeper, beside)
    kept_rooms.restore(await table.load(), time.time())
    yield rooms, kept_rooms
    rooms.close_all(LeaveReason.SERVER_SHUTDOWN, time.time())
    await keeper.close(5.0)
    await database.close()


async def test_a_kept_room_is_there_again_with_its_sid_options_and_birthday(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        room = rooms.create("meet", OPTIONS, 1_700_000_000.5)
        await kept_rooms.keep(room)
    async with server(tmp_path) as (rooms, _):
        again = rooms.with_name("meet")
        assert (again.sid, again.created_at, again.options) == (room.sid, room.created_at, room.options)


async def test_a_room_is_not_saved_before_what_others_are_told_of_it(tmp_path: Path) -> None:
    told = asyncio.Event()

    class Outbox:
        async def written(self, within: float) -> bool:
            async with asyncio.timeout(within):
                return await told.wait()

    async with server(tmp_path, beside=[Outbox()]) as (rooms, kept_rooms):
        keeping = asyncio.create_task(kept_rooms.keep(rooms.create("meet", OPTIONS, time.time())))
        await kept_rooms.settled()
        assert not keeping.done()
        told.set()
        await keeping


async def test_what_is_saved_beside_rooms_can_be_waited_for(tmp_path: Path) -> None:
    saved = asyncio.Event()

    class Revocations:
        async def written(self, within: float) -> bool:
            async with asyncio.timeout(within):
                return await saved.wait()

    async with server(tmp_path, beside=[Revocations()]) as (_, kept_rooms):
        noting = asyncio.create_task(kept_rooms.noted())
        await asyncio.sleep(0)
        assert not noting.done()
        saved.set()
        await noting


async def test_metadata_that_changed_is_there_again(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        room = rooms.create("meet", RoomOptions(metadata="first"), time.time())
        await kept_rooms.keep(room)
        room.set_metadata("second", time.time())
    async with server(tmp_path) as (rooms, _):
        assert rooms.with_name("meet").metadata == "second"


async def test_the_time_to_be_joined_starts_anew(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        await kept_rooms.keep(rooms.create("meet", OPTIONS, time.time() - 3600))
    async with server(tmp_path) as (rooms, _):
        now = time.time()
        rooms.tick(now + 58)
        assert rooms.get("meet") is not None
        rooms.tick(now + 61)
        assert rooms.get("meet") is None


async def test_a_room_that_closed_stays_closed(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        for name in ("deleted", "abandoned", "open"):
            await kept_rooms.keep(rooms.create(name, OPTIONS, time.time()))
        rooms.delete("deleted", time.time())
        rooms.with_name("abandoned").close(LeaveReason.ROOM_CLOSED, time.time())
    async with server(tmp_path) as (rooms, _):
        assert [room.name for room in rooms] == ["open"]


async def test_a_restored_room_is_followed_like_any_other(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        await kept_rooms.keep(rooms.create("meet", OPTIONS, time.time()))
    async with server(tmp_path) as (rooms, _):
        rooms.delete("meet", time.time())
    async with server(tmp_path) as (rooms, _):
        assert len(rooms) == 0


async def test_a_deleted_room_that_is_made_again_is_the_new_one(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        await kept_rooms.keep(rooms.create("meet", OPTIONS, time.time()))
        rooms.delete("meet", time.time())
        second = rooms.create("meet", RoomOptions(metadata="second"), time.time())
        await kept_rooms.keep(second)
    async with server(tmp_path) as (rooms, _):
        assert (rooms.with_name("meet").sid, rooms.with_name("meet").metadata) == (second.sid, "second")


async def test_rooms_that_nobody_made_by_the_api_are_not_kept(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, _):
        room = rooms.create("made by a join", RoomOptions(), time.time())
        room.join(JoinRequest(identity="alice"), time.time())
    async with server(tmp_path) as (rooms, _):
        assert len(rooms) == 0


async def test_a_room_that_was_made_by_a_join_is_kept_once_somebody_wrote_in_it(tmp_path: Path) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        room = rooms.create("made by a join", RoomOptions(), time.time())
        alice = room.join(JoinRequest(identity="alice"), time.time())
        bob = room.join(JoinRequest(identity="bob"), time.time())
        room.send_chat(alice.sid, "for you alone", time.time(), to="bob")
        assert not kept_rooms.keeps(room)
        room.send_chat(bob.sid, "for everybody", time.time())
        assert kept_rooms.keeps(room)
    async with server(tmp_path) as (rooms, _):
        again = rooms.with_name("made by a join")
        assert (again.sid, [message.content for message in again.chat_history()]) == (room.sid, ["for everybody"])


async def test_a_room_that_stricter_limits_forbid_is_left_out_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with server(tmp_path) as (rooms, kept_rooms):
        await kept_rooms.keep(rooms.create("a long name", OPTIONS, time.time()))
        await kept_rooms.keep(rooms.create("short", OPTIONS, time.time()))
    async with server(tmp_path, Limits(room_name=5)) as (rooms, _):
        assert [room.name for room in rooms] == ["short"]
    assert "a stored room is not opened" in caplog.text
