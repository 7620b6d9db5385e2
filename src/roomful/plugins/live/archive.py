"""Shows, gifts, viewers, co-hosts and battles in the server's database. specs/monibuca-rooms.md §6.10, §12.

A database that does not answer costs a running show nothing but its memory: writing fails with a line in the log.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from roomful.plugins.live.audience import Visit
from roomful.plugins.live.battle import Battle, BattleState
from roomful.plugins.live.gifts import SAMPLES, Gift, GiftRecord, Ledger
from roomful.plugins.live.link_mic import CoHost
from roomful.plugins.live.show import ShowRecord
from roomful.plugins.live.status import Status
from roomful.rooms.extension import Records, RoomApiError

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

SHOWS, GIFTS, CATALOGUE, VIEWERS, LINK_MIC, PK = "rooms", "gift_records", "gifts", "viewers", "link_mic", "pk"
PAGE = 1000

logger = logging.getLogger(__name__)


class MicTurn(msgspec.Struct, kw_only=True):
    """Somebody's time on the mic. Times are unix milliseconds."""

    id: str
    show_id: str
    room_id: str
    user_id: str
    user_name: str
    media: str
    started_at: int
    ended_at: int | None = None
    reason: str = ""


class BattleRecord(msgspec.Struct, kw_only=True):
    """A battle that has begun. Times are unix milliseconds."""

    pk_id: str
    room_a: str
    room_b: str
    show_a: str
    show_b: str
    score_a: int = 0
    score_b: int = 0
    winner: str | None = None
    """A room id; None is a draw, or not yet."""
    started_at: int
    ends_at: int
    punished_until: int | None = None
    ended_at: int | None = None
    reason: str = ""


