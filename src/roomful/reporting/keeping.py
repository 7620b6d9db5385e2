"""Days are counted, and what is too old is removed. specs/monibuca-rooms.md §9.7."""

import asyncio
import datetime
import itertools
import logging
from collections.abc import Callable

import msgspec
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.questions.days import Day, count, span_of
from roomful.reporting.questions.loading import Loading
from roomful.reporting.rollups import Rollups
from roomful.reporting.room_days import write_room_days
from roomful.storage.report_tables import report_daily, report_leave_rooms
from roomful.storage.reports import ReportTable
from roomful.storage.rollup_tables import report_room_days

EVERY = 300.0
"""Seconds between two rounds."""
ROUNDS = 12
"""In each so many of them days are counted and old rows removed."""
MINUTES_KEPT, ROOM_DAYS_KEPT = 90, 400
"""Days for which sums of minutes, and those of rooms on one day, are kept at least."""
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
        today = datetime.datetime.fromtimestamp(self._clock(), datetime.UTC).date()
        recent = [today - datetime.timedelta(days=back) for back in range(COUNTED_AGAIN + 1)]
        for date in (*recent, *await self._uncounted(recent[-1])):
            span = span_of(date, datetime.UTC)
            visits, partial = await self._loading.visits(span)
            if partial:
                return
            if not visits:
                continue
            day = count(date.isoformat(), span, visits)
            async with self._table.engine.begin() as connection:
                await connection.execute(delete(report_daily).where(report_daily.c.date == day.date))
                await connection.execute(insert(report_daily), [msgspec.structs.asdict(day)])
                await write_room_days(connection, day.date, span, visits)
            await asyncio.sleep(PAUSE)
        self._rollups.days_until = span_of(today, datetime.UTC).start

    async def _uncounted(self, before: datetime.date) -> list[datetime.date]:
        """Days with visits whose rooms were never counted, as of times when nobody did."""
        leaves, room_days = report_leave_rooms.c, report_room_days.c
        async with self._table.engine.connect() as connection:
            first = (await connection.execute(select(func.min(leaves.left_at)))).scalar()
            counted = set((await connection.execute(select(room_days.date).distinct())).scalars())
        if first is None:
            return []
        date = datetime.datetime.fromtimestamp(first / 1000, datetime.UTC).date()
        days = [date + datetime.timedelta(days=number) for number in range(max(0, (before - date).days))]
        return [day for day in days if day.isoformat() not in counted]

    async def remove_expired(self) -> int:
        """Return how many rows went."""
        if not self._days:
            return 0
        now = self._clock()
        limit = round((now - self._days * 86_400) * 1000)
        minutes = round((now - max(self._days, MINUTES_KEPT) * 86_400) * 1000)
        oldest = datetime.datetime.fromtimestamp(now - max(self._days, ROOM_DAYS_KEPT) * 86_400, datetime.UTC)
        await self._table.remove_sums_before(minutes, oldest.date().isoformat())
        gone = 0
        while removed := await self._table.remove_before(limit, ROWS_AT_ONCE):
            gone += removed
            await asyncio.sleep(PAUSE)
        return gone
