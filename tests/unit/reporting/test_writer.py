"""The writer: nothing is lost while the database is away, and nothing comes twice."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from roomful.reporting import writer as module
from roomful.reporting.writer import ReportWriter
from roomful.storage import Database, ReportTable
from roomful.storage.report_tables import report_kv
from roomful.storage.reports import Batch, StoredKv


class Moody:
    """A table whose database can go away; what it took before it failed is kept."""

    def __init__(self, table: ReportTable) -> None:
        self._table = table
        self.away = False
        self.takes_and_fails = False
        self.attempts = 0
        self.refused_twice = asyncio.Event()

    async def write(self, batch: Batch) -> None:
        self.attempts += 1
        if self.away:
            if self.attempts > 1:
                self.refused_twice.set()
            raise OperationalError("insert", {}, Exception("database is locked"))
        await self._table.write(batch)
        if self.takes_and_fails:
            self.takes_and_fails = False
            raise OperationalError("commit", {}, Exception("connection lost"))


def event(writer: ReportWriter, number: int) -> StoredKv:
    return StoredKv(
        id=writer.next_id(), room_id="r", user_id="u", session_id="s", event=f"e{number}", ts=number, source="server"
    )


async def count(database: Database) -> int:
    async with database.engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(report_kv))).scalar() or 0


async def test_what_comes_while_the_database_is_away_is_written_on_its_return(tmp_path: Path) -> None:
    database = await Database.open(tmp_path)
    table = Moody(ReportTable(database))
    table.away = True
    writer = ReportWriter(table, retry=0.01)
    writer.start()
    for number in range(300):
        writer.kv(event(writer, number))
    async with asyncio.timeout(10):
        await table.refused_twice.wait()
    assert (writer.health.backend, writer.health.buffered, writer.health.dropped) == ("memory", 300, 0)
    assert len(writer.unwritten("r").kv) == 300
    table.away = False
    await writer.close(10)
    assert await count(database) == 300
    assert (writer.health.backend, writer.health.buffered) == ("database", 0)
    await database.close()


async def test_a_batch_that_is_tried_again_is_not_there_twice(tmp_path: Path) -> None:
    database = await Database.open(tmp_path)
    table = Moody(ReportTable(database))
    table.takes_and_fails = True
    writer = ReportWriter(table, retry=0.01)
    writer.start()
    for number in range(300):
        writer.kv(event(writer, number))
    await writer.close(10)
    assert table.attempts >= 2
    assert await count(database) == 300
    await database.close()


async def test_rows_that_can_never_be_written_keep_no_others_from_it(tmp_path: Path) -> None:
    database = await Database.open(tmp_path)
    writer = ReportWriter(ReportTable(database))
    writer.start()
    row = event(writer, 1)
    row.user_id = "\ud800"
    writer.kv(row)
    assert await writer.settled(10)
    writer.kv(event(writer, 2))
    await writer.close(10)
    assert await count(database) == 1
    assert (writer.health.backend, writer.health.buffered, writer.health.dropped) == ("database", 0, 1)
    await database.close()


async def test_memory_is_bounded_and_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KV", 10)
    database = await Database.open(None)
    writer = ReportWriter(ReportTable(database))
    for number in range(25):
        writer.kv(event(writer, number))
    assert (writer.health.buffered, writer.health.dropped) == (10, 15)
    assert [row.event for row in writer.unwritten().kv] == [f"e{number}" for number in range(15, 25)]
    await database.close()
