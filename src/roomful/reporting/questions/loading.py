"""The rows that a question is about: those in the database, and those on their way there."""

from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.exc import SQLAlchemyError

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

MAX_ROWS = 200_000
"""Of each table, for one answer; the newest ones."""

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

    partial: bool = False
    """The database was away: there may be more."""


class Loading:
    """Reads rows. What is not written yet counts as well."""

    def __init__(self, table: ReportTable, writer: ReportWriter) -> None:
        self._engine = table.engine
        self._writer = writer

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
        try:
            found.heartbeats = await self._read(StoredHeartbeat, beats, found.heartbeats, *_in(beats, room_id, span))
            found.downstream = await self._read(
                StoredDownstream, received, found.downstream, *_in(received, room_id, span)
            )
            touching = (leaves.c.room_id == room_id, leaves.c.left_at >= span.start, leaves.c.joined_at < span.end)
            found.leaves = await self._read(StoredLeave, leaves, found.leaves, *touching, order="left_at")
            found.kv = await self._read(StoredKv, kv, found.kv, *_in(kv, room_id, span))
        except (SQLAlchemyError, OSError):
            found.partial = True
        return found

    async def visits(self, span: Span) -> tuple[list[StoredLeave], bool]:
        """All visits that touch the span, and whether some may be missing."""
        rows = [row for row in self._writer.unwritten().leaves if span.touches(row)]
        table = report_leave_rooms
        try:
            touching = (table.c.left_at >= span.start, table.c.joined_at < span.end)
            return await self._read(StoredLeave, table, rows, *touching, order="left_at"), False
        except (SQLAlchemyError, OSError):
            return rows, True

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


def _in(table: Table, room_id: str, span: Span) -> tuple[ColumnElement[bool], ...]:
    return table.c.room_id == room_id, table.c.ts >= span.start, table.c.ts < span.end
