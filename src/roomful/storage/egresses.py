"""Egresses that survive a restart: what was recorded, and what was being recorded when the server died."""

from typing import Any

import msgspec
from sqlalchemy import delete, select

from roomful.storage.database import Database
from roomful.storage.keeper import Keeper
from roomful.storage.tables import egresses


class StoredEgress(msgspec.Struct, frozen=True, kw_only=True):
    """An egress as it was when it was last written."""

    egress_id: str
    started_at: float
    """Unix seconds."""
    info: bytes
    """As the protocol that it belongs to describes it; without secrets."""


class EgressTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._upsert = database.upsert(egresses)

    async def load(self) -> list[StoredEgress]:
        """All egresses, oldest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(egresses).order_by(egresses.c.started_at))
            return [StoredEgress(**row) for row in rows.mappings()]

    async def write(self, changes: dict[str, StoredEgress | None]) -> None:
        """Apply changes by id in one transaction: an egress is inserted or replaced, `None` deletes it."""
        kept: list[dict[str, Any]] = [msgspec.structs.asdict(one) for one in changes.values() if one is not None]
        gone = [egress_id for egress_id, one in changes.items() if one is None]
        async with self._engine.begin() as connection:
            if kept:
                await connection.execute(self._upsert, kept)
            for egress_id in gone:
                await connection.execute(delete(egresses).where(egresses.c.egress_id == egress_id))


class EgressKeeper(Keeper[str, StoredEgress]):
    """Keeps egresses, by id."""

    def __init__(self, table: EgressTable) -> None:
        super().__init__(table, "egresses")
