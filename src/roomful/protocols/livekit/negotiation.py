"""When to negotiate anew: one negotiation at a time, and what changes meanwhile is collected into the next.

The same rules hold for the server's offers on the subscriber peer connection (two-peer-connection mode) and for the
requests that make a client offer (single mode). specs/livekit.md §3.14, §3.15.
"""

from collections import deque

QUICK = 0.010
"""Seconds to wait for more changes after a quiet time: nobody should wait for a first picture."""
DEBOUNCE = 0.150
"""Least seconds between the beginnings of two negotiations, on the average of `BURST`."""
BURST = 3
"""Negotiations that may follow each other at once: a joining client gets what is there in two or three steps."""
ANSWER_TIMEOUT = 15.0
"""Seconds the client has for its answer."""


class Negotiation:
    """Keeps the times. Its owner asks `due`, and then does what `begins` and `is_overdue` say."""

    __slots__ = ("_begun", "_planned", "_wanted", "in_flight")

    def __init__(self) -> None:
        self.in_flight = False
        """The client owes an answer."""
        self._wanted = False
        """Something changed since the negotiation in flight began."""
        self._planned: float | None = None
        self._begun: deque[float] = deque(maxlen=BURST)

    def need(self, now: float) -> None:
        """Something has changed."""
        if self.in_flight:
            self._wanted = True
        elif self._planned is None:
            full = len(self._begun) == BURST
            self._planned = max(now + QUICK, self._begun[0] + BURST * DEBOUNCE) if full else now + QUICK

    def due(self) -> float | None:
        """When there is something to do; None while there is nothing to wait for."""
        return self._begun[-1] + ANSWER_TIMEOUT if self.in_flight else self._planned

    def begins(self, now: float) -> bool:
        """Say whether to negotiate now; then it has begun."""
        if self.in_flight or self._planned is None or now < self._planned:
            return False
        self.begin(now)
        return True

    def begin(self, now: float) -> None:
        """Negotiate now, whatever was under way: an ICE restart does not wait."""
        self.in_flight, self._wanted, self._planned = True, False, None
        self._begun.append(now)

    def settle(self, now: float) -> None:
        """The negotiation is over; what changed meanwhile asks for another."""
        if self.in_flight:
            self.in_flight = False
            if self._wanted:
                self.need(now)

    def is_overdue(self, now: float) -> bool:
        """Say whether the client has let the time for its answer pass."""
        return self.in_flight and now >= self._begun[-1] + ANSWER_TIMEOUT

    def cancel(self) -> None:
        """Forget all of it: there is nobody to negotiate with, or nothing left to say."""
        self.in_flight, self._wanted, self._planned = False, False, None
