"""The waiting room in front of a room. specs/monibuca-rooms.md §3.6."""

from dataclasses import dataclass, field
from enum import StrEnum, auto

import msgspec

from roomful.rooms.participant import JoinRequest

ADMISSION_SECONDS = 60.0
"""How long somebody who was let in may take to join."""
REJECTION_SECONDS = 30.0
"""How long somebody who was sent away may not knock again."""


class LobbyOutcome(StrEnum):
    """How somebody's wait ended."""

    ADMITTED = auto()
    REJECTED = auto()
    LEFT = auto()
    TIMEOUT = auto()


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits."""

    sid: str
    """Made up for this wait, like a participant's."""
    request: JoinRequest
    since: float
    """Unix seconds."""

    @property
    def user_id(self) -> str:
        return self.request.user_id or self.request.identity


@dataclass(slots=True)
class Lobby:
    """Who waits, and what became of those who did."""

    waiting: dict[str, Waiting] = field(default_factory=dict[str, Waiting])
    """By user id, longest wait first."""
    admitted: dict[str, float] = field(default_factory=dict[str, float])
    """User id → until when it may join without another wait."""
    rejected: dict[str, float] = field(default_factory=dict[str, float])
    """User id → until when it may not knock again."""

    def forget_old(self, now: float) -> None:
        for until_by_user in (self.admitted, self.rejected):
            for user_id in [user_id for user_id, until in until_by_user.items() if until <= now]:
                del until_by_user[user_id]
