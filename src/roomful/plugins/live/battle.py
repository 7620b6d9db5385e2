"""A contest of two streamers: inviting → active → punishing? → ended. specs/monibuca-rooms.md §6.6.

No clock, no rooms: `now` is an argument, and who changes something tells others of it.
"""

import heapq
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from roomful.plugins.live.people import Person

OFFLINE_SECONDS = 30.0
"""A streamer that is away for longer gives up."""
SCORE_INTERVAL = 0.5
"""Least seconds between two announcements of the score."""
TOP = 3


class BattleState(StrEnum):
    INVITING = "inviting"
    ACTIVE = "active"
    PUNISHING = "punishing"
    ENDED = "ended"


class Outcome(StrEnum):
    """Why a battle is over."""

    TIME = "time"
    HOST = "host"
    """A streamer ended it, which is giving up."""
    FORFEIT = "forfeit"
    """A streamer's show is over, or it was away for too long."""


@dataclass(slots=True)
class Side:
    """One of the two."""

    room_id: str
    show_id: str
    streamer: Person
    whep_url: str
    score: int = 0
    senders: dict[Person, int] = field(default_factory=dict[Person, int])
    """What each has given to this side."""
    lost_at: float | None = None
    """Since when its streamer is away."""

    def view(self) -> dict[str, Any]:
        return {
            "room_id": self.room_id,
            "streamer": self.streamer,
            "whep_url": self.whep_url,
            "score": self.score,
        }

    def standing(self) -> dict[str, Any]:
        best = heapq.nlargest(TOP, self.senders.items(), key=lambda one: one[1])
        top = [{"user_id": sender.user_id, "user_name": sender.user_name, "value": value} for sender, value in best]
        return {"room_id": self.room_id, "score": self.score, "top": top}


class Battle:
    """From the invitation to the result. `sides[0]` is who invites."""

    def __init__(self, pk_id: str, sides: tuple[Side, Side], duration: float, *, expires_at: float) -> None:
        """`duration` in seconds; the invitation is open until `expires_at`."""
        self.pk_id = pk_id
        self.sides = sides
        self.duration = duration
        self.expires_at = expires_at
        self.state = BattleState.INVITING
        self.started_at = 0.0
        self.ends_at = 0.0
        self.winner: Side | None = None
        """None after the end is a draw."""
        self.punished_until: float | None = None
        self._told_at = float("-inf")
        self._untold = False

    def side(self, room_id: str) -> Side:
        return next(side for side in self.sides if side.room_id == room_id)

    def other(self, side: Side) -> Side:
        return self.sides[1] if side is self.sides[0] else self.sides[0]

    def start(self, now: float) -> None:
        self.state = BattleState.ACTIVE
        self.started_at = now
        self.ends_at = now + self.duration

    def add(self, room_id: str, sender: Person, value: int, now: float) -> bool:
        """Count a gift for a side. Returns False if the battle is not on."""
        if self.state is not BattleState.ACTIVE or now >= self.ends_at:
            return False
        side = self.side(room_id)
        side.score += value
        side.senders[sender] = side.senders.get(sender, 0) + value
        self._untold = True
        return True

    def score_to_tell(self, now: float) -> bool:
        """Say whether the score is to be announced now; it counts as announced then."""
        if not self._untold or now < self._told_at + SCORE_INTERVAL:
            return False
        self._told_at, self._untold = now, False
        return True

    def set_lost(self, room_id: str, lost_at: float | None) -> None:
        """A streamer is away since then, or back (None)."""
        self.side(room_id).lost_at = lost_at

    def decide(self) -> None:
        """The time is over: the higher score wins."""
        first, second = self.sides
        if first.score != second.score:
            self.winner = first if first.score > second.score else second

    def punish(self, until: float) -> None:
        """It is decided; the loser pays its forfeit until then."""
        self.state = BattleState.PUNISHING
        self.punished_until = until

    def given_up(self, now: float) -> list[Side]:
        """The sides whose streamers are away for too long."""
        if self.state is not BattleState.ACTIVE:
            return []
        return [side for side in self.sides if side.lost_at is not None and side.lost_at + OFFLINE_SECONDS <= now]

    def due(self) -> float | None:
        """When there is something to do."""
        match self.state:
            case BattleState.INVITING:
                return self.expires_at
            case BattleState.ACTIVE:
                times = [side.lost_at + OFFLINE_SECONDS for side in self.sides if side.lost_at is not None]
                if self._untold:
                    times.append(self._told_at + SCORE_INTERVAL)
                return min([*times, self.ends_at])
            case BattleState.PUNISHING:
                return self.punished_until
            case BattleState.ENDED:
                return None

    def view(self) -> dict[str, Any]:
        """For who comes in the middle."""
        return {
            "pk_id": self.pk_id,
            "status": self.state,
            "sides": [side.view() for side in self.sides],
            "started_at": round(self.started_at * 1000),
            "ends_at": round(self.ends_at * 1000),
            "winner_room_id": self.winner.room_id if self.winner is not None else None,
        }

    def standings(self) -> list[dict[str, Any]]:
        return [side.standing() for side in self.sides]
