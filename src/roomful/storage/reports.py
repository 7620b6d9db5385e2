"""Rows of reports, in batches. specs/monibuca-rooms.md §9.2-9.4, §9.7.

All times are Unix milliseconds.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Table, delete, select

from roomful.storage.database import Database
from roomful.storage.report_tables import (
    report_heartbeat_downstream,
    report_heartbeats,
    report_kv,
    report_leave_rooms,
)
from roomful.storage.rollup_tables import report_half_hours, report_minutes, report_room_days, report_room_minutes


class Measurements(msgspec.Struct, kw_only=True):
    """What was measured of media in one direction; None: not measured."""

    v_bitrate: int | None = None
    """Bit/s."""
    v_fps: float | None = None
    v_width: int | None = None
    v_height: int | None = None
    v_codec: str | None = None
    v_frames_processed: int | None = None
    v_frames_dropped: int | None = None
    v_freeze_count: int | None = None
    v_freeze_ms: int | None = None
    a_bitrate: int | None = None
    a_sample_rate: int | None = None
    a_channels: int | None = None
    a_codec: str | None = None
    a_volume: float | None = None
    """0 … 1."""
    rtt_ms: float | None = None
    net_bitrate: int | None = None
    packet_loss: float | None = None
    """0 … 1."""
    jitter_ms: float | None = None


class StoredHeartbeat(Measurements, kw_only=True):
    """How it went with what one participant sent, lately."""

    id: int
    room_id: str
    user_id: str
    session_id: str
    ts: int
    source: str
    """`client` or `server`: who measured."""
    stream_path: str = ""
    sdk_version: str = ""
    terminal: str = ""
    device_name: str = ""
    os_version: str = ""
    network_type: str = ""


class StoredDownstream(Measurements, kw_only=True):
    """How it went with what one participant received of another."""

    id: int
    heartbeat_id: int
    room_id: str
    user_id: str
    """Who receives."""
    publisher_id: str
    ts: int
    stream_path: str = ""


class StoredLeave(msgspec.Struct, kw_only=True):
    """One visit, from joining to leaving."""

    id: int
    room_id: str
    room_type: str
    user_id: str
    session_id: str
    joined_at: int
    left_at: int
    duration: float
    """Seconds."""
    leave_reason: str
    source: str
    user_name: str = ""
    role: str = ""
    terminal: str = ""
    device_name: str = ""
    os_version: str = ""
    network_type: str = ""
    sdk_version: str = ""
    join_source: str = ""
    join_url: str = ""
    referrer: str = ""
    ip: str = ""
    app_version: str = ""
    reconnects: int = 0
    publish_duration: float = 0.0
    subscribe_duration: float = 0.0
    extra: str = "{}"
    """JSON."""


class StoredKv(msgspec.Struct, kw_only=True):
    """Something that was tried, with its outcome."""

    id: int
    room_id: str
    user_id: str
    session_id: str
    event: str
    ts: int
    source: str
    success: bool = True
    latency_ms: float | None = None
    code: int = 0
    message: str = ""
    value: str = "null"
    """JSON."""
    sdk_version: str = ""


class Batch(msgspec.Struct, kw_only=True):
    """Rows that are written together."""

    heartbeats: list[StoredHeartbeat] = []
    downstream: list[StoredDownstream] = []
    leaves: list[StoredLeave] = []
    kv: list[StoredKv] = []

    def __len__(self) -> int:
        return len(self.heartbeats) + len(self.downstream) + len(self.leaves) + len(self.kv)

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same rows in two batches."""
        first, second = Batch(), Batch()
        room = len(self) // 2
        for name in self.__struct_fields__:
            rows = getattr(self, name)
            setattr(first, name, rows[:room])
            setattr(second, name, rows[room:])
            room = max(room - len(rows), 0)
        return first, second


_TIMES: tuple[tuple[Table, Column[Any]], ...] = (
    (report_heartbeats, report_heartbeats.c.ts),
    (report_heartbeat_downstream, report_heartbeat_downstream.c.ts),
    (report_leave_rooms, report_leave_rooms.c.left_at),
    (report_kv, report_kv.c.ts),
)


class ReportTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self._insert_new = {table: database.insert_new(table) for table, _ in _TIMES}

    async def write(self, batch: Batch) -> None:
        """Insert in one transaction. A row that is there already stays: a batch may be tried again."""
        parts: tuple[tuple[Table, Sequence[msgspec.Struct]], ...] = (
            (report_heartbeats, batch.heartbeats),
            (report_heartbeat_downstream, batch.downstream),
            (report_leave_rooms, batch.leaves),
            (report_kv, batch.kv),
        )
        async with self.engine.begin() as connection:
            for table, rows in parts:
                if rows:
                    await connection.execute(self._insert_new[table], [msgspec.structs.asdict(row) for row in rows])

    async def remove_before(self, limit: int, rows: int) -> int:
        """Remove up to so many rows of each table that are older than `limit`; return how many went."""
        gone = 0
        for table, time in _TIMES:
            expired = select(table.c.id).where(time < limit).limit(rows)
            async with self.engine.begin() as connection:
                done = await connection.execute(delete(table).where(table.c.id.in_(expired)))
                gone += done.rowcount
        return gone

    async def remove_sums_before(self, limit: int, half_hours: int, date: str) -> None:
        """Remove sums of minutes and of half hours that are older than so, and of days before `date`."""
        async with self.engine.begin() as connection:
            for table in (report_minutes, report_room_minutes):
                await connection.execute(delete(table).where(table.c.ts < limit))
            await connection.execute(delete(report_half_hours).where(report_half_hours.c.ts < half_hours))
            await connection.execute(delete(report_room_days).where(report_room_days.c.date < date))
