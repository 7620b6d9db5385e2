"""What a plugin remembers beyond a restart."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Document = dict[str, Any]
"""Anything that JSON can hold."""


class Records(Protocol):
    """Documents of one plugin, by collection and key. Kept in the server's database.

    Writes are in memory at once (reads see them), reach the database in order soon after, and are flushed at the end of
    the server. `where` compares top-level fields for equality; `between` has inclusive bounds, None is open.
    """

    async def put(self, collection: str, key: str, document: Document) -> None:
        """Write a document, or write it anew."""
        ...

    async def get(self, collection: str, key: str) -> Document | None: ...

    async def delete(self, collection: str, key: str) -> bool:
        """Return whether there was one."""
        ...

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
        """Return the documents that match, in the order of a top-level field (default: as first written)."""
        ...

    async def count(
        self,
        collection: str,
        *,
        where: Mapping[str, Any] | None = None,
        between: tuple[str, float | None, float | None] | None = None,
    ) -> int: ...
