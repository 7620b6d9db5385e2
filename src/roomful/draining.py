"""The end of a server that lets its rooms finish: it opens none any more, and stops when all are empty, or late."""

import asyncio
import time

from roomful.rooms.registry import Rooms

LOOK_SECONDS = 0.25
"""How often it is looked whether the rooms are empty."""


class Drain:
    """Begun by a signal or over the API; may be called off until it is over."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._changed = asyncio.Event()
        self.until: float | None = None
        """Unix seconds of the deadline; None: the server drains not."""

    @property
    def participants(self) -> int:
        """How many are waited for: everybody who keeps a room open."""
        return sum(one.counted for room in self._rooms for one in room.participants.values())

    def begin(self, seconds: float) -> None:
        """Open no rooms any more, and be over in so many seconds at the latest; another call sets another deadline."""
        self.until = time.time() + seconds
        self._rooms.opens = False
        self._changed.set()

    def call_off(self) -> bool:
        """Go on as if nothing had been. Returns whether there was a drain."""
        if self.until is None:
            return False
        self.until = None
        self._rooms.opens = True
        self._changed.set()
        return True

    async def begun(self) -> None:
        """Wait for the beginning."""
        while self.until is None:
            self._changed.clear()
            await self._changed.wait()

    async def over(self) -> bool:
        """Wait for the end. Returns False if it was called off."""
        while self.until is not None:
            if time.time() >= self.until or not self.participants:
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False
