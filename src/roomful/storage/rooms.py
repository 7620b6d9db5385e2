"""The table of rooms that survive a restart."""

import logging
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, select

from roomful.rooms.options import RoomOptions
from roomful.storage.database import Database
from roomful.storage.rules import StoredRules
from roomful.storage.tables import rooms

logger = logging.getLogger(__name__)

_options = msgspec.json.Decoder(RoomOptions)
_rules = msgspec.json.Decoder(StoredRules)


class StoredRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A room as it was when it was last written."""

    name: str
    sid: str
    created_at: float
    """Unix seconds."""
    metadata: str
    options: RoomOptions
    rules: StoredRules = StoredRules()


class RoomTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._upsert = database.upsert(rooms)

    async def load(self) -> list[StoredRoom]:
        """All rooms, oldest first. A row that cannot be read is left out, and logged."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(rooms).order_by(rooms.c.created_at))
            return [room for row in rows.mappings() if (room := _room(row)) is not None]

    async def write(self, changes: dict[str, StoredRoom | None]) -> None:
        """Apply changes by room name in one transaction: a room is inserted or replaced, `None` deletes it."""
        kept = [_row(room) for room in changes.values() if room is not None]
        gone = [{"gone": name} for name, room in changes.items() if room is None]
        async with self._engine.begin() as connection:
            if kept:
                await connection.execute(self._upsert, kept)
            if gone:  # at once: each statement of its own goes to the database's thread and back
                await connection.execute(delete(rooms).where(rooms.c.name == bindparam("gone")), gone)


def _row(room: StoredRoom) -> dict[str, Any]:
    fields = {name: getattr(room, name) for name in room.__struct_fields__}
    return fields | {name: msgspec.json.encode(fields[name]).decode() for name in ("options", "rules")}


def _room(row: RowMapping) -> StoredRoom | None:
    try:
        options = _options.decode(row["options"])
        rules = _rules.decode(row["rules"]) if row["rules"] else StoredRules()
    except msgspec.DecodeError as error:  # written by another version, or by hand
        logger.error("a stored room cannot be read and is left out", extra={"room": row["name"], "reason": str(error)})
        return None
    return StoredRoom(
        name=row["name"],
        sid=row["sid"],
        created_at=row["created_at"],
        metadata=row["metadata"],
        options=options,
        rules=rules,
    )
