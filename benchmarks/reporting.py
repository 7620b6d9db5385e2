"""What reports cost: rows on their way into SQLite, and a month of 1000 rooms on its way out. CPU time of one process.

`python -m benchmarks.reporting` prints it alone.
"""

import asyncio
import datetime
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Table, insert

from benchmarks.metrics import Metric, Values
from roomful.reporting.half_hours import HALF_HOUR, HalfHour, name_hashes
from roomful.reporting.questions.loading import Span
from roomful.reporting.reports import Reports
from roomful.reporting.room_days import RoomDay
from roomful.rooms.registry import Rooms
from roomful.storage import Database, ReportTable
from roomful.storage.reports import Batch, Measurements, StoredDownstream, StoredHeartbeat, StoredKv, StoredLeave
from roomful.storage.rollup_tables import report_half_hours, report_minutes, report_room_days, report_room_minutes

ROOMS, VISITS, DAYS = 1000, 10, 30
"""Visits of one room on one day."""
SENDERS, HOURS = 5, 1
"""Of the room that is looked at: everybody sees everybody, for so long each day."""
BEATS = 10_000
"""Heartbeats that are written, each with two of what is received."""
TIMES = 5
"""How often each question is asked; the median counts."""
DAY, MINUTE = 86_400_000, 60_000
NOW = round(datetime.datetime(2026, 3, 20, 15, 0, tzinfo=datetime.UTC).timestamp() * 1000)
MIDNIGHT = NOW - NOW % DAY
CHANCE = random.Random(7)


