"""Which rooms are kept: those an API call made or described, from then on until they close for good."""

import logging
from collections.abc import Iterable
from functools import partial

import msgspec

from roomful.rooms.errors import RoomError
from roomful.rooms.events import RoomClosed, RoomEvent, RoomUpdated
from roomful.rooms.model import LeaveReason
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage.keeper import RoomKeeper
from roomful.storage.rooms import StoredRoom

logger = logging.getLogger(__name__)

SAVE_SECONDS = 2.0
"""How long an API call waits for its room to be saved. A database that is gone must not take the API with it."""


class KeptRooms:
    """Follows rooms and has the keeper write what becomes of them."""

    def __init__(self, rooms: Rooms, keeper: RoomKeeper) -> None:
        self._rooms = rooms
        self._keeper = keeper
        self._followed: set[str] = set()

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
            self._follow(room)
            count += 1
        return count

    async def keep(self, room: Room) -> None:
        """Save the room and follow it. Returns when it is saved, or after `SAVE_SECONDS` if that has to wait."""
        if room.is_open:
            self._follow(room)
            self._save(room)
            await self._keeper.settled(SAVE_SECONDS)

    def keeps(self, room: Room) -> bool:
        """Say whether the room will be there again after a restart."""
        return room.sid in self._followed

    async def settled(self) -> None:
        """Wait for what has changed, as `keep` does."""
        await self._keeper.settled(SAVE_SECONDS)

    def _follow(self, room: Room) -> None:
        if room.sid not in self._followed:
            self._followed.add(room.sid)
            room.observers.add(partial(self._on_event, room))

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        if isinstance(event, RoomUpdated) and "metadata" in event.changed:
            self._save(room)
        elif isinstance(event, RoomClosed) and event.reason is not LeaveReason.SERVER_SHUTDOWN:
            self._followed.discard(room.sid)
            self._keeper.forget(room.name)

    def _save(self, room: Room) -> None:
        self._keeper.keep(
            StoredRoom(
                name=room.name,
                sid=room.sid,
                created_at=room.created_at,
                metadata=room.metadata,
                options=room.options,
            )
        )
