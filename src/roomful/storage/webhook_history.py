"""Webhook events of the last while, delivered or not, so that a receiver can ask for them again."""

import msgspec
from sqlalchemy import delete, func, select, tuple_

from roomful.storage.database import Database
from roomful.storage.keeper import Keeper
from roomful.storage.tables import webhook_events


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it was sent."""

    id: str
    """`EV_…`."""
    queue: str
    """What it is about: the room's name, an egress, an ingress."""
    subject: str
    """The same for one life: the room's sid."""
    sequence: int
    """Counts the events of the subject, from 1 on."""
    event: str
    body: str
    created_at: float
    """Unix seconds."""


LAST_EVENTS = ("room_finished", "egress_ended", "ingress_ended")
"""After these a subject has no more."""


class WebhookHistoryTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._insert_new = database.insert_new(webhook_events)

    async def sequences(self) -> dict[str, int]:
        """The last sequence number of each subject that may go on."""
        columns = webhook_events.c
        ended = select(columns.subject).where(columns.event.in_(LAST_EVENTS))
        last = select(columns.subject, func.max(columns.sequence)).where(columns.subject.not_in(ended))
        async with self._engine.connect() as connection:
            rows = await connection.execute(last.group_by(columns.subject))
            return {row[0]: row[1] for row in rows}

    async def load(
        self, queue: str, *, since: float = 0.0, subject: str = "", after: int = 0, limit: int = 100
    ) -> list[StoredEvent]:
        """Events about one thing, oldest first: those from `since` on, of one life of it, with a later sequence."""
        columns = webhook_events.c
        wanted = select(webhook_events).where(
            columns.queue == queue, columns.created_at >= since, columns.sequence > after
        )
        if subject:
            wanted = wanted.where(columns.subject == subject)
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                wanted.order_by(columns.created_at, columns.subject, columns.sequence).limit(limit)
            )
            return [StoredEvent(**row) for row in rows.mappings()]

    async def forget(self, before: float) -> None:
        """Remove what is older, but the last event of each subject: its number says where to go on."""
        columns = webhook_events.c
        last = select(columns.subject, func.max(columns.sequence)).group_by(columns.subject)
        old = columns.created_at < before
        going_on = tuple_(columns.subject, columns.sequence).in_(last) & columns.event.not_in(LAST_EVENTS)
        async with self._engine.begin() as connection:
            await connection.execute(delete(webhook_events).where(old & ~going_on))

    async def write(self, changes: dict[str, StoredEvent | None]) -> None:
        """Add events, by id, in one transaction."""
        added = [msgspec.structs.asdict(event) for event in changes.values() if event is not None]
        async with self._engine.begin() as connection:
            if added:
                await connection.execute(self._insert_new, added)


class WebhookHistoryKeeper(Keeper[str, StoredEvent]):
    """Keeps events."""

    def __init__(self, table: WebhookHistoryTable) -> None:
        super().__init__(table, "webhook events")
