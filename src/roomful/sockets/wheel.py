"""One clock for many deadlines that mostly move before they come: a heartbeat costs nothing here.

Each entry stands in the slot of the second it was due in when it was last looked at. When the second comes, the entry
says when it is due now: later, then it moves there; or it has acted, and is gone.
"""

import math
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Due(Hashable, Protocol):
    """Something with a deadline."""

    def on_time(self, now: float) -> float | None:
        """Do what is due at `now`. Returns when it wants to be asked next, None for never."""
        ...


T = TypeVar("T", bound=Due)


class Wheel(Generic[T]):
    """Call `turn` about once a second."""

    def __init__(self) -> None:
        self._slots: dict[int, set[T]] = {}
        self._slot_of: dict[T, int] = {}

    def __len__(self) -> int:
        return len(self._slot_of)

    def set(self, entry: T, at: float) -> None:
        """Ask the entry at that time, in seconds, and not before; instead of when it was to be asked."""
        self.discard(entry)
        slot = math.ceil(at)
        self._slots.setdefault(slot, set()).add(entry)
        self._slot_of[entry] = slot

    def discard(self, entry: T) -> None:
        slot = self._slot_of.pop(entry, None)
        if slot is not None:
            entries = self._slots[slot]
            entries.discard(entry)
            if not entries:
                del self._slots[slot]

    def turn(self, now: float) -> None:
        """Ask all whose time has come."""
        for slot in sorted(slot for slot in self._slots if slot <= now):
            entries = self._slots.get(slot)
            while entries:  # what one does may discard others, and with them a whole slot
                entry = entries.pop()
                del self._slot_of[entry]
                again = entry.on_time(now)
                if again is not None:
                    self.set(entry, max(again, now + 0.001))
            self._slots.pop(slot, None)
