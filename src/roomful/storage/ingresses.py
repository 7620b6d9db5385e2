"""The table of ingresses. What is in `info` is the protocol's business."""

from sqlalchemy import delete, select

from roomful.storage.database import Database
from roomful.storage.keeper import Keeper
from roomful.storage.tables import ingresses


class IngressTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._upsert = database.upsert(ingresses)

    async def load(self) -> dict[str, bytes]:
        """All ingresses, by id."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(ingresses))
            return {row["ingress_id"]: row["info"] for row in rows.mappings()}

    async def write(self, changes: dict[str, bytes | None]) -> None:
        """Apply changes by id in one transaction: an ingress is inserted or replaced, `None` deletes it."""
        kept = [{"ingress_id": name, "info": info} for name, info in changes.items() if info is not None]
        gone = [name for name, info in changes.items() if info is None]
        async with self._engine.begin() as connection:
            if kept:
                await connection.execute(self._upsert, kept)
            for name in gone:
                await connection.execute(delete(ingresses).where(ingresses.c.ingress_id == name))


class IngressKeeper(Keeper[str, bytes]):
    """Keeps ingresses, by id."""

    def __init__(self, table: IngressTable) -> None:
        super().__init__(table, "ingresses")
