"""What is written in a room: messages, who may not write, and how often one may. specs/monibuca-rooms.md §3.3."""

from collections import deque
from typing import Any

import msgspec

EVERYBODY = "*"
"""Stands where a user id would, for all that have no right to moderate."""


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it was sent."""

    id: str
    sender: str
    """Participant sid or SERVER."""
    user_id: str
    user_name: str
    content: str
    """Data, never markup."""
    type: str = "text"
    to: str | None = None
    """User id; a private message then, which is in no history."""
    extra: dict[str, Any] = {}
    at: float
    """Unix seconds."""


class ChatMute(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or everybody, may not write. Times are unix seconds."""

    user_id: str
    until: float | None
    """None is until it is undone."""
    by: str
    created_at: float

    def holds(self, now: float) -> bool:
        return self.until is None or now < self.until


class Chat:
    """The chat of one room. Made with the first message."""

    __slots__ = ("_last_by_user", "messages")

    def __init__(self, history: int) -> None:
        self.messages: deque[ChatMessage] = deque(maxlen=history)
        """The newest public ones, oldest first."""
        self._last_by_user: dict[str, float] = {}
        """User id → when it wrote last. Only kept in slow mode."""

    def add(self, message: ChatMessage) -> None:
        if message.to is None:
            self.messages.append(message)

    def wait(self, user_id: str, slow_mode: int, now: float) -> float:
        """Return how many seconds this user has to wait in slow mode before it may write."""
        return max(0.0, self._last_by_user.get(user_id, float("-inf")) + slow_mode - now)

    def note(self, user_id: str, slow_mode: int, now: float) -> None:
        """Remember who wrote, as long as that matters."""
        if not slow_mode:
            self._last_by_user.clear()
            return
        # Oldest first, because who writes again goes to the end: the sweep costs what it removes.
        self._last_by_user.pop(user_id, None)
        self._last_by_user[user_id] = now
        for other, at in list(self._last_by_user.items())[:2]:
            if at + slow_mode <= now:
                del self._last_by_user[other]
