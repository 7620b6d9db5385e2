"""How often somebody may try something."""

from collections import OrderedDict, deque

from roomful.rooms.extension import Code, RoomApiError

MAX_KEYS = 10_000
"""Of whom to remember; the longest ago is forgotten first."""


class RateLimit:
    """So many tries within so many seconds, for each key."""

    def __init__(self, tries: int, window: float) -> None:
        self._tries = tries
        self._window = window
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str, now: float) -> None:
        """Raises RoomApiError (RATE_LIMITED)."""
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._tries:
            wait = times[0] + self._window - now
            raise RoomApiError(Code.RATE_LIMITED, "too many attempts", retry_after_ms=round(wait * 1000))
        times.append(now)
        while len(self._seen) > MAX_KEYS:
            self._seen.popitem(last=False)

    def forgive(self, key: str) -> None:
        """It was the right one."""
        self._seen.pop(key, None)
