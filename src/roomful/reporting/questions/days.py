"""`GET /daily_stats`: days, of the calendar of any time zone. specs/monibuca-rooms.md §9.5."""

import bisect
import datetime
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.half_hours import HALF_HOUR, HalfHour, count_names, name_hashes, touched
from roomful.reporting.questions.loading import Loading, Span
from roomful.reporting.questions.numbers import peak
from roomful.reporting.questions.show_sums import gifts
from roomful.reporting.rollups import Rollups
from roomful.storage.reports import ReportTable, StoredLeave
from roomful.storage.rollup_tables import report_half_hours


class Day(msgspec.Struct, frozen=True, kw_only=True):
    date: str
    """2026-01-31."""
    sessions: int
    users: int
    peak_concurrent: int
    streaming_duration: float
    """Seconds for which something was published, of all visits together."""
    rooms: int
    gift_value: int = 0


class DayQuestions:
    """Answers about days."""

    def __init__(
        self,
        table: ReportTable,
        loading: Loading,
        rollups: Rollups,
        present: Callable[[], Iterable[StoredLeave]],
        kept: Callable[[], Awaitable[dict[str, Day]]],
        forgotten_before: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        """`present` gives the visits of those who are in a room now; `kept`, the days that are kept for ever, of which
        single visits may be forgotten: those from before `forgotten_before`, Unix milliseconds.
        """
        self._engine = table.engine
        self._loading = loading
        self._rollups = rollups
        self._present = present
        self._kept = kept
        self._forgotten_before = forgotten_before
        self._clock = clock

    async def ask(self, days: int, zone: datetime.tzinfo) -> dict[str, Any]:
        """The answer's `data`: so many days, today the last."""
        today = datetime.datetime.fromtimestamp(self._clock(), zone).date()
        dates = [today - datetime.timedelta(days=back) for back in reversed(range(days))]
        spans = [span_of(date, zone) for date in dates]
        start, end = spans[0].start, spans[-1].end
        # Half hours do for the past where days begin with one.
        summed_until = self._rollups.days_until if all(span.start % HALF_HOUR == 0 for span in spans) else 0
        split = min(max(start, summed_until), end)
        halves = await self._half_hours(Span(start=start, end=split))
        visits, partial = await self._loading.visits(Span(start=split, end=end))
        visits = [*visits, *self._present()]
        given = await self._gifts([Span(start=max(span.start, split), end=span.end) for span in spans])
        kept = await self._kept()
        # Who is still here, or has left since the half hours were counted, is not in them yet.
        late = [one for one in visits if self._is_late(one, split)]
        told: list[Day] = []
        for date, span, value in zip(dates, spans, given, strict=True):
            mine = halves[_first(halves, span.start) : _first(halves, span.end)]
            rest = visits if span.end > split else []
            counted = self._day(date.isoformat(), span, split, mine, late, rest, value)
            is_known = mine or span.start >= self._forgotten_before()
            told.append(counted if is_known else _fuller(counted, kept.get(counted.date)))
        answer: dict[str, Any] = {"days": [msgspec.structs.asdict(day) for day in told]}
        return {**answer, "partial": True} if partial else answer

    def _day(
        self,
        date: str,
        span: Span,
        split: int,
        halves: list[HalfHour],
        late: Sequence[StoredLeave],
        visits: Sequence[StoredLeave],
        value: int,
    ) -> Day:
        """A day of half hours until `split`, and of visits from there on."""
        rest = Span(start=max(span.start, split), end=span.end)
        if not halves and rest.start == span.start:
            return count(date, span, visits, value)
        early = Span(start=span.start, end=min(split, span.end))
        late = [one for one in late if early.touches(one)]
        later = [one for one in visits if rest.touches(one)]
        began = [*(one for one in late if early.has(one.joined_at)), *(one for one in later if rest.has(one.joined_at))]
        there: dict[int, int] = {half.ts: half.peak_concurrent for half in halves}
        for one in late:
            for ts in touched(one, early):
                there[ts] = there.get(ts, 0) + 1
        everybody = [*late, *later]
        return Day(
            date=date,
            sessions=sum(half.began for half in halves) + len(began),
            users=count_names([*(half.users for half in halves), name_hashes(one.user_id for one in everybody)]),
            peak_concurrent=max(peak(_clipped(later, rest)), *there.values(), 0),
            streaming_duration=round(
                sum(half.streaming_duration for half in halves) + sum(one.publish_duration for one in began), 3
            ),
            rooms=count_names([*(half.rooms for half in halves), name_hashes(one.room_id for one in everybody)]),
            gift_value=sum(half.gift_value for half in halves) + value,
        )

    def _is_late(self, visit: StoredLeave, split: int) -> bool:
        return visit.joined_at < split and (not visit.leave_reason or visit.left_at >= self._rollups.days_counted_at)

    async def _half_hours(self, span: Span) -> list[HalfHour]:
        table = report_half_hours
        statement = select(table).where(table.c.ts >= span.start, table.c.ts < span.end).order_by(table.c.ts)
        try:
            async with self._engine.connect() as connection:
                return [HalfHour(**row) for row in (await connection.execute(statement)).mappings()]
        except (SQLAlchemyError, OSError):
            return []

    async def _gifts(self, spans: Sequence[Span]) -> list[int]:
        """Their value in each."""
        try:
            async with self._engine.connect() as connection:
                return [
                    sum((await gifts(connection, span.start, span.end)).values()) if span.end > span.start else 0
                    for span in spans
                ]
        except (SQLAlchemyError, OSError):
            return [0] * len(spans)


def _first(halves: Sequence[HalfHour], ts: int) -> int:
    """Index of the first that began then or later."""
    return bisect.bisect_left(halves, ts, key=lambda half: half.ts)


def span_of(date: datetime.date, zone: datetime.tzinfo) -> Span:
    start = datetime.datetime.combine(date, datetime.time(), zone)
    end = datetime.datetime.combine(date + datetime.timedelta(days=1), datetime.time(), zone)
    return Span(start=round(start.timestamp() * 1000), end=round(end.timestamp() * 1000))


def count(date: str, span: Span, visits: Iterable[StoredLeave], gift_value: int) -> Day:
    """A day from its visits. One that goes on over midnight counts on the day it began, and is there on both."""
    touching = [row for row in visits if span.touches(row)]
    began: Sequence[StoredLeave] = [row for row in touching if span.has(row.joined_at)]
    return Day(
        date=date,
        sessions=len(began),
        users=len({row.user_id for row in touching}),
        peak_concurrent=peak(_clipped(touching, span)),
        streaming_duration=round(sum(row.publish_duration for row in began), 3),
        rooms=len({row.room_id for row in touching}),
        gift_value=gift_value,
    )


def _clipped(visits: Iterable[StoredLeave], span: Span) -> Iterable[tuple[int, int]]:
    return ((max(row.joined_at, span.start), min(row.left_at, span.end)) for row in visits)


def _fuller(counted: Day, kept: Day | None) -> Day:
    return kept if kept is not None and kept.sessions > counted.sessions else counted
