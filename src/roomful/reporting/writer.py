"""Writes reports to the database in batches, in memory while it is away. specs/monibuca-rooms.md §9.7."""

import asyncio
import contextlib
import itertools
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from roomful.storage.database import is_about_rows
from roomful.storage.reports import Batch, StoredDownstream, StoredHeartbeat, StoredKv, StoredLeave

logger = logging.getLogger(__name__)

MAX_HEARTBEATS, MAX_LEAVES, MAX_KV = 50_000, 10_000, 50_000
"""Most that wait in memory, of each kind; then the oldest are dropped."""
ROWS_AT_ONCE = 5_000
"""Rows of one transaction: others write to the database too."""
FULL_ENOUGH = 200
"""Rows that are worth a transaction."""
LONGEST_WAIT = 1.0
"""Seconds for which fewer rows wait for company."""
RETRY_SECONDS = 10.0

Beat: TypeAlias = tuple[StoredHeartbeat, Sequence[StoredDownstream]]


class Table(Protocol):
    async def write(self, batch: Batch) -> None:
        """Insert in one transaction, rows that are there already left out. Raises SQLAlchemy's errors."""
        ...


class Health(msgspec.Struct, frozen=True, kw_only=True):
    backend: Literal["database", "memory"]
    buffered: int
    """Reports that are not in the database yet."""
    dropped: int
    """Reports that were lost since the start, because too many waited."""


class ReportWriter:
    """The one who writes."""

    def __init__(self, table: Table, retry: float = RETRY_SECONDS) -> None:
        self._table = table
        self._retry = retry
        self._heartbeats: deque[Beat] = deque()
        self._leaves: deque[StoredLeave] = deque()
        self._kv: deque[StoredKv] = deque()
        # Later than all of an earlier life, which had fewer than a thousand rows in each millisecond.
        self._ids = itertools.count(int(time.time() * 1000) << 10)
        self._writing = Batch()
        self._dropped = 0
        self._healthy = True
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._write_forever(), name="report writer")

    async def close(self, within: float) -> None:
        """Write what is left, for at most `within` seconds, and stop."""
        if not await self.settled(within):
            logger.error("reports could not be saved", extra={"count": self.health.buffered})
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def settled(self, within: float) -> bool:
        """Write what waits now; False when that takes longer than `within` seconds."""
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._empty.wait()
        return self._empty.is_set()

    def next_id(self) -> int:
        return next(self._ids)

    def heartbeat(self, row: StoredHeartbeat, downstream: Sequence[StoredDownstream] = ()) -> None:
        self._heartbeats.append((row, downstream))
        self._bound(self._heartbeats, MAX_HEARTBEATS)
        self._wake_up()

    def leave(self, row: StoredLeave) -> None:
        self._leaves.append(row)
        self._bound(self._leaves, MAX_LEAVES)
        self._wake_up()

    def kv(self, row: StoredKv) -> None:
        self._kv.append(row)
        self._bound(self._kv, MAX_KV)
        self._wake_up()

    @property
    def health(self) -> Health:
        waiting = len(self._heartbeats) + len(self._leaves) + len(self._kv)
        writing = len(self._writing) - len(self._writing.downstream)
        backend = "database" if self._healthy else "memory"
        return Health(backend=backend, buffered=waiting + writing, dropped=self._dropped)

    def unwritten(self, room_id: str | None = None) -> Batch:
        """What is not in the database yet, of one room or of all."""
        beats = [beat for beat in self._heartbeats if room_id in (None, beat[0].room_id)]
        writing = self._writing
        return Batch(
            heartbeats=[*(row for row in writing.heartbeats if room_id in (None, row.room_id)), *(b for b, _ in beats)],
            downstream=[
                *(row for row in writing.downstream if room_id in (None, row.room_id)),
                *itertools.chain.from_iterable(downstream for _, downstream in beats),
            ],
            leaves=[row for row in (*writing.leaves, *self._leaves) if room_id in (None, row.room_id)],
            kv=[row for row in (*writing.kv, *self._kv) if room_id in (None, row.room_id)],
        )

    def _bound(self, queue: deque[Beat] | deque[StoredLeave] | deque[StoredKv], limit: int) -> None:
        if len(queue) > limit:
            queue.popleft()
            self._dropped += 1

    def _wake_up(self) -> None:
        self._empty.clear()
        self._wake.set()
        if len(self._heartbeats) + len(self._leaves) + len(self._kv) >= FULL_ENOUGH:
            self._hurry.set()

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT):
                    await self._hurry.wait()
            self._hurry.clear()
            self._writing = self._writing if len(self._writing) else self._take()
            try:
                await self._write(self._writing)
            except (SQLAlchemyError, OSError) as error:
                if self._healthy:
                    logger.error("reports cannot be saved; they are kept in memory", extra={"reason": str(error)})
                self._healthy = False
                await asyncio.sleep(self._retry)
                continue
            if not self._healthy:
                logger.info("reports are saved again")
            self._healthy = True
            self._writing = Batch()
            if not (self._heartbeats or self._leaves or self._kv):
                self._wake.clear()
                self._empty.set()
            else:
                self._hurry.set()

    async def _write(self, batch: Batch) -> None:
        """Write all but the rows that can never be written, which must not keep the others from it."""
        try:
            await self._table.write(batch)
        except Exception as error:
            if not is_about_rows(error):
                raise
            if len(batch) == 1:
                logger.exception("a report that the database cannot hold is dropped")
                self._dropped += 1 - len(batch.downstream)
                return
            for half in batch.halves():
                await self._write(half)

    def _take(self) -> Batch:
        batch = Batch()
        for queue, rows in ((self._leaves, batch.leaves), (self._kv, batch.kv)):
            while queue and len(batch) < ROWS_AT_ONCE:
                rows.append(queue.popleft())  # pyright: ignore[reportArgumentType] - each with its own
        while self._heartbeats and len(batch) < ROWS_AT_ONCE:
            heartbeat, downstream = self._heartbeats.popleft()
            batch.heartbeats.append(heartbeat)
            batch.downstream += downstream
        return batch
