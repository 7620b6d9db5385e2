"""The documents of extensions."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, select

from roomful.storage.database import Database
from roomful.storage.documents import fields_of, without_nul
from roomful.storage.keeper import Keeper
from roomful.storage.tables import plugin_records

RecordKey: TypeAlias = tuple[str, str, str]
"""Plugin, collection, key."""
Between: TypeAlias = tuple[str, float | None, float | None]
"""A field and its inclusive bounds; None is open."""


class StoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    """Of a record that is new; that of one that is written anew stays."""
    document: str
    """JSON."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents of one collection are meant, and in which order. Fields are top-level ones."""

    where: Mapping[str, Any] = {}
    between: Between | None = None
    order_by: str = ""
    """Empty: as first written."""
    descending: bool = False
    limit: int = 1000
    offset: int = 0


class RecordTable:
    """Rows in, rows out. Raises SQLAlchemy's errors."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._upsert = database.upsert(plugin_records, "document")
        self._fields = fields_of(database.is_postgresql)

    async def last_position(self) -> int:
        async with self._engine.connect() as connection:
            last = await connection.execute(select(func.max(plugin_records.c.position)))
            return last.scalar() or 0

    async def write(self, changes: dict[RecordKey, StoredRecord | None]) -> None:
        """Apply changes in one transaction: a document is inserted or replaced, `None` deletes it."""
        kept = [
            {
                "plugin": plugin,
                "collection": collection,
                "key": key,
                "position": record.position,
                "document": without_nul(record.document),
            }
            for (plugin, collection, key), record in changes.items()
            if record is not None
        ]
        gone = [key for key, record in changes.items() if record is None]
        async with self._engine.begin() as connection:
            if kept:
                await connection.execute(self._upsert, kept)
            for plugin, collection, key in gone:
                mine = _of(plugin, collection)
                await connection.execute(delete(plugin_records).where(*mine, plugin_records.c.key == key))

    async def get(self, key: RecordKey) -> str | None:
        plugin, collection, name = key
        query = select(plugin_records.c.document).where(*_of(plugin, collection), plugin_records.c.key == name)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar()

    async def find(self, plugin: str, collection: str, query: Query) -> list[str]:
        fields = self._fields.order(query.order_by) if query.order_by else ()
        position = plugin_records.c.position  # settles ties, so that pages do not overlap
        order = (
            [*(one.desc().nulls_last() for one in fields), position.desc()]
            if query.descending
            else [*(one.asc().nulls_first() for one in fields), position]
        )
        statement = (
            self._matching(select(plugin_records.c.document), plugin, collection, query)
            .order_by(*order)
            .limit(query.limit)
            .offset(query.offset)
        )
        async with self._engine.connect() as connection:
            return [row[0] for row in await connection.execute(statement)]

    async def count(self, plugin: str, collection: str, query: Query) -> int:
        statement = self._matching(select(func.count()).select_from(plugin_records), plugin, collection, query)
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).scalar() or 0

    def _matching(self, statement: Select[Any], plugin: str, collection: str, query: Query) -> Select[Any]:
        conditions = [*_of(plugin, collection)]
        conditions += [self._fields.equals(name, value) for name, value in query.where.items()]
        if query.between is not None:
            name, low, high = query.between
            number = self._fields.number(name)
            if low is not None:
                conditions.append(number >= low)
            if high is not None:
                conditions.append(number <= high)
        return statement.where(*conditions)


class RecordKeeper(Keeper[RecordKey, StoredRecord]):
    """Keeps the documents of extensions."""

    def __init__(self, table: RecordTable) -> None:
        super().__init__(table, "records of extensions")


def _of(plugin: str, collection: str) -> tuple[ColumnElement[bool], ...]:
    return plugin_records.c.plugin == plugin, plugin_records.c.collection == collection
