"""What was given and said in live rooms, from the events that `Shows` writes. specs/monibuca-rooms.md §9.5, §9.8."""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import BigInteger, case, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from roomful.reporting.shows import COMMENTS, GIFTS
from roomful.reporting.visits import SERVER
from roomful.storage.report_tables import report_kv

GIVEN_LATELY, SAID_LATELY = 600_000, 60_000
"""Milliseconds."""

_kv = report_kv.c
# Clients may report what they like under the same names, no numbers among it: only the server's rows are read.
# As an expression: for the sake of grouping by the column, SQLite would read all rows by its index.
_room = func.coalesce(_kv.room_id, literal_column("''"))
_number = cast(case((_kv.source == SERVER, _kv.value), else_="0"), BigInteger)


class Lately(msgspec.Struct, kw_only=True):
    """What makes a room popular, beside its viewers."""

    comments: int = 0
    """Of the last minute, chat messages as well."""
    gift_value: int = 0
    """Of the last ten."""


async def gifts(connection: AsyncConnection, start: int, end: int) -> dict[str, int]:
    """Their value, by room."""
    within = (_kv.event == GIFTS, _kv.ts >= start, _kv.ts < end)
    found: Any = await connection.execute(select(_room, func.sum(_number)).where(*within).group_by(_room))
    return {room_id: int(value) for room_id, value in found}


async def gifts_by_time(connection: AsyncConnection, start: int, end: int, step: int) -> dict[int, int]:
    """Their value, by when a stretch of so many milliseconds began."""
    within = (_kv.event == GIFTS, _kv.ts >= start, _kv.ts < end)
    begin = _kv.ts - _kv.ts % literal_column(str(step))
    found: Any = await connection.execute(select(begin, func.sum(_number)).where(*within).group_by(begin))
    return {ts: int(value) for ts, value in found}


async def lately(connection: AsyncConnection, now: int) -> dict[str, Lately]:
    """By room."""
    rooms: dict[str, Lately] = defaultdict(Lately)
    for room_id, value in (await gifts(connection, now - GIVEN_LATELY, now + 1000)).items():
        rooms[room_id].gift_value = value
    said = func.sum(case((_kv.event == COMMENTS, _number), else_=1))
    events = _kv.event.in_((COMMENTS, "chat_send"))
    statement = select(_room, said).where(_kv.ts >= now - SAID_LATELY, events).group_by(_room)
    found: Any = await connection.execute(statement)
    for room_id, number in found:
        rooms[room_id].comments = int(number)
    return rooms
