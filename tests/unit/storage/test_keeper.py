"""The writer behind the event loop's back: the newest state wins, and a database that is gone is waited for."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from roomful.rooms.options import RoomOptions
from roomful.storage import RoomKeeper, StoredRoom
from roomful.storage import keeper as keeper_module


def stored(name: str, metadata: str = "") -> StoredRoom:
    return StoredRoom(name=name, sid="RM_1", created_at=1.0, metadata=metadata, options=RoomOptions())


class Table:
    """A table in memory that can be held up or broken."""

    def __init__(self) -> None:
        self.rows: dict[str, StoredRoom] = {}
        self.writes: list[dict[str, StoredRoom | None]] = []
        self.broken = False
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()

    async def write(self, changes: dict[str, StoredRoom | None]) -> None:
        self.entered.set()
        await self.open.wait()
        if self.broken:
            raise OperationalError("insert", {}, Exception("disk I/O error"))
        self.writes.append(changes)
        for name, room in changes.items():
            if room is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = room


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
async def keeper(table: Table, monkeypatch: pytest.MonkeyPatch) -> RoomKeeper:
    monkeypatch.setattr(keeper_module, "FIRST_RETRY", 0.01)
    made = RoomKeeper(table)  # type: ignore[arg-type]
    made.start()
    return made


async def test_changes_arrive(keeper: RoomKeeper, table: Table) -> None:
    keeper.keep(stored("a"))
    keeper.keep(stored("b"))
    keeper.forget("a")
    assert await keeper.settled(5)
    assert list(table.rows) == ["b"]
    await keeper.close(5)


async def test_many_changes_of_one_room_are_one_write(keeper: RoomKeeper, table: Table) -> None:
    table.open.clear()
    keeper.keep(stored("first"))
    await table.entered.wait()
    for number in range(1000):
        keeper.keep(stored("a", str(number)))
    table.open.set()
    assert await keeper.settled(5)
    assert (len(table.writes), table.rows["a"].metadata) == (2, "999")
    await keeper.close(5)


async def test_a_database_that_is_gone_is_waited_for(
    keeper: RoomKeeper, table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    table.broken = True
    keeper.keep(stored("a", "old"))
    keeper.keep(stored("b"))
    assert not await keeper.settled(0.1)
    assert not keeper.healthy
    keeper.keep(stored("a", "new"))
    table.broken = False
    assert await keeper.settled(5)
    assert keeper.healthy
    assert (table.rows["a"].metadata, set(table.rows)) == ("new", {"a", "b"})
    assert len([record for record in caplog.records if "cannot be saved" in record.message]) == 1
    await keeper.close(5)


async def test_closing_writes_what_is_left(keeper: RoomKeeper, table: Table) -> None:
    keeper.keep(stored("a"))
    await keeper.close(5)
    assert list(table.rows) == ["a"]


async def test_closing_gives_up_on_a_database_that_is_gone_and_says_what_is_lost(
    keeper: RoomKeeper, table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    table.broken = True
    keeper.keep(stored("a"))
    async with asyncio.timeout(5):
        await keeper.close(0.1)
    assert "could not be saved" in caplog.text