class Archive:
    """Reads raise RoomApiError (BACKEND_UNAVAILABLE), writes do not."""

    def __init__(self, records: Records) -> None:
        self._records = records

    # Shows

    async def keep_show(self, record: ShowRecord) -> None:
        await self._put(SHOWS, record.show_id, record)

    async def last_show(self, room_id: str) -> ShowRecord | None:
        """The newest that the room has seen."""
        found = await self._records.find(
            SHOWS, where={"room_id": room_id}, order_by="created_at", descending=True, limit=1
        )
        return _read(found[0], ShowRecord) if found else None

    async def open_shows(self) -> list[ShowRecord]:
        """Those that are not over."""
        return [
            record
            for status in Status
            if status is not Status.ENDED
            async for record in self._all(SHOWS, ShowRecord, {"status": status})
        ]

    async def shows(
        self, where: Mapping[str, Any], order_by: str, limit: int, offset: int
    ) -> tuple[list[ShowRecord], int]:
        """A page, the highest or newest first, and how many there are."""
        found = await self._records.find(
            SHOWS, where=where, order_by=order_by, descending=True, limit=limit, offset=offset
        )
        return [_read(one, ShowRecord) for one in found], await self._records.count(SHOWS, where=where)

    # Gifts

    async def catalogue(self) -> dict[str, Gift]:
        """All there is to give; the samples, where nothing is."""
        gifts = {gift.gift_id: gift async for gift in self._all(CATALOGUE, Gift, {})}
        if not gifts and not await self._records.count(SHOWS):
            for gift in SAMPLES:
                gifts[gift.gift_id] = gift
                await self.keep_gift(gift)
        return gifts

    async def keep_gift(self, gift: Gift) -> None:
        await self._put(CATALOGUE, gift.gift_id, gift)

    async def drop_gift(self, gift_id: str) -> None:
        await self._records.delete(CATALOGUE, gift_id)

    async def keep_gift_record(self, record: GiftRecord) -> None:
        await self._put(GIFTS, record.id, record)

    async def gift_record(self, record_id: str) -> GiftRecord | None:
        found = await self._records.get(GIFTS, record_id)
        return None if found is None else _read(found, GiftRecord)

    def gift_records(self, where: Mapping[str, Any]) -> AsyncIterator[GiftRecord]:
        return self._all(GIFTS, GiftRecord, where)

    async def ledger(self, show_id: str) -> Ledger:
        """All gifts of a show, added up."""
        ledger = Ledger()
        async for record in self.gift_records({"show_id": show_id}):
            ledger.add(record)
        return ledger

    async def page(
        self, collection: str, show_id: str, order_by: str, limit: int, offset: int
    ) -> tuple[Sequence[dict[str, Any]], int]:
        """Of one show, the newest first, and how many there are."""
        where = {"show_id": show_id}
        found = await self._records.find(
            collection, where=where, order_by=order_by, descending=True, limit=limit, offset=offset
        )
        return found, await self._records.count(collection, where=where)

    # Viewers

    async def keep_visit(self, visit: Visit) -> None:
        await self._put(VIEWERS, visit.id, visit)

    def visits(self, show_id: str) -> AsyncIterator[Visit]:
        return self._all(VIEWERS, Visit, {"show_id": show_id})

    # Co-hosts

    async def keep_turn(
        self, record: ShowRecord, co_host: CoHost, ended: float | None = None, reason: str = ""
    ) -> None:
        """Somebody's time on the mic: begun, or (with unix seconds) ended."""
        turn = MicTurn(
            id=f"{record.show_id}/{co_host.user.user_id}/{round(co_host.since * 1000)}",
            show_id=record.show_id,
            room_id=record.room_id,
            user_id=co_host.user.user_id,
            user_name=co_host.user.user_name,
            media=co_host.media,
            started_at=round(co_host.since * 1000),
            ended_at=None if ended is None else round(ended * 1000),
            reason=reason,
        )
        await self._put(LINK_MIC, turn.id, turn)

    def open_turns(self, show_id: str) -> AsyncIterator[MicTurn]:
        return self._all(LINK_MIC, MicTurn, {"show_id": show_id, "ended_at": None})

    # Battles

    async def keep_battle(self, battle: Battle, ended: float | None = None, reason: str = "") -> None:
        """A battle: begun, decided, or (with unix seconds) ended."""
        first, second = battle.sides
        until = battle.punished_until if battle.state is BattleState.PUNISHING else None
        record = BattleRecord(
            pk_id=battle.pk_id,
            room_a=first.room_id,
            room_b=second.room_id,
            show_a=first.show_id,
            show_b=second.show_id,
            score_a=first.score,
            score_b=second.score,
            winner=battle.winner.room_id if battle.winner is not None else None,
            started_at=round(battle.started_at * 1000),
            ends_at=round(battle.ends_at * 1000),
            punished_until=None if until is None else round(until * 1000),
            ended_at=None if ended is None else round(ended * 1000),
            reason=reason,
        )
        await self.keep_battle_record(record)

    async def keep_battle_record(self, record: BattleRecord) -> None:
        await self._put(PK, record.pk_id, record)

    def open_battles(self) -> AsyncIterator[BattleRecord]:
        return self._all(PK, BattleRecord, {"ended_at": None})

    async def battles(self, limit: int, offset: int) -> Sequence[dict[str, Any]]:
        """The newest first."""
        return await self._records.find(PK, order_by="started_at", descending=True, limit=limit, offset=offset)

    # All of them

    async def _put(self, collection: str, key: str, record: msgspec.Struct) -> None:
        try:
            await self._records.put(collection, key, msgspec.to_builtins(record))
        except RoomApiError as error:
            logger.error("not kept: %s", error.message, extra={"collection": collection, "key": key})

    async def _all(
        self, collection: str, record_type: type[RecordT], where: Mapping[str, Any]
    ) -> AsyncIterator[RecordT]:
        """In the order of writing. What is found is what there was at the start: read it before changing any."""
        documents: list[dict[str, Any]] = []
        while page := await self._records.find(collection, where=where, limit=PAGE, offset=len(documents)):
            documents += page
        for document in documents:
            yield _read(document, record_type)


def _read(document: dict[str, Any], record_type: type[RecordT]) -> RecordT:
    return msgspec.convert(document, record_type)
