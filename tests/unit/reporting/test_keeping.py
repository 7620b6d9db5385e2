"""What is kept, for how long, and that reports go on without a database. specs/monibuca-rooms.md §9.7."""

import datetime
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from roomful.reporting.questions.loading import Span
from roomful.reporting.reports import Reports
from roomful.rooms.registry import Rooms
from roomful.storage import Database, ReportTable

from .conftest import NOON, Stage

DAY = 86_400.0
FOR_EVER = Span(start=0, end=10**14)


@asynccontextmanager
async def server(folder: Path, days: int = 15) -> AsyncIterator[tuple[Stage, Database]]:
    """One with a database on disk, whose clock is the test's."""
    database = await Database.open(folder)
    rooms = Rooms()
    reports = Reports(rooms, ReportTable(database), days, lambda: stage.now)
    stage = Stage(reports, rooms)
    reports.writer.start()
    try:
        yield stage, database
    finally:
        await reports.close(5)
        await database.close()


async def visit_a_day(stage: Stage, days: int) -> None:
    """One visit with a report of each kind on each of so many days, the last one today."""
    for back in reversed(range(days)):
        stage.now = NOON - back * DAY
        alice = stage.join("alice")
        report = {"upstream": {"network": {"rtt_ms": 1}}, "downstream": [{"publisher_id": "bob"}]}
        stage.reports.intake.take("heartbeat", stage.room, alice, report)
        stage.reports.intake.take("kv", stage.room, alice, {"event": "camera_open"})
        stage.leave(alice)
        stage.tick(6)
        await stage.reports.keeping.count_days()
    assert await stage.reports.writer.settled(10)


def days_of(rows: list[dict[str, Any]], field: str) -> set[int]:
    """How many whole days ago they are from."""
    return {round((NOON * 1000 - row[field]) / (DAY * 1000)) for row in rows}


async def test_what_is_older_than_the_retention_goes_and_the_numbers_of_days_stay(tmp_path: Path) -> None:
    async with server(tmp_path) as (stage, _):
        await visit_a_day(stage, 20)
        assert await stage.reports.keeping.remove_expired() > 0
        answer = await stage.reports.room.ask("show", FOR_EVER)
        kept = set(range(15))
        assert days_of(answer["leaves"], "left_at") == kept
        assert days_of(answer["kv"], "ts") == kept
        assert days_of(answer["heartbeats"], "ts") == kept
        assert {point["ts"] for pair in answer["pairs"] for point in pair["points"]} == {
            beat["ts"] for beat in answer["heartbeats"]
        }
        assert await stage.reports.keeping.remove_expired() == 0
        told = (await stage.reports.days.ask(20, datetime.UTC))["days"]
        assert [day["sessions"] for day in told] == [1] * 20, "days are kept for ever"


async def test_zero_keeps_everything(tmp_path: Path) -> None:
    async with server(tmp_path, days=0) as (stage, _):
        await visit_a_day(stage, 20)
        assert await stage.reports.keeping.remove_expired() == 0
        assert len((await stage.reports.room.ask("show", FOR_EVER))["leaves"]) == 20


Asking = Callable[[Stage], Coroutine[Any, Any, dict[str, Any]]]


@pytest.mark.parametrize(
    "ask",
    [
        lambda stage: stage.reports.room.ask("show", FOR_EVER),
        lambda stage: stage.reports.site.ask(FOR_EVER),
        lambda stage: stage.reports.days.ask(2, datetime.UTC),
    ],
    ids=["room_stats", "all_room_stats", "daily_stats"],
)
async def test_without_a_database_reports_are_taken_and_read(tmp_path: Path, ask: Asking) -> None:
    async with server(tmp_path) as (stage, database):
        async with database.engine.begin() as connection:  # it is gone in the middle of a show
            await connection.execute(text("ALTER TABLE report_leave_rooms RENAME TO elsewhere"))
        alice = stage.join("alice")
        stage.reports.intake.take("kv", stage.room, alice, {"event": "camera_open"})
        stage.now += 60
        stage.leave(alice)
        stage.tick(6)
        answer = await ask(stage)
        assert answer["partial"] is True
        summary = answer["summary"] if "summary" in answer else answer["days"][-1]
        assert (summary["sessions"], summary["users"]) == (1, 1)

        async with database.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO report_leave_rooms"))
        assert await stage.reports.writer.settled(30)
        answer = await ask(stage)
        assert "partial" not in answer
        summary = answer["summary"] if "summary" in answer else answer["days"][-1]
        assert (summary["sessions"], summary["users"]) == (1, 1)


async def test_tidying_up_waits_for_a_database_that_is_gone(tmp_path: Path) -> None:
    async with server(tmp_path) as (stage, database):
        async with database.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE report_kv RENAME TO elsewhere"))
        with pytest.raises(OperationalError):
            await stage.reports.keeping.remove_expired()
        assert stage.reports.writer.health.dropped == 0
