"""Writes rooms to the database behind the event loop's back, and goes on trying when the database is gone."""

import asyncio
import contextlib
import logging

from sqlalchemy.exc import SQLAlchemyError

from roomful.storage.rooms import RoomTable, StoredRoom

logger = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 0.5, 30.0
"""Seconds between attempts while the database is unavailable: doubled from the first to the longest."""


class RoomKeeper:
    """A queue of changes with one writer. Only the newest state of a room is queued, so the rooms bound its length."""

    def __init__(self, table: RoomTable) -> None:
        self._table = table
        self._pending: dict[str, StoredRoom | None] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._writer: asyncio.Task[None] | None = None
        self.healthy = True
        """False while changes wait for a database that does not take them."""

    def start(self) -> None:
        self._writer = asyncio.create_task(self._write_forever(), name="room-keeper")

    def keep(self, room: StoredRoom) -> None:
        """Have the room written as it is now."""
        self._put(room.name, room)

    def forget(self, name: str) -> None:
        """Have the room removed."""
        self._put(name, None)

    async def settled(self, within: float) -> bool:
        """Wait until all changes are in the database; False when that takes longer than `within` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._settled.wait()
        return self._settled.is_set()

    async def close(self, within: float) -> None:
        """Write what is left, for at most `within` seconds, and stop."""
        if not await self.settled(within):
            logger.error("changes of rooms could not be saved", extra={"rooms": sorted(self._pending)})
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])

    def _put(self, name: str, room: StoredRoom | None) -> None:
        self._pending[name] = room
        self._settled.clear()
        self._wake.set()

    async def _write_forever(self) -> None:
        retry = FIRST_RETRY
        while True:
            await self._wake.wait()
            self._wake.clear()
            changes, self._pending = self._pending, {}
            try:
                await self._table.write(changes)
            except (SQLAlchemyError, OSError) as error:
                if self.healthy:
                    logger.error("rooms cannot be saved; trying on", extra={"reason": str(error)})
                self.healthy = False
                # What changed meanwhile is newer than what could not be written.
                self._pending = changes | self._pending
                self._wake.set()
                await asyncio.sleep(retry)
                retry = min(retry * 2, LONGEST_RETRY)
                continue
            retry = FIRST_RETRY
            self.healthy = True
            if not self._pending:
                self._settled.set()
