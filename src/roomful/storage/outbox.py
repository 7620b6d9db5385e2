"""Webhooks that wait for their delivery, so that a restart loses none."""

import msgspec
from sqlalchemy import delete, select

from roomful.storage.database import Database
from roomful.storage.keeper import Keeper
from roomful.storage.tables import webhook_outbox


class StoredDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one receiver."""

    number: int
    """Grows with each delivery."""
    queue: str
    """What the event is about; deliveries of one queue to one address go out in order."""
    event: str
    url: str
    api_key: str
    """Whose secret signs it, at each attempt anew."""
    body: str
    created_at: float
    """Unix seconds."""
    sequence: int = 0
    """The number of the event among those of its subject; 0 is none."""


class OutboxTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._insert_new = database.insert_new(webhook_outbox)

    async def load(self) -> list[StoredDelivery]:
        """All deliveries, oldest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(webhook_outbox).order_by(webhook_outbox.c.number))
            return [StoredDelivery(**row) for row in rows.mappings()]

    async def write(self, changes: dict[int, StoredDelivery | None]) -> None:
        """Apply changes by number in one transaction: a delivery is inserted, `None` deletes it.

        Changes may be applied again, after a connection that was lost at the wrong moment.
        """
        added = [msgspec.structs.asdict(delivery) for delivery in changes.values() if delivery is not None]
        gone = [number for number, delivery in changes.items() if delivery is None]
        async with self._engine.begin() as connection:
            if added:
                await connection.execute(self._insert_new, added)
            for number in gone:
                await connection.execute(delete(webhook_outbox).where(webhook_outbox.c.number == number))


class Outbox(Keeper[int, StoredDelivery]):
    """Keeps deliveries until they are made or given up."""

    def __init__(self, table: OutboxTable) -> None:
        super().__init__(table, "webhooks")

    def add(self, delivery: StoredDelivery) -> None:
        self.put(delivery.number, delivery)

    def remove(self, number: int) -> None:
        """The delivery is done with. One that was never written needs no writing now."""
        if self._pending.pop(number, None) is None:
            self.put(number, None)
