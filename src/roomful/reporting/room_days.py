"""One room on one day, summed up. specs/monibuca-rooms.md §9.5."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import case, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from roomful.reporting.half_hours import name_hashes
from roomful.reporting.questions.loading import Span
from roomful.reporting.questions.numbers import peak
from roomful.reporting.questions.show_sums import gifts
from roomful.storage.report_tables import report_kv
from roomful.storage.reports import StoredLeave
from roomful.storage.rollup_tables import report_room_days, report_room_minutes


class RoomDay(msgspec.Struct, kw_only=True):
    """As the table has it; all times are Unix milliseconds."""

    date: str
    room_id: str
    room_type: str = ""
    began: int = 0
    present: int = 0
    peak_concurrent: int = 0
    streaming_duration: float = 0.0
    first_at: int = 0
    last_at: int = 0
    users: bytes = b""
    joins: int = 0
    joined: int = 0
    rows: int = 0
    video_rows: int = 0
    loss_rows: int = 0
    packet_loss: float | None = None
    v_freeze_count: int = 0
    v_freeze_ms: int = 0
    gift_value: int = 0


def room_days(date: str, span: Span, visits: Iterable[StoredLeave]) -> dict[str, RoomDay]:
    """The days of rooms from the visits that touch `span`, by room; what was measured is not in them yet."""
    by_room: dict[str, list[StoredLeave]] = defaultdict(list)
    for row in visits:
        by_room[row.room_id].append(row)
    return {room_id: _room_day(date, span, room_id, rows) for room_id, rows in by_room.items()}


def _room_day(date: str, span: Span, room_id: str, rows: list[StoredLeave]) -> RoomDay:
    began = [row for row in rows if span.has(row.joined_at)]
    return RoomDay(
        date=date,
        room_id=room_id,
        room_type=rows[-1].room_type,
        began=len(began),
        present=len(rows),
        peak_concurrent=peak((max(row.joined_at, span.start), min(row.left_at, span.end)) for row in rows),
        streaming_duration=round(sum(row.publish_duration for row in began), 3),
        first_at=min(row.joined_at for row in rows),
        last_at=max(row.left_at for row in rows),
        users=name_hashes(row.user_id for row in rows),
    )


async def write_room_days(connection: AsyncConnection, date: str, span: Span, visits: Iterable[StoredLeave]) -> None:
    """Count the day, of what is summed up of its minutes, and put it in place of what was counted before."""
    days = room_days(date, span, visits)
    minutes, kv = report_room_minutes.c, report_kv.c
    weighed = func.sum(minutes.packet_loss * minutes.loss_rows)
    sums = (minutes.rows, minutes.video_rows, minutes.loss_rows, minutes.v_freeze_count, minutes.v_freeze_ms)
    measured: Any = select(minutes.room_id, weighed, *(func.sum(column) for column in sums)).group_by(minutes.room_id)
    summed: Any = await connection.execute(measured.where(minutes.ts >= span.start, minutes.ts < span.end))
    for room_id, loss, *counts in summed:
        day = days.setdefault(room_id, RoomDay(date=date, room_id=room_id, first_at=span.start, last_at=span.start))
        day.rows, day.video_rows, day.loss_rows, day.v_freeze_count, day.v_freeze_ms = map(int, counts)
        day.packet_loss = loss / day.loss_rows if loss is not None and day.loss_rows else None
    joined = func.sum(case((kv.success, 1), else_=0))
    joins: Any = select(kv.room_id, func.count(), joined).where(kv.event == "join_room").group_by(kv.room_id)
    outcomes: Any = await connection.execute(joins.where(kv.ts >= span.start, kv.ts < span.end))
    for room_id, tried, succeeded in outcomes:
        if room_id in days:
            days[room_id].joins, days[room_id].joined = tried, int(succeeded)
    for room_id, value in (await gifts(connection, span.start, span.end)).items():
        if room_id in days:
            days[room_id].gift_value = value
    await connection.execute(delete(report_room_days).where(report_room_days.c.date == date))
    if days:
        await connection.execute(insert(report_room_days), [msgspec.structs.asdict(day) for day in days.values()])
