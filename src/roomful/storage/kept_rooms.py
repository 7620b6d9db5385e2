"""Which rooms are kept: those an API call made or described, and those with chat, until they close for good."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from roomful.rooms.errors import RoomError
from roomful.rooms.events import (
    ChatMuteAdded,
    ChatMuteRemoved,
    ChatSent,
    ForceMuted,
    ParticipantUpdated,
    RoomClosed,
    RoomClosing,
    RoomEvent,
    RoomUpdated,
)
from roomful.rooms.model import LeaveReason
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage.keeper import RoomKeeper
from roomful.storage.rooms import StoredRoom
from roomful.storage.rules import StoredRules

logger = logging.getLogger(__name__)

SAVE_SECONDS = 2.0
"""How long an API call waits for its room to be saved. A database that is gone must not take the API with it."""


CHAT_SECONDS = 1.0
"""How long a message waits to be saved: what a power cut may cost."""

_KEPT_OF_ROOMS = frozenset(
    {"metadata", "name", "owner", "locked", "lobby_enabled", "slow_mode", "password", "chat_muted_all"}
)


class Waiting(Protocol):
    """A queue of changes, as every keeper is."""

    async def written(self, within: float) -> bool:
        """Wait until what was put before now is saved; False when that takes longer than so many seconds."""
        ...


class KeptRooms:
    """Follows rooms and has the keeper write what becomes of them."""

    def __init__(self, rooms: Rooms, keeper: RoomKeeper, beside: Sequence[Waiting] = ()) -> None:
        """`beside`: what else has to be saved before a room is, as what others are told of it."""
        self._rooms = rooms
        self._keeper = keeper
        self._beside = beside
        self._followed: set[str] = set()
        self._unsaved: set[str] = set()
        """Sids of rooms with chat that is to be saved soon."""
        rooms.on_opened.append(self._on_opened)

    @property
    def healthy(self) -> bool:
        """False while changes wait for a database that does not take them."""
        return self._keeper.healthy

    def restore(self, stored: Iterable[StoredRoom], now: float) -> int:
        """Open the rooms again as they were. Their time to be joined starts anew. Returns how many there are."""
        count = 0
        for entry in stored:
            options = msgspec.structs.replace(entry.options, metadata=entry.metadata)
            try:
                room = self._rooms.create(entry.name, options, now, sid=entry.sid, created_at=entry.created_at)
            except RoomError as error:  # the limits have become stricter since
                logger.warning("a stored room is not opened", extra={"room": entry.name, "reason": str(error)})
                continue
            entry.rules.apply(room)
            self._follow(room)
            count += 1
        return count

    async def keep(self, room: Room) -> None:
        """Save the room and follow it. Returns when it is saved, or after `SAVE_SECONDS` if that has to wait."""
        if room.is_open:
            self._follow(room)
            self._save(room)
            await asyncio.gather(*(one.written(SAVE_SECONDS) for one in (self._keeper, *self._beside)))

    def keeps(self, room: Room) -> bool:
        """Say whether the room will be there again after a restart."""
        return room.sid in self._followed

    async def settled(self) -> None:
        """Wait for what has changed, as `keep` does."""
        await self._keeper.settled(SAVE_SECONDS)

    async def noted(self) -> None:
        """Wait for what is saved beside rooms, as `keep` does."""
        await asyncio.gather(*(one.written(SAVE_SECONDS) for one in self._beside))

    def _follow(self, room: Room) -> None:
        if room.sid not in self._followed:
            self._followed.add(room.sid)
            room.observers.add(partial(self._on_event, room))

    def _on_opened(self, room: Room) -> None:
        room.observers.add(partial(self._on_first_chat, room))

    def _on_first_chat(self, room: Room, event: RoomEvent) -> None:
        if isinstance(event, ChatSent) and event.message.to is None and room.sid not in self._followed:
            self._follow(room)
            self._save_soon(room)

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        match event:
            case RoomUpdated() if event.changed & _KEPT_OF_ROOMS:
                self._save(room)
            case ParticipantUpdated() if "role" in event.changed:
                self._save(room)
            case ChatMuteAdded() | ChatMuteRemoved() | ForceMuted():
                self._save(room)
            case ChatSent() if event.message.to is None:
                self._save_soon(room)
            case RoomClosing() if event.reason is LeaveReason.SERVER_SHUTDOWN and room.sid in self._unsaved:
                self._save(room)
            case RoomClosed() if event.reason is not LeaveReason.SERVER_SHUTDOWN:
                self._followed.discard(room.sid)
                self._unsaved.discard(room.sid)
                self._keeper.forget(room.name)
            case _:
                pass

    def _save_soon(self, room: Room) -> None:
        """Chat may be lively, and each message is one more of many in the same row."""
        if room.sid not in self._unsaved:
            self._unsaved.add(room.sid)
            asyncio.get_running_loop().call_later(CHAT_SECONDS, self._save_unsaved, room)

    def _save_unsaved(self, room: Room) -> None:
        if room.is_open and room.sid in self._unsaved:
            self._save(room)

    def _save(self, room: Room) -> None:
        self._unsaved.discard(room.sid)
        self._keeper.keep(
            StoredRoom(
                name=room.name,
                sid=room.sid,
                created_at=room.created_at,
                metadata=room.metadata,
                options=room.options,
                rules=StoredRules.of(room),
            )
        )
