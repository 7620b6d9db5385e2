"""How often a member may do something."""

from roomful.rooms.extension import Code, RoomApiError

_SWEEP_AT = 10_000
"""Members remembered before those are forgotten who could do all again."""


class Rates:
    """A bucket of tokens for each member: `rate` at once, and again as many in each `window` seconds."""

    def __init__(self, rate: int, window: float) -> None:
        self._rate = rate
        self._window = window
        self._buckets: dict[str, tuple[float, float]] = {}
        """User id → tokens at a time."""
        self._sweep_at = _SWEEP_AT

    def take(self, user_id: str, now: float) -> None:
        """Raises RoomApiError (RATE_LIMITED)."""
        tokens = self._tokens(user_id, now)
        if tokens < 1:
            wait = (1 - tokens) * self._window / self._rate
            raise RoomApiError(Code.RATE_LIMITED, "too fast", retry_after_ms=max(1, round(wait * 1000)))
        if len(self._buckets) >= self._sweep_at:
            self._buckets = {one: at for one, at in self._buckets.items() if self._tokens(one, now) < self._rate}
            self._sweep_at = max(_SWEEP_AT, 2 * len(self._buckets))
        self._buckets[user_id] = (tokens - 1, now)

    def _tokens(self, user_id: str, now: float) -> float:
        tokens, at = self._buckets.get(user_id, (self._rate, now))
        return min(self._rate, tokens + (now - at) * self._rate / self._window)
