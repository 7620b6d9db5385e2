"""What is known of each room in a stretch of time: of long ones, in whole days that were summed up before."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, case, func, select

from roomful.reporting.half_hours import name_hashes
from roomful.reporting.questions.loading import Loading, Span
from roomful.reporting.questions.numbers import USUAL_GAP, peak
from roomful.reporting.questions.show_sums import gifts
from roomful.reporting.rollups import Rollups
from roomful.storage.report_tables import report_daily, report_heartbeat_downstream, report_kv
from roomful.storage.reports import ReportTable, StoredLeave
from roomful.storage.rollup_tables import report_room_days, report_room_minutes

LONG = 2 * 86_400_000
"""Milliseconds; longer stretches are answered in whole days, in UTC."""
LONG_MEASURED = 3_600_000
"""The same for what was measured, in whole minutes, of which the last few are not summed up yet."""


class RoomSum(msgspec.Struct, kw_only=True):
    """One room in that time; all times are Unix milliseconds."""

    room_type: str = ""
    first_at: int = 0
    last_at: int = 0
    sessions: int = 0
    current_users: int = 0
    peak_concurrent: int = 0
    streaming_duration: float = 0.0
    """Seconds."""
    users: bytes = b""
    """Hashes, `half_hours.NAME_BYTES` each; the same one may be there more than once."""
    rows: int = 0
    """Of measurements of what was received."""
    loss_rows: int = 0
    lost: float = 0.0
    """Sum of the losses of `loss_rows`."""
    freeze_ms: int = 0
    gift_value: int = 0

    @property
    def packet_loss(self) -> float:
        return self.lost / self.loss_rows if self.loss_rows else 0.0

    @property
    def freeze_rate(self) -> float:
        """Each row stands for about five seconds of one stream."""
        return self.freeze_ms / (self.rows * USUAL_GAP) if self.rows else 0.0

    def add(self, visits: Iterable[StoredLeave], new: Span) -> None:
        """Add visits; those that began before `new` are in it already, but for those that still go on."""
        rows = list(visits)
        if not rows:
            return
        self.room_type = rows[-1].room_type or self.room_type
        first = min(row.joined_at for row in rows)
        self.first_at = min(self.first_at, first) if self.first_at else first
        self.last_at = max(self.last_at, *(row.left_at for row in rows), 0)
        fresh = [row for row in rows if row.joined_at >= new.start or not row.leave_reason]
        self.sessions += len(fresh)
        self.current_users = sum(not row.leave_reason for row in rows)
        self.peak_concurrent = max(self.peak_concurrent, peak((row.joined_at, row.left_at) for row in rows))
        self.streaming_duration += sum(row.publish_duration for row in fresh)
        self.users += name_hashes(row.user_id for row in rows)

    def measured(self, rows: int, loss_rows: int, lost: float | None, freeze_ms: int) -> None:
        self.rows += int(rows)
        self.loss_rows += int(loss_rows)
        self.lost += float(lost or 0.0)
        self.freeze_ms += int(freeze_ms)


class SiteSum(msgspec.Struct, kw_only=True):
    """All rooms, by name."""

    rooms: dict[str, RoomSum]
    peak_concurrent: int = 0
    joins: int = 0
    joined: int = 0
    partial: bool = False


class SiteSums:
    """Puts them together."""

    def __init__(self, table: ReportTable, loading: Loading, rollups: Rollups) -> None:
        self._engine = table.engine
        self._loading = loading
        self._rollups = rollups

    async def visits(self, span: Span, present: Mapping[str, list[StoredLeave]]) -> tuple[SiteSum, Span]:
        """Who was there; and the rest of the span, which is not summed up by day. `present`: who is there now."""
        site, single, new = SiteSum(rooms=defaultdict(RoomSum)), span, Span(start=0, end=span.end)
        if span.end - span.start > LONG and self._rollups.days_until > span.start:
            single = new = Span(start=min(self._rollups.days_until, span.end), end=span.end)
            await self._days(site, Span(start=span.start, end=single.start))
        found, site.partial = await self._loading.visits(single)
        by_room: dict[str, list[StoredLeave]] = defaultdict(list)
        for row in found:
            by_room[row.room_id].append(row)
        for room_id, rows in present.items():
            by_room[room_id] += rows
        for room_id, rows in by_room.items():
            site.rooms[room_id].add(rows, new)
        everybody = [row for rows in by_room.values() for row in rows]
        site.peak_concurrent = max(site.peak_concurrent, peak((row.joined_at, row.left_at) for row in everybody))
        return site, single

    @staticmethod
    def of_present(present: Mapping[str, list[StoredLeave]]) -> SiteSum:
        """What is known while the database is away."""
        site = SiteSum(rooms=defaultdict(RoomSum), partial=True)
        for room_id, rows in present.items():
            site.rooms[room_id].add(rows, Span(start=0, end=0))
        everybody = [row for rows in present.values() for row in rows]
        site.peak_concurrent = peak((row.joined_at, row.left_at) for row in everybody)
        return site

    async def measure(self, site: SiteSum, single: Span) -> None:
        """Add what was measured in `single`, and how joining went. Raises SQLAlchemy's errors."""
        minutes, rows, kv = report_room_minutes.c, report_heartbeat_downstream.c, report_kv.c
        source, until = rows, single.end
        lost, sums = func.sum(rows.packet_loss), (func.count(), func.count(rows.packet_loss))
        if single.end - single.start > LONG_MEASURED and self._rollups.minutes_until > single.start:
            source, until = minutes, min(self._rollups.minutes_until, single.end)
            lost = func.sum(minutes.packet_loss * minutes.loss_rows)
            sums = (func.sum(minutes.rows), func.sum(minutes.loss_rows))
        columns = (source.room_id, *sums, lost, func.coalesce(func.sum(source.v_freeze_ms), 0))
        told = _within(select(*columns), source.ts, Span(start=single.start, end=until)).group_by(source.room_id)
        async with self._engine.connect() as connection:
            found: Any = (await connection.execute(told)).all()
            for room_id, *numbers in found:
                self._measured(site, room_id, numbers)
            tried = _within(select(kv.success, func.count()), kv.ts, single).where(kv.event == "join_room")
            outcomes: Any = await connection.execute(tried.group_by(kv.success))
            for success, number in outcomes:
                site.joins += number
                site.joined += number if success else 0
            for room_id, value in (await gifts(connection, single.start, single.end)).items():
                if room_id in site.rooms:
                    site.rooms[room_id].gift_value += value

    @staticmethod
    def _measured(site: SiteSum, room_id: str, numbers: Iterable[float]) -> None:
        if room_id in site.rooms:
            rows, loss_rows, lost, freeze_ms = numbers
            site.rooms[room_id].measured(int(rows), int(loss_rows), lost, int(freeze_ms))

    async def _days(self, site: SiteSum, span: Span) -> None:
        dates = [
            datetime.datetime.fromtimestamp(ts / 1000, datetime.UTC).date().isoformat()
            for ts in (span.start, span.end - 1)
        ]
        table, daily = report_room_days.c, report_daily.c
        within = table.date.between(dates[0], dates[1])
        # Who was there on the first day may have come before.
        sessions = func.sum(case((table.date == dates[0], table.present), else_=table.began))
        lost, most = func.sum(table.packet_loss * table.loss_rows), func.max(table.peak_concurrent)
        measured = (func.sum(table.rows), func.sum(table.loss_rows), lost, func.sum(table.v_freeze_ms))
        columns = (
            table.room_id,
            func.max(table.room_type),
            func.min(table.first_at),
            func.max(table.last_at),
            sessions,
            most,
            func.sum(table.streaming_duration),
            func.sum(table.joins),
            func.sum(table.joined),
            func.sum(table.gift_value),
            *measured,
        )
        users: dict[str, list[bytes]] = defaultdict(list)
        async with self._engine.connect() as connection:
            for room_id, hashes in (await connection.execute(select(table.room_id, table.users).where(within))).all():
                users[room_id].append(hashes)
            days: Any = (await connection.execute(select(*columns).where(within).group_by(table.room_id))).all()
            for name, kind, first, last, visits, highest, streamed, joins, joined, given, *numbers in days:
                room = site.rooms[name] = RoomSum(
                    room_type=kind,
                    first_at=first,
                    last_at=last,
                    sessions=int(visits),
                    peak_concurrent=highest,
                    streaming_duration=streamed,
                    users=b"".join(users[name]),
                    gift_value=int(given),
                )
                room.measured(*numbers)
                site.joins += int(joins)
                site.joined += int(joined)
            whole = select(func.max(daily.peak_concurrent)).where(daily.date.between(dates[0], dates[1]))
            site.peak_concurrent = (await connection.execute(whole)).scalar() or 0


def _within(statement: Any, ts: Column[int], span: Span) -> Any:
    return statement.where(ts >= span.start, ts < span.end)
