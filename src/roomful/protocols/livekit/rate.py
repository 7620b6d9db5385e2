"""How many messages a connection may send."""

RATE = 50.0
"""Messages a second."""
BURST = 200.0
"""Messages at once: a joining client sends its candidates in one go."""


class TokenBucket:
    """Tells a reader how long to wait before it takes the next message: a flood fills the sender's own pipe."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, now: float) -> None:
        self._tokens = BURST
        self._at = now

    def take(self, now: float) -> float:
        """Take a message; returns the seconds to wait first."""
        self._tokens = min(BURST, self._tokens + (now - self._at) * RATE) - 1.0
        self._at = now
        return 0.0 if self._tokens >= 0 else -self._tokens / RATE
