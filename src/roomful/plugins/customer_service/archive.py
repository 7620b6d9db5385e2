"""Sessions, agents, ratings and files in the server's database. specs/monibuca-rooms.md §12.

A database that does not answer costs a running call nothing but its memory: writing fails with a line in the log.
"""

import base64
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from roomful.plugins.customer_service.agent import Account
from roomful.plugins.customer_service.ids import iso
from roomful.plugins.customer_service.session import SessionRecord
from roomful.plugins.customer_service.status import Status
from roomful.rooms.extension import Code, Records, RoomApiError

SESSIONS, AGENTS, RATINGS, STATES, FILES, KEYS = "sessions", "agents", "ratings", "agent_states", "audio_files", "keys"
PAGE = 1000
KEY_BYTES = 32

RecordT = TypeVar("RecordT", bound=msgspec.Struct)
Span = tuple[str, float | None, float | None] | None

logger = logging.getLogger(__name__)


class AudioFile(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file, as it is listed."""

    id: str
    name: str
    format: str
    """`mp3`, `wav`, `ogg` or `m4a`."""
    size: int
    """Bytes."""
    duration: float
    """Seconds; 0 if the file does not say."""
    uploaded_at: float

    def view(self) -> dict[str, Any]:
        """As clients are told."""
        return {
            "id": self.id,
            "name": self.name,
            "format": self.format,
            "size": self.size,
            "duration": self.duration,
            "uploaded_at": iso(self.uploaded_at),
        }


class RatingRecord(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    agent_id: str | None
    agent_name: str | None
    customer_name: str
    score: int
    comment: str
    at: float


class Archive:
    """See the module. Reads raise RoomApiError (BACKEND_UNAVAILABLE), writes do not."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def key(self) -> bytes:
        """What tokens are signed with; made at the first start."""
        found = await self._records.get(KEYS, "tokens")
        if found is not None:
            return base64.b64decode(found["key"])
        key = secrets.token_bytes(KEY_BYTES)
        await self._records.put(KEYS, "tokens", {"key": base64.b64encode(key).decode()})
        return key

    # Sessions and their ratings

    async def keep_session(self, record: SessionRecord) -> None:
        await self._put(SESSIONS, record.id, record)
        if record.rating is not None:
            rating = RatingRecord(
                session_id=record.id,
                agent_id=record.agent_id,
                agent_name=record.agent_name,
                customer_name=record.customer_name,
                score=record.rating.score,
                comment=record.rating.comment,
                at=record.rating.at,
            )
            await self._put(RATINGS, record.id, rating)

    async def session(self, session_id: str) -> SessionRecord | None:
        found = await self._records.get(SESSIONS, session_id)
        return None if found is None else msgspec.convert(found, SessionRecord)

    async def open_sessions(self) -> list[SessionRecord]:
        """In the order of their making."""
        return [
            record
            for status in (Status.WAITING, Status.ACTIVE)
            async for record in self._all(SESSIONS, SessionRecord, {"status": status.value})
        ]

    async def sessions(
        self, where: Mapping[str, Any], span: Span, limit: int, offset: int
    ) -> tuple[list[SessionRecord], int]:
        """A page, the newest first, and how many there are."""
        found = await self._records.find(
            SESSIONS,
            where=where,
            between=span,
            order_by="created_at",
            descending=True,
            limit=limit,
            offset=offset,
        )
        total = await self._records.count(SESSIONS, where=where, between=span)
        return [msgspec.convert(one, SessionRecord) for one in found], total

    async def count_sessions(self, **where: str) -> int:
        return await self._records.count(SESSIONS, where=where)

    def sessions_since(self, at: float) -> AsyncIterator[SessionRecord]:
        return self._all(SESSIONS, SessionRecord, {}, ("created_at", at, None))

    def ratings(self) -> AsyncIterator[RatingRecord]:
        return self._all(RATINGS, RatingRecord, {})

    async def page_of_ratings(self, where: Mapping[str, Any], limit: int, offset: int) -> tuple[Sequence[Any], int]:
        """The newest first, and how many there are."""
        found = await self._records.find(
            RATINGS, where=where, order_by="at", descending=True, limit=limit, offset=offset
        )
        return [msgspec.convert(one, RatingRecord) for one in found], await self._records.count(RATINGS, where=where)

    # Agents

    async def keep_agent(self, account: Account) -> None:
        """Raises RoomApiError (BACKEND_UNAVAILABLE): whoever changes an account has to know."""
        await self._records.put(AGENTS, account.id, msgspec.to_builtins(account))

    async def drop_agent(self, agent_id: str) -> None:
        await self._records.delete(AGENTS, agent_id)

    async def agents(self) -> list[Account]:
        return [account async for account in self._all(AGENTS, Account, {})]

    async def log_state(self, agent_id: str, state: str, at: float) -> None:
        entry = {"agent_id": agent_id, "state": state, "ts": round(at * 1000)}
        try:
            await self._records.put(STATES, f"{agent_id}/{round(at * 1000)}/{secrets.token_hex(4)}", entry)
        except RoomApiError as error:
            logger.error("not kept: %s", error.message, extra={"collection": STATES, "key": agent_id})

    # Audio files

    async def keep_file(self, file: AudioFile) -> None:
        """Raises RoomApiError (BACKEND_UNAVAILABLE)."""
        await self._records.put(FILES, file.id, msgspec.to_builtins(file))

    async def drop_file(self, file_id: str) -> None:
        await self._records.delete(FILES, file_id)

    async def file(self, file_id: str) -> AudioFile:
        """Raises RoomApiError (NOT_FOUND)."""
        found = await self._records.get(FILES, file_id)
        if found is None:
            raise RoomApiError(Code.NOT_FOUND, f"there is no audio file {file_id!r}")
        return msgspec.convert(found, AudioFile)

    async def files(self) -> list[AudioFile]:
        return [one async for one in self._all(FILES, AudioFile, {})]

    # All of them

    async def _put(self, collection: str, key: str, record: msgspec.Struct) -> None:
        try:
            await self._records.put(collection, key, msgspec.to_builtins(record))
        except RoomApiError as error:
            logger.error("not kept: %s", error.message, extra={"collection": collection, "key": key})

    async def _all(
        self, collection: str, record_type: type[RecordT], where: Mapping[str, Any], span: Span = None
    ) -> AsyncIterator[RecordT]:
        """In the order of writing. What is found is what there was at the start."""
        documents: list[dict[str, Any]] = []
        while page := await self._records.find(
            collection, where=where, between=span, limit=PAGE, offset=len(documents)
        ):
            documents += page
        for document in documents:
            yield msgspec.convert(document, record_type)
