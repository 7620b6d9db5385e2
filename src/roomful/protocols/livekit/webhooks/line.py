"""Deliveries to one receiver about one thing, one after the other. specs/livekit.md §4.1."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from roomful.protocols.livekit.webhooks.attempt import Outcome, Verdict
from roomful.storage import StoredDelivery

MAX_DEPTH = 200
"""Deliveries that may wait in one line; over it, the oldest is given up."""

FIRST_RETRY, LONGEST_RETRY = 1.0, 30.0
"""Seconds between attempts, doubled from the first to the longest."""

Attempt: TypeAlias = Callable[[StoredDelivery], Awaitable[Outcome]]
Done: TypeAlias = Callable[[StoredDelivery, str], None]
"""Called when a delivery is done with; the reason is empty if it arrived."""


class _Waiting(msgspec.Struct, frozen=True):
    delivery: StoredDelivery
    since: float
    """Monotonic seconds: what was stored before a restart starts anew."""


class Line:
    """Has a task while it has deliveries."""

    def __init__(self, attempt: Attempt, done: Done, max_age: float) -> None:
        """`max_age`: seconds after which a delivery is given up."""
        self._attempt = attempt
        self._done = done
        self._max_age = max_age
        self._waiting: deque[_Waiting] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, delivery: StoredDelivery) -> bool:
        """Queue a delivery. Returns whether the line was empty: then `run` has to be started."""
        self._waiting.append(_Waiting(delivery, time.monotonic()))
        if len(self._waiting) > MAX_DEPTH:
            # The first one is on its way.
            oldest = self._waiting[1]
            del self._waiting[1]
            self._done(oldest.delivery, f"more than {MAX_DEPTH} wait for the same receiver")
        return len(self._waiting) == 1

    async def run(self) -> None:
        """Deliver until nothing is left."""
        while self._waiting:
            first = self._waiting[0]
            reason = await self._deliver(first)
            self._waiting.popleft()
            self._done(first.delivery, reason)

    async def _deliver(self, waiting: _Waiting) -> str:
        deadline = waiting.since + self._max_age
        pause, reason = FIRST_RETRY, "others before it took too long"
        while time.monotonic() <= deadline:
            outcome = await self._attempt(waiting.delivery)
            if outcome.verdict is not Verdict.AGAIN:
                return outcome.reason
            reason = outcome.reason
            wait = max(pause, outcome.pause)
            if time.monotonic() + wait > deadline:
                break
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_RETRY)
        return reason
