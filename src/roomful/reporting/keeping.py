"""Days are counted, and what is too old is removed. specs/monibuca-rooms.md §9.7."""

import asyncio
import datetime
import logging
from collections.abc import Callable

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.questions.days import Day, count, span_of
from roomful.reporting.questions.loading import Loading
from roomful.storage.report_tables import report_daily
from roomful.storage.reports import ReportTable

EVERY = 3600.0
"""Seconds between two rounds."""
ROWS_AT_ONCE = 5_000
PAUSE = 0.05
"""Seconds between two transactions that remove rows: others write too."""
COUNTED_AGAIN = 2
"""Days back that are counted again each time: visits that were still going on have ended meanwhile."""

logger = logging.getLogger(__name__)


class Keeping:
    """Keeps the numbers of days for ever, and all else for so many days."""

    def __init__(self, table: ReportTable, loading: Loading, days: int, clock: Callable[[], float]) -> None:
        """`days`: 0 keeps everything."""
        self._table = table
        self._loading = loading
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Every hour, for ever."""
        while True:
            try:
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
        for back in range(COUNTED_AGAIN + 1):
            date = today - datetime.timedelta(days=back)
            span = span_of(date, datetime.UTC)
            visits, partial = await self._loading.visits(span)
            if partial or not visits:
                continue
            day = count(date.isoformat(), span, visits)
            async with self._table.engine.begin() as connection:
                await connection.execute(delete(report_daily).where(report_daily.c.date == day.date))
                await connection.execute(insert(report_daily), [msgspec.structs.asdict(day)])

    async def remove_expired(self) -> int:
        """Return how many rows went."""
        if not self._days:
            return 0
        limit = round((self._clock() - self._days * 86_400) * 1000)
        gone = 0
        while removed := await self._table.remove_before(limit, ROWS_AT_ONCE):
            gone += removed
            await asyncio.sleep(PAUSE)
        return gone
