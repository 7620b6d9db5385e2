"""One customer's call, from its making to its end. specs/monibuca-rooms.md §8.1, §8.7. Times are unix seconds."""

from typing import Any, Literal

import msgspec

from roomful.plugins.customer_service.ids import iso
from roomful.plugins.customer_service.status import EndReason, Phase, Status

Media = Literal["audio", "video"]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    from_agent: str
    to_agent: str
    at: float
    note: str = ""


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    score: int
    comment: str
    at: float


class SessionRecord(msgspec.Struct, kw_only=True):
    """What is kept."""

    id: str
    title: str
    description: str = ""
    customer_id: str
    customer_name: str
    media: Media = "video"
    status: Status = Status.WAITING
    phase: Phase = Phase.CREATED
    assigned_to: str | None = None
    """The agent whom somebody has chosen before the customer came."""
    agent_id: str | None = None
    agent_name: str | None = None
    created_at: float
    link_expires_at: float
    queued_at: float | None = None
    accepted_at: float | None = None
    """When an agent first took the call."""
    active_at: float | None = None
    """When both were first there."""
    ended_at: float | None = None
    end_reason: EndReason | None = None
    hold_seconds: float = 0
    transfers: list[Transfer] = []
    rating: Rating | None = None

    @property
    def is_over(self) -> bool:
        return self.status is Status.ENDED

    def duration(self, now: float) -> int:
        """Whole seconds of the call."""
        if self.active_at is None:
            return 0
        return max(0, int((now if self.ended_at is None else self.ended_at) - self.active_at))

    def wait_seconds(self, now: float) -> int:
        if self.queued_at is None:
            return 0
        ends = (at for at in (self.accepted_at, self.ended_at, now) if at is not None)
        return max(0, int(next(ends) - self.queued_at))

    def view(self, now: float) -> dict[str, Any]:
        """The session object."""
        rating = self.rating
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "customer_id": self.customer_id,
            "customer_name": self.customer_name,
            "agent_id": self.agent_id,
            "agent_name": self.agent_name,
            "status": self.status.value,
            "phase": None if self.is_over else self.phase.value,
            "media": self.media,
            "duration": self.duration(now),
            "created_at": iso(self.created_at),
            "queued_at": iso(self.queued_at),
            "accepted_at": iso(self.accepted_at),
            "ended_at": iso(self.ended_at),
            "end_reason": self.end_reason,
            "wait_seconds": self.wait_seconds(now),
            "hold_seconds": int(self.hold_seconds),
            "transfers": [
                {"from_agent": one.from_agent, "to_agent": one.to_agent, "note": one.note, "at": iso(one.at)}
                for one in self.transfers
            ],
            "rating": None if rating is None else {"score": rating.score, "comment": rating.comment},
            "room_id": self.id,
        }


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """A call that rings at an agent."""

    agent_id: str
    until: float
    from_agent: str | None = None
    """Who wants to hand the call over."""
    note: str = ""


class Session:
    """A session that is not over, or whose customer may still rate it."""

    def __init__(self, record: SessionRecord) -> None:
        self.record = record
        self.ring: Ring | None = None
        self.tried: set[str] = set()
        """Agents who did not take it in this round."""
        self.not_before = 0.0
        """When the next round begins."""
        self.waiting_since = 0.0
        """What the time limit of the queue counts from."""
        self.customer_here = False
        self.customer_lost_at: float | None = None
        self.agent_here = False
        self.agent_lost_at: float | None = None
        self.connect_until: float | None = None
        """By when the agent who took it has to be in the room."""
        self.held_since: float | None = None
        self.ticked_at = 0.0
        self.warned = False
        self.close_at: float | None = None
        """When its room closes."""
        self.told_position: tuple[int, int] | None = None

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def status(self) -> Status:
        return self.record.status

    @property
    def phase(self) -> Phase:
        return self.record.phase

    @property
    def state_word(self) -> str:
        """For refusals."""
        return self.status.value if self.record.is_over else f"{self.status.value}/{self.phase.value}"
