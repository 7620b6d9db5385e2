"""What was told, numbered, and for a while there to be told again."""

import asyncio
import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from roomful.storage import StoredEvent, WebhookHistoryKeeper, WebhookHistoryTable
from roomful.storage.webhook_history import LAST_EVENTS

logger = logging.getLogger(__name__)

WRITE_SECONDS = 5.0
PRUNE_SECONDS = 600.0
"""How often old events are removed."""


class History:
    """The events of the last `seconds`."""

    def __init__(self, table: WebhookHistoryTable, keeper: WebhookHistoryKeeper, seconds: float) -> None:
        """0 seconds: nothing is kept, and numbers begin at 1 after a restart."""
        self._table = table
        self._keeper = keeper
        self._seconds = seconds
        self._sequences: dict[str, int] = {}
        """Subject → its last number."""
        self._pruned_at = time.time()
        self._pruning: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Go on counting where an earlier life stopped."""
        if self._seconds:
            self._sequences = await self._table.sequences()
        await self._table.forget(time.time() - self._seconds)

    async def close(self) -> None:
        if self._pruning is not None:
            self._pruning.cancel()
            await asyncio.wait([self._pruning])

    def number(self, subject: str, event: str) -> int:
        """The next number of a subject."""
        number = self._sequences.get(subject, 0) + 1
        if event in LAST_EVENTS:
            self._sequences.pop(subject, None)
        else:
            self._sequences[subject] = number
        return number

    def add(self, event: StoredEvent) -> None:
        if not self._seconds:
            return
        self._keeper.put(event.id, event)
        if event.created_at > self._pruned_at + PRUNE_SECONDS:
            self._pruned_at = event.created_at
            self._pruning = asyncio.create_task(self._prune(event.created_at), name="webhook events grow old")

    async def events(
        self, queue: str, *, since: float = 0.0, subject: str = "", after: int = 0, limit: int = 100
    ) -> list[StoredEvent]:
        """See `WebhookHistoryTable.load`."""
        await self._keeper.written(WRITE_SECONDS)
        since = max(since, time.time() - self._seconds)
        return await self._table.load(queue, since=since, subject=subject, after=after, limit=limit)

    async def _prune(self, now: float) -> None:
        try:
            await self._table.forget(now - self._seconds)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("old webhook events could not be removed", extra={"reason": str(error)})
