"""Sums up heartbeats per minute, so that long stretches of time are answered as fast as short ones."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Float, Table, cast, delete, func, insert, literal, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from roomful.reporting.writer import ReportWriter
from roomful.storage.report_tables import report_heartbeat_downstream, report_heartbeats
from roomful.storage.reports import ReportTable
from roomful.storage.rollup_tables import report_minutes, report_room_minutes

MINUTE = 60_000
SETTLED_AFTER = 10_000
"""Milliseconds until what was measured is in the database, as a rule."""
AGAIN = 5 * MINUTE
"""What is summed up again each time: clocks of clients may be late by so much."""
AT_ONCE = 10 * MINUTE
"""Of one transaction; others write to the database too."""
PAUSE = 0.02
"""Seconds between two of them."""


class Rollups:
    """The sums, and until when there are any."""

    def __init__(self, table: ReportTable, writer: ReportWriter, clock: Callable[[], float]) -> None:
        self._engine = table.engine
        self._writer = writer
        self._clock = clock
        self.minutes_until = 0
        """Unix milliseconds: what is later is not summed up yet. 0: nothing is."""
        self.days_until = 0
        """The same of whole days, and of half hours: a midnight in UTC."""
        self.days_counted_at = 0
        """When they were counted: visits that have ended since are not in them."""

    async def roll(self) -> None:
        """Sum up the minutes that are over. Raises SQLAlchemy's errors."""
        if self._writer.health.backend != "database":
            return  # what waits in memory belongs to minutes that are over, too
        until = _minute(round(self._clock() * 1000) - SETTLED_AFTER)
        since = await self._next(await self._begin(), until)
        while since < until:
            async with self._engine.begin() as connection:
                await _sum_up(connection, since, min(since + AT_ONCE, until))
            await asyncio.sleep(PAUSE)
            since = await self._next(since + AT_ONCE, until)
        self.minutes_until = until

    async def _begin(self) -> int:
        if self.minutes_until:
            return self.minutes_until - AGAIN
        async with self._engine.connect() as connection:
            last = (await connection.execute(select(func.max(report_room_minutes.c.ts)))).scalar()
        return last + MINUTE - AGAIN if last is not None else 0

    async def _next(self, since: int, until: int) -> int:
        """The first minute with anything to sum up; `until` if there is none."""
        firsts = [until]
        async with self._engine.connect() as connection:
            for table in (report_heartbeats, report_heartbeat_downstream):
                first = (await connection.execute(select(func.min(table.c.ts)).where(table.c.ts >= since))).scalar()
                firsts.append(until if first is None else _minute(first))
        return min(firsts)


async def _sum_up(connection: AsyncConnection, since: int, until: int) -> None:
    for table in (report_minutes, report_room_minutes):
        await connection.execute(delete(table).where(table.c.ts >= since, table.c.ts < until))
    received, sent = report_heartbeat_downstream.c, report_heartbeats.c
    pairs = {"publisher_id": received.publisher_id, "user_id": received.user_id}
    senders = {"publisher_id": sent.user_id, "user_id": literal("")}
    measured = sent.net_bitrate.is_not(None) | sent.v_fps.is_not(None)
    for source, names, conditions in ((received, pairs, ()), (sent, senders, (measured,))):
        minute = (source.ts - source.ts % literal_column(str(MINUTE))).label("ts")
        columns: dict[str, Any] = {"room_id": source.room_id, "ts": minute, **names, **dict(_sums(source))}
        columns |= dict(_averages(source))
        await _insert(connection, report_minutes, columns, source, (source.ts >= since, source.ts < until, *conditions))
    minute = (received.ts - received.ts % literal_column(str(MINUTE))).label("ts")
    columns = {"ts": minute, "room_id": received.room_id, **dict(_sums(received))}
    await _insert(connection, report_room_minutes, columns, received, (received.ts >= since, received.ts < until))


async def _insert(
    connection: AsyncConnection, table: Table, columns: dict[str, Any], source: Any, where: tuple[Any, ...]
) -> None:
    keys: list[Any] = [
        column for name, column in columns.items() if table.c[name].primary_key and isinstance(column, Column)
    ]
    minute = source.ts - source.ts % literal_column(str(MINUTE))
    statement = select(*columns.values()).where(*where).group_by(minute, *keys)
    await connection.execute(insert(table).from_select([*columns], statement))


def _sums(source: Any) -> Iterator[tuple[str, ColumnElement[Any]]]:
    yield "rows", func.count()
    yield "video_rows", func.count(source.v_bitrate)
    yield "loss_rows", func.count(source.packet_loss)
    yield "packet_loss", func.avg(source.packet_loss)
    yield "v_freeze_count", func.coalesce(func.sum(source.v_freeze_count), 0)
    yield "v_freeze_ms", func.coalesce(func.sum(source.v_freeze_ms), 0)


def _averages(source: Any) -> Iterator[tuple[str, ColumnElement[Any]]]:
    yield "net_bitrate", func.avg(cast(source.net_bitrate, Float))
    yield "v_fps", func.avg(source.v_fps)
    yield "rtt_ms", func.avg(source.rtt_ms)
    yield "v_width", func.max(source.v_width)
    yield "v_height", func.max(source.v_height)


def _minute(ts: int) -> int:
    return ts - ts % MINUTE
