"""How much one client may send."""


class TokenBucket:
    """`rate` messages per `window` seconds; as many, or `burst`, may come at once."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens", "_window")

    def __init__(self, rate: float, window: float, now: float, *, burst: float | None = None) -> None:
        self._rate = rate
        self._window = max(window, 0.001)
        self._burst = rate if burst is None else burst
        self._tokens = float(self._burst)
        self._at = now

    def take(self, now: float) -> float:
        """Take one. Returns 0, or the seconds until there is one again."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate / self._window)
        self._at = max(self._at, now)
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) * self._window / self._rate if self._rate else self._window
