"""What a plugin remembers, in the server's database."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.records import Document
from roomful.storage import Query, RecordKeeper, RecordTable, StoredRecord

MAX_DOCUMENT_BYTES = 256 * 1024
MAX_NAME_BYTES = 256
MAX_UNWRITTEN = 50_000
"""Documents that wait for a database that does not take them; more are refused."""
WRITTEN_SECONDS = 4.0
"""How long a search waits for what was written just before."""


class RecordStore:
    """The documents of all plugins: the table and its one writer."""

    def __init__(self, table: RecordTable, keeper: RecordKeeper, last_position: int) -> None:
        self.table = table
        self.keeper = keeper
        self._last_position = last_position

    def next_position(self) -> int:
        self._last_position += 1
        return self._last_position


class PluginRecords:
    """The documents of one plugin. See `roomful.rooms.extension.Records`.

    Raises RoomApiError: BAD_FIELD for what is no JSON or too large, BACKEND_UNAVAILABLE while the database is gone.
    """

    def __init__(self, store: RecordStore, plugin: str) -> None:
        self._store = store
        self._plugin = plugin

    async def put(self, collection: str, key: str, document: Document) -> None:
        for what, text in (("collection", collection), ("key", key)):
            if not 0 < len(text.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES:
                raise bad_field(what, f"a {what} has 1 to {MAX_NAME_BYTES} bytes")
        try:
            text = msgspec.json.encode(document).decode()
        except (TypeError, ValueError, RecursionError) as error:
            raise bad_field("document", f"the document is not JSON: {error}") from None
        if len(text) > MAX_DOCUMENT_BYTES:
            raise bad_field("document", f"a document has {MAX_DOCUMENT_BYTES} bytes at most")
        if self._store.keeper.waiting >= MAX_UNWRITTEN:
            raise _unavailable()
        record = StoredRecord(position=self._store.next_position(), document=text)
        self._store.keeper.put((self._plugin, collection, key), record)

    async def get(self, collection: str, key: str) -> Document | None:
        place = (self._plugin, collection, key)
        known, record = self._store.keeper.unwritten(place)
        if known:
            return None if record is None else _decode(record.document)
        try:
            text = await self._store.table.get(place)
        except (SQLAlchemyError, OSError):
            raise _unavailable() from None
        # It may have been written anew while the database was looking.
        known, record = self._store.keeper.unwritten(place)
        if known:
            text = None if record is None else record.document
        return None if text is None else _decode(text)

    async def delete(self, collection: str, key: str) -> bool:
        there = await self.get(collection, key) is not None
        if there:
            self._store.keeper.put((self._plugin, collection, key), None)
        return there

    async def find(
        self,
        collection: str,
        *,
        where: Mapping[str, Any] | None = None,
        between: tuple[str, float | None, float | None] | None = None,
        order_by: str = "",
        descending: bool = False,
        limit: int = 1000,
        offset: int = 0,
    ) -> Sequence[Document]:
        query = Query(
            where=where or {},
            between=between,
            order_by=order_by,
            descending=descending,
            limit=max(0, limit),
            offset=max(0, offset),
        )
        await self._written()
        try:
            found = await self._store.table.find(self._plugin, collection, query)
        except (SQLAlchemyError, OSError):
            raise _unavailable() from None
        return [_decode(text) for text in found]

    async def count(
        self,
        collection: str,
        *,
        where: Mapping[str, Any] | None = None,
        between: tuple[str, float | None, float | None] | None = None,
    ) -> int:
        await self._written()
        try:
            return await self._store.table.count(self._plugin, collection, Query(where=where or {}, between=between))
        except (SQLAlchemyError, OSError):
            raise _unavailable() from None

    async def _written(self) -> None:
        if not await self._store.keeper.written(WRITTEN_SECONDS):
            raise _unavailable()


def _decode(text: str) -> Document:
    return msgspec.json.decode(text, type=dict[str, Any])


def _unavailable() -> RoomApiError:
    return RoomApiError(Code.BACKEND_UNAVAILABLE, "the database does not answer; try again later")
