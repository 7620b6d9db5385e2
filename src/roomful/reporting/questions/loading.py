"""The rows that a question is about: those in the database, and those on their way there."""

from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Table, func, literal_column, select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.rollups import MINUTE, Rollups
from roomful.reporting.writer import ReportWriter
from roomful.storage.report_tables import (
    report_heartbeat_downstream,
    report_heartbeats,
    report_kv,
    report_leave_rooms,
)
from roomful.storage.reports import (
    Batch,
    ReportTable,
    StoredDownstream,
    StoredHeartbeat,
    StoredKv,
    StoredLeave,
)
from roomful.storage.rollup_tables import report_minutes

MAX_ROWS = 200_000
"""Of each table, for one answer; the newest ones."""
LONG = 6 * 3_600_000
"""Milliseconds; longer stretches are answered from sums."""
SUMS = 500
"""Of one series, about."""
SUMMED = "sum"
"""Source of such a heartbeat, which nobody sent like that."""

R = TypeVar("R", StoredHeartbeat, StoredDownstream, StoredLeave, StoredKv)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time, Unix milliseconds, the end not included."""

    start: int
    end: int

    def has(self, ts: int) -> bool:
        return self.start <= ts < self.end

    def touches(self, visit: StoredLeave) -> bool:
        """Say whether any of the visit was in it."""
        return visit.left_at >= self.start and visit.joined_at < self.end


class Found(Batch, kw_only=True):
    """Rows in the order of their times."""

    resolution: int = 0
    """Milliseconds that one row stands for, if rows are sums."""
    partial: bool = False
    """The database was away: there may be more."""


class SummedDownstream(StoredDownstream, kw_only=True):
    """Stands for many rows."""

    video_rows: int


class Loading:
    """Reads rows. What is not written yet counts as well."""

    def __init__(self, table: ReportTable, writer: ReportWriter, rollups: Rollups) -> None:
        self._engine = table.engine
        self._writer = writer
        self._rollups = rollups

    async def of_room(self, room_id: str, span: Span) -> Found:
        """Everything about one room. A visit belongs to all spans that it touches."""
        waiting = self._writer.unwritten(room_id)
        beats, received, leaves, kv = report_heartbeats, report_heartbeat_downstream, report_leave_rooms, report_kv
        found = Found(
            heartbeats=[row for row in waiting.heartbeats if span.has(row.ts)],
            downstream=[row for row in waiting.downstream if span.has(row.ts)],
            leaves=[row for row in waiting.leaves if span.touches(row)],
            kv=[row for row in waiting.kv if span.has(row.ts)],
        )
        single = span
        try:
            if span.end - span.start > LONG and self._rollups.minutes_until > span.start:
                single = Span(start=min(self._rollups.minutes_until, span.end), end=span.end)
                sums, found.resolution = await self._sums(room_id, Span(start=span.start, end=single.start))
                found.heartbeats += [row for row in sums if isinstance(row, StoredHeartbeat)]
                found.downstream += [row for row in sums if isinstance(row, SummedDownstream)]
            found.heartbeats = await self._read(StoredHeartbeat, beats, found.heartbeats, *_in(beats, room_id, single))
            found.downstream = await self._read(
                StoredDownstream, received, found.downstream, *_in(received, room_id, single)
            )
            touching = (leaves.c.room_id == room_id, leaves.c.left_at >= span.start, leaves.c.joined_at < span.end)
            found.leaves = await self._read(StoredLeave, leaves, found.leaves, *touching, order="left_at")
            found.kv = await self._read(StoredKv, kv, found.kv, *_in(kv, room_id, span))
        except (SQLAlchemyError, OSError):
            found.partial = True
        return found

    async def _sums(self, room_id: str, span: Span) -> tuple[list[StoredHeartbeat | SummedDownstream], int]:
        """What was measured in a long time, with the milliseconds that each row stands for."""
        table = report_minutes.c
        mine = (table.room_id == room_id, table.ts >= span.start, table.ts < span.end)
        async with self._engine.connect() as connection:
            first = (await connection.execute(select(func.min(table.ts)).where(*mine))).scalar()
            if first is None:
                return [], 0
            step = max(MINUTE, (span.end - first) // SUMS // MINUTE * MINUTE)
            rows = (await connection.execute(summed(step).where(*mine))).mappings()
            return [_summed_row(-number, room_id, row) for number, row in enumerate(rows, 1)], step

    async def visits(self, span: Span) -> tuple[list[StoredLeave], bool]:
        """All visits that touch the span, without what they were made with; and whether some may be missing."""
        rows = [row for row in self._writer.unwritten().leaves if span.touches(row)]
        table = report_leave_rooms.c
        wanted = (table.id, table.room_id, table.room_type, table.user_id, table.joined_at, table.left_at)
        statement = select(*wanted, table.leave_reason, table.publish_duration)
        statement = statement.where(table.left_at >= span.start, table.joined_at < span.end)
        try:
            async with self._engine.connect() as connection:
                found = (await connection.execute(statement.order_by(table.left_at, table.id))).all()
        except (SQLAlchemyError, OSError):
            return rows, True
        stored = [_visit(*row) for row in found]
        known = {row.id for row in stored}
        return [*stored, *(row for row in rows if row.id not in known)], False

    async def _read(
        self, kind: type[R], table: Table, waiting: list[R], *where: ColumnElement[bool], order: str = "ts"
    ) -> list[R]:
        statement = select(table).where(*where).order_by(table.c[order].desc(), table.c.id.desc()).limit(MAX_ROWS)
        async with self._engine.connect() as connection:
            stored = [kind(**row) for row in (await connection.execute(statement)).mappings()]
        # What was being written when both were looked at is in both.
        known = {row.id for row in stored}
        rows: list[Any] = [*stored, *(row for row in waiting if row.id not in known)]
        return sorted(rows, key=lambda row: (getattr(row, order), row.id))


def _visit(
    number: int, room: str, kind: str, user: str, joined: int, left: int, reason: str, published: float
) -> StoredLeave:
    return StoredLeave(
        id=number,
        room_id=room,
        room_type=kind,
        user_id=user,
        session_id="",
        joined_at=joined,
        left_at=left,
        duration=(left - joined) / 1000,
        leave_reason=reason,
        source="",
        publish_duration=published,
    )


def summed(step: int) -> Any:
    """Sums of minutes, put together to steps of so many milliseconds, for each publisher and receiver."""
    table = report_minutes.c
    begin = table.ts - table.ts % literal_column(str(step))
    means = [func.avg(column).label(column.name) for column in (table.net_bitrate, table.v_fps, table.rtt_ms)]
    loss = (func.sum(table.packet_loss * table.loss_rows) / func.nullif(func.sum(table.loss_rows), 0)).label(
        "packet_loss"
    )
    sums = [
        func.sum(column).label(column.name) for column in (table.video_rows, table.v_freeze_count, table.v_freeze_ms)
    ]
    sizes = [func.max(column).label(column.name) for column in (table.v_width, table.v_height)]
    columns = (begin.label("begin"), table.publisher_id, table.user_id)
    return select(*columns, *means, loss, *sums, *sizes).group_by(begin, table.publisher_id, table.user_id)


def _summed_row(number: int, room_id: str, row: RowMapping) -> StoredHeartbeat | SummedDownstream:
    measured: dict[str, Any] = {
        "ts": row["begin"],
        "room_id": room_id,
        "net_bitrate": None if row["net_bitrate"] is None else round(row["net_bitrate"]),
        "packet_loss": None if row["packet_loss"] is None else round(row["packet_loss"], 5),
        "v_fps": None if row["v_fps"] is None else round(row["v_fps"], 1),
        "rtt_ms": None if row["rtt_ms"] is None else round(row["rtt_ms"], 1),
        "v_width": row["v_width"],
        "v_height": row["v_height"],
        "v_freeze_count": int(row["v_freeze_count"]),
        "v_freeze_ms": int(row["v_freeze_ms"]),
    }
    if not row["user_id"]:
        return StoredHeartbeat(id=number, user_id=row["publisher_id"], session_id="", source=SUMMED, **measured)
    return SummedDownstream(
        id=number,
        heartbeat_id=0,
        user_id=row["user_id"],
        publisher_id=row["publisher_id"],
        video_rows=int(row["video_rows"]),
        **measured,
    )


def _in(table: Table, room_id: str, span: Span) -> tuple[ColumnElement[bool], ...]:
    return table.c.room_id == room_id, table.c.ts >= span.start, table.c.ts < span.end
