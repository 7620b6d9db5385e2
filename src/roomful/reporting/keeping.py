"""Days are counted, and what is too old is removed. specs/monibuca-rooms.md §9.7."""

import asyncio
import datetime
import itertools
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, literal_column, select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.half_hours import HALF_HOUR, half_hours, write_half_hours
from roomful.reporting.questions.days import Day, count, span_of
from roomful.reporting.questions.loading import Loading
from roomful.reporting.questions.show_sums import gifts_by_time
from roomful.reporting.rollups import Rollups
from roomful.reporting.room_days import write_room_days
from roomful.storage.report_tables import report_daily, report_leave_rooms
from roomful.storage.reports import ReportTable
from roomful.storage.rollup_tables import report_half_hours, report_room_days

EVERY = 300.0
"""Seconds between two rounds."""
ROUNDS = 12
"""In each so many of them days are counted and old rows removed."""
DAY = 86_400_000
"""Milliseconds."""
MINUTES_KEPT, HALF_HOURS_KEPT, ROOM_DAYS_KEPT = 90, 100, 400
"""Days for which sums of minutes, of half hours, and of rooms on one day are kept at least."""
ROWS_AT_ONCE = 5_000
PAUSE = 0.05
"""Seconds between two transactions that remove rows: others write too."""
COUNTED_AGAIN = 2
"""Days back that are counted again each time: visits that were still going on have ended meanwhile."""

logger = logging.getLogger(__name__)


class Keeping:
    """Keeps the numbers of days for ever, sums for long, and all else for so many days."""

    def __init__(
        self, table: ReportTable, loading: Loading, rollups: Rollups, days: int, clock: Callable[[], float]
    ) -> None:
        """`days`: 0 keeps everything."""
        self._table = table
        self._loading = loading
        self._rollups = rollups
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Sum up every five minutes, the rest every hour, for ever."""
        for number in itertools.count():
            try:
                await self._rollups.roll()
                if number % ROUNDS == 0:
                    await self.count_days()
                    await self.remove_expired()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("reports could not be tidied up", extra={"reason": str(error)})
            await asyncio.sleep(EVERY)

    @property
    def forgotten_before(self) -> int:
        """Unix milliseconds: what is older is not kept."""
        return round(self._clock() * 1000) - self._days * DAY if self._days else 0

    async def kept_days(self) -> dict[str, Day]:
        """By date."""
        try:
            async with self._table.engine.connect() as connection:
                rows = (await connection.execute(select(report_daily))).mappings()
                return {row["date"]: Day(**row) for row in rows}
        except (SQLAlchemyError, OSError):
            return {}

    async def count_days(self) -> None:
        """Write the numbers of the days that have just ended, and of today so far. Days are UTC."""
        counted_at = round(self._clock() * 1000)
        today = datetime.datetime.fromtimestamp(self._clock(), datetime.UTC).date()
        recent = [today - datetime.timedelta(days=back) for back in range(COUNTED_AGAIN + 1)]
        rooms, halves = report_room_days.c, report_half_hours.c
        without_rooms = await self._without(recent[-1], set(await self._all(rooms.date)))
        begun = await self._all(halves.ts - halves.ts % literal_column(str(DAY)))
        without_halves = await self._without(recent[-1], {_date(ts).isoformat() for ts in begun})
        # Of the first of them some visits may be gone.
        without_halves -= {min(without_halves, default=recent[-1])}
        for date in sorted({*recent, *without_rooms, *without_halves}, reverse=True):
            span = span_of(date, datetime.UTC)
            visits, partial = await self._loading.visits(span)
            if partial:
                return
            if not visits:
                continue
            async with self._table.engine.begin() as connection:
                given = await gifts_by_time(connection, span.start, span.end, HALF_HOUR)
                await write_half_hours(connection, span, half_hours(span, visits, given))
                # What was counted when single visits were all there is not counted again when some are gone.
                if date in recent or date in without_rooms:
                    day = count(date.isoformat(), span, visits, sum(given.values()))
                    await connection.execute(delete(report_daily).where(report_daily.c.date == day.date))
                    await connection.execute(insert(report_daily), [msgspec.structs.asdict(day)])
                    await write_room_days(connection, day.date, span, visits)
            await asyncio.sleep(PAUSE)
        self._rollups.days_until = span_of(today, datetime.UTC).start
        self._rollups.days_counted_at = counted_at

    async def _all(self, column: Any) -> list[Any]:
        """Its values, each once."""
        async with self._table.engine.connect() as connection:
            return list((await connection.execute(select(column).distinct())).scalars())

    async def _without(self, before: datetime.date, counted: set[str]) -> set[datetime.date]:
        """Days with visits that were never counted, as of times when nobody did."""
        leaves = report_leave_rooms.c
        async with self._table.engine.connect() as connection:
            first = (await connection.execute(select(func.min(leaves.left_at)))).scalar()
        days = range(max(0, (before - _date(first)).days)) if first is not None else range(0)
        dates = (before - datetime.timedelta(days=back + 1) for back in days)
        return {date for date in dates if date.isoformat() not in counted}

    async def remove_expired(self) -> int:
        """Return how many rows went."""
        if not self._days:
            return 0
        now, limit = self._clock(), self.forgotten_before
        minutes, halves = (round(now * 1000) - max(self._days, kept) * DAY for kept in (MINUTES_KEPT, HALF_HOURS_KEPT))
        oldest = datetime.datetime.fromtimestamp(now - max(self._days, ROOM_DAYS_KEPT) * 86_400, datetime.UTC)
        await self._table.remove_sums_before(minutes, halves, oldest.date().isoformat())
        gone = 0
        while removed := await self._table.remove_before(limit, ROWS_AT_ONCE):
            gone += removed
            await asyncio.sleep(PAUSE)
        return gone


def _date(ts: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(ts / 1000, datetime.UTC).date()
