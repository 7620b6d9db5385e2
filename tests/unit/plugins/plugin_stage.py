"""What the stages of all plugins have: a clock that tests move, routes that tests call, and records on a database."""

import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from roomful.extensions.records import RecordStore
from roomful.rooms.extension import Request
from roomful.storage import Database, RecordKeeper, RecordTable
from tests.unit.extensions.stage import Stage

Fire = Callable[[], Awaitable[None] | None]


class HandTimer:
    """Fires when the stage's clock gets there."""

    def __init__(self, fire: Fire) -> None:
        self.fire: Fire | None = fire

    def cancel(self) -> None:
        self.fire = None


class PluginStage(Stage):
    """A stage on which one plugin plays."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self._timers: list[tuple[float, int, HandTimer]] = []
        self._numbers = itertools.count()

    def call_later(self, seconds: float, fire: Fire, room_id: str = "") -> HandTimer:
        """In place of the context's; `room_id` is of no account here."""
        timer = HandTimer(fire)
        heapq.heappush(self._timers, (self.now + seconds, next(self._numbers), timer))
        return timer

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, from one thing that is due to the next."""
        await self.settled()
        end = self.now + seconds
        while self._timers and self._timers[0][0] <= end:
            at, _, timer = heapq.heappop(self._timers)
            if timer.fire is not None:
                self.now = max(self.now, at)
                waiting = timer.fire()
                if waiting is not None:
                    await waiting
                await self.settled()
        self.now = end

    async def ask(self, method: str, path: str, body: Any = None, **request: Any) -> Any:
        """Call a route; `request` are fields of `Request`. Raises RoomApiError, LookupError (no such route)."""
        parts = path.split("/")
        for _, route in self.routes.routes:
            wanted = route.path.split("/")
            values = {name.strip("{}"): part for name, part in zip(wanted, parts, strict=False) if name[:1] == "{"}
            if route.method == method and [values.get(name.strip("{}"), name) for name in wanted] == parts:
                given = None if route.body_type is None else msgspec.convert(body or {}, route.body_type)
                result = await route.handler(Request(path=values, body=given, **request))
                await self.settled()
                return result
        raise LookupError(f"{method} {path}")


@asynccontextmanager
async def records_in(folder: Path) -> AsyncIterator[RecordStore]:
    """The records of a server. What is in the folder stays there, for another one to find: as over a restart."""
    database = await Database.open(folder)
    table = RecordTable(database)
    keeper = RecordKeeper(table)
    keeper.start()
    try:
        yield RecordStore(table, keeper, await table.last_position())
    finally:
        await keeper.close(5)
        await database.close()
