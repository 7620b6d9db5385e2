"""`GET /daily_stats`: days, of the calendar of any time zone. specs/monibuca-rooms.md §9.5."""

import datetime
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import msgspec

from roomful.reporting.questions.loading import Loading, Span
from roomful.reporting.questions.numbers import peak
from roomful.storage.reports import StoredLeave


class Day(msgspec.Struct, frozen=True, kw_only=True):
    date: str
    """2026-01-31."""
    sessions: int
    users: int
    peak_concurrent: int
    streaming_duration: float
    """Seconds for which something was published, of all visits together."""
    rooms: int


class DayQuestions:
    """Answers about days."""

    def __init__(
        self,
        loading: Loading,
        present: Callable[[], Iterable[StoredLeave]],
        kept: Callable[[], Awaitable[dict[str, Day]]],
        clock: Callable[[], float],
    ) -> None:
        """`present` gives the visits of those who are in a room now; `kept`, the days that are kept for ever, of which
        single visits may be forgotten.
        """
        self._present = present
        self._loading = loading
        self._kept = kept
        self._clock = clock

    async def ask(self, days: int, zone: datetime.tzinfo) -> dict[str, Any]:
        """The answer's `data`: so many days, today the last."""
        today = datetime.datetime.fromtimestamp(self._clock(), zone).date()
        dates = [today - datetime.timedelta(days=back) for back in reversed(range(days))]
        spans = [span_of(date, zone) for date in dates]
        visits, partial = await self._loading.visits(Span(start=spans[0].start, end=spans[-1].end))
        visits = [*visits, *self._present()]
        kept = await self._kept()
        counted = [count(date.isoformat(), span, visits) for date, span in zip(dates, spans, strict=True)]
        told = [_fuller(day, kept.get(day.date)) for day in counted]
        answer: dict[str, Any] = {"days": [msgspec.structs.asdict(day) for day in told]}
        return {**answer, "partial": True} if partial else answer


def span_of(date: datetime.date, zone: datetime.tzinfo) -> Span:
    start = datetime.datetime.combine(date, datetime.time(), zone)
    end = datetime.datetime.combine(date + datetime.timedelta(days=1), datetime.time(), zone)
    return Span(start=round(start.timestamp() * 1000), end=round(end.timestamp() * 1000))


def count(date: str, span: Span, visits: Iterable[StoredLeave]) -> Day:
    """A day from its visits. One that goes on over midnight counts on the day it began, and is there on both."""
    touching = [row for row in visits if span.touches(row)]
    began: Sequence[StoredLeave] = [row for row in touching if span.has(row.joined_at)]
    return Day(
        date=date,
        sessions=len(began),
        users=len({row.user_id for row in touching}),
        peak_concurrent=peak((max(row.joined_at, span.start), min(row.left_at, span.end)) for row in touching),
        streaming_duration=round(sum(row.publish_duration for row in began), 3),
        rooms=len({row.room_id for row in touching}),
    )


def _fuller(counted: Day, kept: Day | None) -> Day:
    return kept if kept is not None and kept.sessions > counted.sessions else counted