def measure() -> Values:
    """Takes about a minute of CPU time."""
    with tempfile.TemporaryDirectory(prefix="roomful-benchmark-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> Values:
    database = await Database.open(folder)
    table = ReportTable(database)
    reports = Reports(Rooms(), table, 15, lambda: NOW / 1000)
    reports.writer.start()
    rows = await _written(reports)
    await _fill(database, table)
    reports.rollups.days_until, reports.rollups.days_counted_at = MIDNIGHT, NOW
    reports.rollups.minutes_until = NOW - NOW % MINUTE
    month = Span(start=NOW - DAYS * DAY, end=NOW + 1)
    values = {
        Metric.REPORT_SITE: await _asked(lambda: reports.site.ask(month)),
        Metric.REPORT_DAYS: await _asked(lambda: reports.days.ask(DAYS, ZoneInfo("Asia/Kolkata"))),
        Metric.REPORT_ROOM: await _asked(lambda: reports.room.ask("room-0", month)),
        Metric.REPORT_ROWS: rows,
    }
    await reports.close(5)
    await database.close()
    return values


async def _written(reports: Reports) -> float:
    """Rows per second of CPU time, through the writer."""
    beats = [_beat(number) for number in range(BEATS)]
    begun = time.process_time()
    for beat, received in beats:
        reports.writer.heartbeat(beat, received)
    if not await reports.writer.settled(600) or reports.writer.health.dropped:
        raise RuntimeError("not all reports were written")
    return BEATS * 3 / (time.process_time() - begun)


async def _asked(ask: Callable[[], Awaitable[dict[str, Any]]]) -> float:
    """Milliseconds of CPU time until the answer is JSON."""
    taken: list[float] = []
    for _ in range(TIMES):
        begun = time.process_time()
        msgspec.json.encode({"code": 0, "data": await ask()})
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1000


def _beat(number: int) -> tuple[StoredHeartbeat, list[StoredDownstream]]:
    ts, first = NOW + number // 200 * 1000, 3 * number + 1
    beat = StoredHeartbeat(
        id=first, room_id=f"live-{number % 50}", user_id=f"user-{number % 200}", session_id="s", ts=ts, source="server"
    )
    received = [
        StoredDownstream(
            id=first + part,
            heartbeat_id=first,
            room_id=beat.room_id,
            user_id=beat.user_id,
            publisher_id=f"user-{(number + part) % 200}",
            ts=ts,
        )
        for part in (1, 2)
    ]
    for row in (beat, *received):
        _measured(row)
    return beat, received


def _measured(row: Measurements) -> None:
    row.v_bitrate, row.v_fps, row.v_width, row.v_height, row.v_codec = 1_200_000, 25.0, 1280, 720, "VP8"
    row.a_bitrate, row.a_codec, row.rtt_ms, row.net_bitrate = 64_000, "opus", 41.5, 1_264_000
    row.packet_loss, row.jitter_ms, row.v_frames_processed = 0.002, 3.1, 125


async def _fill(database: Database, table: ReportTable) -> None:
    """What is left of a month: sums, and the visits of today."""
    rooms = [f"room-{number}" for number in range(ROOMS)]
    await _insert(
        database, report_room_days, [_room_day(room, back) for back in reversed(range(1, DAYS + 1)) for room in rooms]
    )
    halves = range(MIDNIGHT - (DAYS + 2) * DAY, MIDNIGHT, HALF_HOUR)
    await _insert(database, report_half_hours, [_half_hour(ts) for ts in halves])
    today = range(MIDNIGHT, NOW, 15 * MINUTE)
    await _insert(
        database,
        report_room_minutes,
        [{"room_id": room, "ts": ts, **_sums(12)} for ts in today for room in rooms],
    )
    people = [f"user-{number}" for number in range(SENDERS)]
    pairs = [(sender, receiver) for sender in people for receiver in (*people, "") if sender != receiver]
    minutes = [MIDNIGHT - back * DAY + minute * MINUTE for back in range(DAYS) for minute in range(60 * HOURS)]
    measured = {"net_bitrate": 1e6, "v_fps": 25.0, "rtt_ms": 40.0, "v_width": 1280, "v_height": 720}
    await _insert(
        database,
        report_minutes,
        [
            {"room_id": "room-0", "ts": ts, "publisher_id": sender, "user_id": receiver, **_sums(12), **measured}
            for ts in minutes
            for sender, receiver in pairs
        ],
    )
    ids = iter(range(10_000_000, 20_000_000))
    visits = [_visit(next(ids), room) for room in rooms for _ in range(VISITS)]
    joins = [
        StoredKv(
            id=next(ids),
            room_id=one.room_id,
            user_id=one.user_id,
            session_id="s",
            event="join_room",
            ts=one.joined_at,
            source="server",
        )
        for one in visits
    ]
    await table.write(Batch(leaves=visits, kv=joins))


def _sums(rows: int) -> dict[str, Any]:
    return {
        "rows": rows,
        "video_rows": rows,
        "loss_rows": rows,
        "packet_loss": 0.002,
        "v_freeze_count": 0,
        "v_freeze_ms": 40,
    }


def _users(most: int) -> list[str]:
    return [f"user-{CHANCE.randrange(50_000)}" for _ in range(most)]


def _room_day(room: str, back: int) -> dict[str, Any]:
    begin = MIDNIGHT - back * DAY
    day = RoomDay(
        date=datetime.datetime.fromtimestamp(begin / 1000, datetime.UTC).date().isoformat(),
        room_id=room,
        room_type="meeting",
        began=VISITS,
        present=VISITS,
        peak_concurrent=4,
        streaming_duration=9000.0,
        first_at=begin,
        last_at=begin + DAY // 2,
        users=name_hashes(_users(VISITS)),
        joins=VISITS,
        joined=VISITS,
        **_sums(7200),
    )
    return msgspec.structs.asdict(day)


def _half_hour(ts: int) -> dict[str, Any]:
    there = ROOMS * VISITS // 24
    rooms = (f"room-{CHANCE.randrange(ROOMS)}" for _ in range(there))
    half = HalfHour(
        ts=ts,
        began=there // 2,
        peak_concurrent=there,
        streaming_duration=900.0 * there,
        users=name_hashes(_users(there)),
        rooms=name_hashes(rooms),
    )
    return msgspec.structs.asdict(half)


def _visit(number: int, room: str) -> StoredLeave:
    joined = CHANCE.randrange(MIDNIGHT, NOW - 30 * MINUTE)
    return StoredLeave(
        id=number,
        room_id=room,
        room_type="meeting",
        user_id=_users(1)[0],
        session_id="s",
        joined_at=joined,
        left_at=joined + 30 * MINUTE,
        duration=1800.0,
        leave_reason="left",
        source="server",
        publish_duration=900.0,
    )


async def _insert(database: Database, table: Table, rows: list[dict[str, Any]]) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(insert(table), rows)


if __name__ == "__main__":
    for metric, value in measure().items():
        print(f"{metric.title}: {metric.format(value)} {metric.unit} ({metric.absolute})")
