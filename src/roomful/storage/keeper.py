"""Writes to the database behind the event loop's back, and goes on trying when the database is gone."""

import asyncio
import contextlib
import logging
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from roomful.storage.rooms import RoomTable, StoredRoom

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")

logger = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 0.5, 30.0
"""Seconds between attempts while the database is unavailable: doubled from the first to the longest."""


class Table(Protocol[Key, Row]):
    """Where changes go."""

    async def write(self, changes: dict[Key, Row | None]) -> None:
        """Apply changes in one transaction; `None` deletes. Raises SQLAlchemy's errors."""
        ...


class Keeper(Generic[Key, Row]):
    """A queue of changes with one writer. Only the newest state of a thing is queued: the things bound its length."""

    def __init__(self, table: Table[Key, Row], what: str) -> None:
        """`what` is kept, in the plural, for the log."""
        self._table = table
        self._what = what
        self._pending: dict[Key, Row | None] = {}
        self._writing: dict[Key, Row | None] = {}
        self._rounds = 0
        """Successful writes."""
        self._round_over = asyncio.Event()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._writer: asyncio.Task[None] | None = None
        self.healthy = True
        """False while changes wait for a database that does not take them."""

    def start(self) -> None:
        self._writer = asyncio.create_task(self._write_forever(), name=f"keeper of {self._what}")

    async def settled(self, within: float) -> bool:
        """Wait until all changes are in the database; False when that takes longer than `within` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._settled.wait()
        return self._settled.is_set()

    @property
    def waiting(self) -> int:
        """How many changes are not in the database yet."""
        return len(self._pending) + len(self._writing)

    def unwritten(self, key: Key) -> tuple[bool, Row | None]:
        """Say whether there is a change of this thing that is not in the database yet, and which."""
        for changes in (self._pending, self._writing):
            if key in changes:
                return True, changes[key]
        return False, None

    async def written(self, within: float) -> bool:
        """Wait until what was put before now is in the database; False when that takes longer than so many seconds.

        Unlike `settled` it does not wait for what is put meanwhile.
        """
        if not self.waiting:
            return True
        last = self._rounds + (2 if self._writing else 1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._rounds < last and self.waiting:
                    await self._round_over.wait()
        return self._rounds >= last or not self.waiting

    async def close(self, within: float) -> None:
        """Write what is left, for at most `within` seconds, and stop."""
        if not await self.settled(within):
            logger.error("changes of %s could not be saved", self._what, extra={"of": sorted(map(str, self._pending))})
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])

    def put(self, key: Key, row: Row | None) -> None:
        """Have the thing written as it is now, or removed."""
        self._pending[key] = row
        self._settled.clear()
        self._wake.set()

    async def _write_forever(self) -> None:
        retry = FIRST_RETRY
        while True:
            await self._wake.wait()
            self._wake.clear()
            changes, self._pending = self._pending, {}
            self._writing = changes
            try:
                if changes:
                    await self._table.write(changes)
            except (SQLAlchemyError, OSError) as error:
                if self.healthy:
                    logger.error("%s cannot be saved; trying on", self._what, extra={"reason": str(error)})
                self.healthy = False
                # What changed meanwhile is newer than what could not be written.
                self._pending = changes | self._pending
                self._writing = {}
                self._wake.set()
                await asyncio.sleep(retry)
                retry = min(retry * 2, LONGEST_RETRY)
                continue
            retry = FIRST_RETRY
            self.healthy = True
            self._writing = {}
            self._rounds += 1
            self._round_over.set()
            self._round_over = asyncio.Event()
            if not self._pending:
                self._settled.set()


class RoomKeeper(Keeper[str, StoredRoom]):
    """Keeps rooms, by name."""

    def __init__(self, table: RoomTable) -> None:
        super().__init__(table, "rooms")

    def keep(self, room: StoredRoom) -> None:
        """Have the room written as it is now."""
        self.put(room.name, room)

    def forget(self, name: str) -> None:
        """Have the room removed."""
        self.put(name, None)
