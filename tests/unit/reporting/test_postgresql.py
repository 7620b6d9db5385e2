"""Reports in PostgreSQL: the same answers as from SQLite; nothing is lost, or there twice, when it is started again."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from roomful._native import Event, TrackStats
from roomful.reporting import writer as writer_module
from roomful.reporting.questions.loading import Span
from roomful.reporting.reports import Reports
from roomful.reporting.writer import ReportWriter
from roomful.rooms.model import TrackKind
from roomful.rooms.registry import Rooms
from roomful.storage import Database, ReportTable
from roomful.storage.report_tables import report_kv
from roomful.storage.reports import Batch, StoredKv
from tests.postgres import RunningPostgres

from .conftest import NOON, Stage

WITHIN = 60.0
ROWS = 3000


class InBoth(ReportTable):
    """Writes to two databases what goes to one."""

    def __init__(self, first: Database, second: ReportTable) -> None:
        super().__init__(first)
        self._second = second

    async def write(self, batch: Batch) -> None:
        await super().write(batch)
        await self._second.write(batch)


class Watched(ReportTable):
    """Tells how writing goes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.wrote = asyncio.Event()
        self.failed = asyncio.Event()

    async def write(self, batch: Batch) -> None:
        try:
            await super().write(batch)
        except Exception:
            self.failed.set()
            raise
        self.wrote.set()


@pytest.fixture
async def database(postgres: RunningPostgres) -> AsyncIterator[Database]:
    database = await Database.open(None, postgres.new_database())
    yield database
    await database.close()


def event(writer: ReportWriter, number: int) -> StoredKv:
    return StoredKv(
        id=writer.next_id(), room_id="r", user_id="u", session_id="s", event=f"e{number}", ts=number, source="server"
    )


async def count(database: Database) -> int:
    async with database.engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(report_kv))).scalar() or 0


async def test_both_databases_give_the_same_answers(tmp_path: Path, database: Database) -> None:
    sqlite, rooms = await Database.open(tmp_path), Rooms()
    table = ReportTable(database)
    reports = Reports(rooms, InBoth(sqlite, table), 15, lambda: stage.now)
    stage = Stage(reports, rooms)
    reports.writer.start()
    call(stage)
    assert await reports.writer.settled(WITHIN)
    others = Reports(rooms, table, 15, lambda: stage.now)
    for one in (reports, others):
        await one.keeping.count_days()
    span = Span(start=round(NOON * 1000) - 1000, end=round(stage.now * 1000) + 1000)
    room, site = await reports.room.ask("show", span), await reports.site.ask(span)
    assert len(room["pairs"]) == 2
    assert room["summary"]["avg_packet_loss"] > 0
    assert site["summary"]["users"] == 2
    assert room == await others.room.ask("show", span)
    assert site == await others.site.ask(span)
    assert await reports.days.ask(7, datetime.UTC) == await others.days.ask(7, datetime.UTC)
    assert await reports.plugin_metrics.of_room("show") == await others.plugin_metrics.of_room("show")
    assert await reports.keeping.kept_days() == await others.keeping.kept_days() != {}
    await reports.close(WITHIN)
    await sqlite.close()


def call(stage: Stage) -> None:
    """Two people see each other for a minute, one of them on a bad line, and tell what cannot be stored as it is."""
    people = {name: stage.join(name, sdk="js", os="nul\0") for name in ("alice", "bob")}
    tracks = {name: stage.publish(one) for name, one in people.items()}
    stage.publish(people["alice"], TrackKind.AUDIO)
    for step in range(1, 13):
        stage.tick(5)
        for peer, (name, one) in enumerate(people.items()):
            flows = [
                TrackStats(
                    track=track, direction="in" if whose == name else "out", expected=100 * step, bytes=step << 16
                )
                if whose == "alice"
                else TrackStats(
                    track=track,
                    direction="in" if whose == name else "out",
                    expected=100 * step,
                    lost=10 * step,
                    bytes=step << 15,
                    jitter_ms=7.0,
                )
                for whose, track in tracks.items()
            ]
            told = Event.PeerStats(peer=peer, rtt_ms=20.0 + step, estimate_bps=1e6, tracks=flows)
            stage.reports.measuring.on_stats(stage.room.sid, one.sid, told)
        stage.reports.intake.take(
            "heartbeat",
            stage.room,
            people["bob"],
            {
                "upstream": {"video": {"bitrate": 10_000_000_000, "fps": 25}},
                "downstream": [
                    {"publisher_id": "alice", "video": {"bitrate": 1, "freeze_duration_ms": 100, "freeze_count": 1}}
                ],
            },
        )
        stage.reports.intake.take("kv", stage.room, people["bob"], {"event": "chat\0", "latency_ms": step / 3})
    for one in people.values():
        stage.leave(one)
    stage.tick(10)


async def test_nothing_is_lost_or_twice_when_the_server_is_started_again(
    postgres: RunningPostgres, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "ROWS_AT_ONCE", 100)
    table = Watched(database)
    writer = ReportWriter(table, retry=0.05)
    writer.start()
    for number in range(ROWS):
        writer.kv(event(writer, number))
    async with asyncio.timeout(WITHIN):
        await table.wrote.wait()
        await asyncio.to_thread(postgres.stop, "immediate")
        for number in range(ROWS):
            writer.kv(event(writer, number))
        await table.failed.wait()
        assert (writer.health.backend, writer.health.dropped) == ("memory", 0)
        assert writer.health.buffered >= ROWS
        await asyncio.to_thread(postgres.start)
    assert await writer.settled(WITHIN)
    assert await count(database) == 2 * ROWS
    assert (writer.health.backend, writer.health.dropped) == ("database", 0)
    await writer.close(1)


async def test_a_row_that_can_never_be_written_costs_itself_alone(database: Database) -> None:
    writer = ReportWriter(ReportTable(database))
    rows = [event(writer, number) for number in range(9)]
    rows[3].code = 2**31
    rows[7].user_id = "\ud800"
    for row in rows:
        writer.kv(row)
    writer.start()
    assert await writer.settled(WITHIN)
    assert await count(database) == 7
    assert (writer.health.backend, writer.health.dropped) == ("database", 2)
    await writer.close(1)
