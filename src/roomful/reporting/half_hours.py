"""Half an hour of the whole site, summed up: whole ones make the days of nearly every time zone. specs §9.5."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import numpy
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from roomful.reporting.questions.loading import Span
from roomful.reporting.questions.numbers import peak
from roomful.storage.reports import StoredLeave
from roomful.storage.rollup_tables import report_half_hours

HALF_HOUR = 1_800_000
"""Milliseconds."""
NAME_BYTES = 8
"""Of the hash by which names are told apart; two of a billion may be taken for one."""


class HalfHour(msgspec.Struct, kw_only=True):
    """As the table has it."""

    ts: int
    """When it began, Unix milliseconds."""
    began: int = 0
    """Visits."""
    peak_concurrent: int = 0
    streaming_duration: float = 0.0
    """Seconds, of the visits that began."""
    gift_value: int = 0
    users: bytes = b""
    """Hashes of those who were there, `NAME_BYTES` each."""
    rooms: bytes = b""


def name_hashes(names: Iterable[str]) -> bytes:
    """Of every name once."""
    return b"".join(
        hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=NAME_BYTES).digest() for name in sorted(set(names))
    )


def count_names(hashes: Iterable[bytes]) -> int:
    """How many different ones there are."""
    names = numpy.frombuffer(b"".join(hashes), dtype=f"u{NAME_BYTES}").copy()
    names.sort()  # a tenth of what numpy.unique takes
    return int(numpy.count_nonzero(names[1:] != names[:-1])) + min(1, names.size)


def touched(visit: StoredLeave, span: Span) -> Iterator[int]:
    """Beginnings of the half hours of `span` that the visit was in."""
    first, last = max(visit.joined_at, span.start), min(visit.left_at, span.end - 1)
    return iter(range(first // HALF_HOUR * HALF_HOUR, last + 1, HALF_HOUR))


def half_hours(span: Span, visits: Iterable[StoredLeave], gifts: Mapping[int, int]) -> list[HalfHour]:
    """Those of `span` in which anything was; `gifts`: their value by when the half hour began."""
    there: dict[int, list[StoredLeave]] = defaultdict(list)
    for visit in visits:
        for ts in touched(visit, span):
            there[ts].append(visit)
    return [_half_hour(ts, there[ts], gifts.get(ts, 0)) for ts in sorted({*there, *gifts})]


def _half_hour(ts: int, visits: list[StoredLeave], gift_value: int) -> HalfHour:
    end = ts + HALF_HOUR
    began = [visit for visit in visits if ts <= visit.joined_at < end]
    return HalfHour(
        ts=ts,
        began=len(began),
        peak_concurrent=peak((max(visit.joined_at, ts), min(visit.left_at, end)) for visit in visits),
        streaming_duration=round(sum(visit.publish_duration for visit in began), 3),
        gift_value=gift_value,
        users=name_hashes(visit.user_id for visit in visits),
        rooms=name_hashes(visit.room_id for visit in visits),
    )


async def write_half_hours(connection: AsyncConnection, span: Span, counted: list[HalfHour]) -> None:
    """Put them in place of those of `span` that were counted before."""
    table = report_half_hours
    await connection.execute(delete(table).where(table.c.ts >= span.start, table.c.ts < span.end))
    if counted:
        await connection.execute(insert(table), [msgspec.structs.asdict(one) for one in counted])
