"""Memory of recent data messages: for those whose channel opens a moment late, and against retried requests."""

from collections import deque

from roomful.rooms.events import DataReceived

KEEP_SECONDS = 2.0
KEEP_MESSAGES = 100_000
KEEP_BYTES = 4 * 1024 * 1024
"""Payload bytes per room. specs/livekit.md §3.21 bounds only the number: gigabytes, if the messages are large."""

NONCE_LENGTH = 16
NONCES_KEPT = 100


class RecentData:
    """Reliable messages of the last two seconds, oldest first."""

    __slots__ = ("_bytes", "_messages")

    def __init__(self) -> None:
        self._messages: deque[DataReceived] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: DataReceived) -> None:
        self.expire(message.at)
        self._messages.append(message)
        self._bytes += len(message.payload)
        while len(self._messages) > KEEP_MESSAGES or self._bytes > KEEP_BYTES:
            self._drop_oldest()

    def expire(self, now: float) -> None:
        while self._messages and self._messages[0].at + KEEP_SECONDS <= now:
            self._drop_oldest()

    def deadline(self) -> float | None:
        """When the oldest message has to be forgotten."""
        return self._messages[0].at + KEEP_SECONDS if self._messages else None

    def addressed_to(self, sid: str, since: float, now: float) -> list[DataReceived]:
        """Return what the participant should have got from `since` on."""
        self.expire(now)
        return [message for message in self._messages if message.at >= since and message.is_for(sid)]

    def _drop_oldest(self) -> None:
        self._bytes -= len(self._messages.popleft().payload)


class Nonces:
    """The last hundred nonces of requests to send data."""

    __slots__ = ("_order", "_seen")

    def __init__(self) -> None:
        self._order: deque[bytes] = deque()
        self._seen: set[bytes] = set()

    def is_repeat(self, nonce: bytes) -> bool:
        """Say whether the nonce was used before, and remember it."""
        if nonce in self._seen:
            return True
        self._seen.add(nonce)
        self._order.append(nonce)
        if len(self._order) > NONCES_KEPT:
            self._seen.discard(self._order.popleft())
        return False
