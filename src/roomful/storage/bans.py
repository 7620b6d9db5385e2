"""Bans and revoked tokens that survive a restart, and the rooms they are about."""

from typing import Any, TypeAlias

import msgspec
from sqlalchemy import delete, or_, select

from roomful.rooms.bans import Ban
from roomful.storage.database import Database
from roomful.storage.keeper import Keeper
from roomful.storage.tables import room_bans, token_revocations

REVOCATION_SECONDS = 366 * 24 * 3600.0
"""For how long a revocation is remembered."""

BanKey: TypeAlias = tuple[str, str]
"""Room name and user id."""


class BanTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._upsert = database.upsert(room_bans)

    async def load(self, now: float) -> list[tuple[str, Ban]]:
        """The bans that hold, oldest first."""
        holding = or_(room_bans.c.until.is_(None), room_bans.c.until > now)
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(room_bans).where(holding).order_by(room_bans.c.created_at))
            return [(row["room_id"], _ban(dict(row))) for row in rows.mappings()]

    async def write(self, changes: dict[BanKey, Ban | None]) -> None:
        """Apply changes in one transaction: a ban is inserted or replaced, `None` deletes it."""
        kept: list[dict[str, Any]] = [
            {"room_id": room_id, **msgspec.structs.asdict(ban)} for (room_id, _), ban in changes.items() if ban
        ]
        gone = [key for key, ban in changes.items() if ban is None]
        async with self._engine.begin() as connection:
            if kept:
                await connection.execute(self._upsert, kept)
            for room_id, user_id in gone:
                mine = (room_bans.c.room_id == room_id, room_bans.c.user_id == user_id)
                await connection.execute(delete(room_bans).where(*mine))


class RevocationTable:
    """Rows in, rows out: until when tokens are revoked, by room name and user id. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._upsert = database.upsert(token_revocations)

    async def load(self, now: float) -> list[tuple[str, str, float]]:
        """All that may matter still: no token is good for longer than a year."""
        recent = token_revocations.c.before > now - REVOCATION_SECONDS
        async with self._engine.begin() as connection:
            await connection.execute(delete(token_revocations).where(~recent))
            rows = await connection.execute(select(token_revocations))
            return [(row.room_id, row.user_id, row.before) for row in rows]

    async def write(self, changes: dict[BanKey, float | None]) -> None:
        rows = [
            {"room_id": room_id, "user_id": user_id, "before": before}
            for (room_id, user_id), before in changes.items()
            if before is not None
        ]
        async with self._engine.begin() as connection:
            if rows:
                await connection.execute(self._upsert, rows)


class RevocationKeeper(Keeper[BanKey, float]):
    """Keeps revocations."""

    def __init__(self, table: RevocationTable) -> None:
        super().__init__(table, "revoked tokens")


class BanKeeper(Keeper[BanKey, Ban]):
    """Keeps bans."""

    def __init__(self, table: BanTable) -> None:
        super().__init__(table, "bans")


def _ban(row: dict[str, Any]) -> Ban:
    del row["room_id"]
    return Ban(**row)
