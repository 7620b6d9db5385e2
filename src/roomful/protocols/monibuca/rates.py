"""How much one client may send. specs/monibuca-rooms.md §3.3."""

from collections import deque


class Tally:
    """Counts what has happened in the last so many seconds."""

    __slots__ = ("_limit", "_times", "_within")

    def __init__(self, limit: int, within: float) -> None:
        self._limit = limit
        self._within = within
        self._times: deque[float] = deque(maxlen=limit)

    def exceeds(self, now: float) -> bool:
        """Count one more. Returns whether that is the `limit`-th within so many seconds, or a later one."""
        self._times.append(now)
        return len(self._times) == self._limit and now - self._times[0] <= self._within

    def clear(self) -> None:
        self._times.clear()
