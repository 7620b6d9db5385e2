"""Small rooms beside a meeting, for a while."""

import hashlib
from typing import Annotated, Any

import msgspec

from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field

MAX_ROOMS = 50
MAX_LETTERS = 16_000
"""Of all user ids that are assigned."""
LONGEST_BASE = 52

UserIds = Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=256)]], msgspec.Meta(max_length=1000)]


class WantedRoom(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """Empty: `Room 1`, `Room 2`, …"""
    user_ids: UserIds = []
    """Who goes there."""


class BreakoutRoom(msgspec.Struct, kw_only=True):
    room_id: str
    name: str
    user_ids: list[str] = []
    """Who is assigned to it; where people are, the rooms know."""


class Breakouts(msgspec.Struct, kw_only=True):
    """The breakout rooms that are open."""

    rooms: list[BreakoutRoom]
    opened_at: int
    """Unix milliseconds."""
    closes_at: float | None = None
    """Unix seconds; None: when a host says so."""
    returned: list[str] = []
    """Who has left its room, and is not taken there again unless it wants to."""

    def room(self, room_id: str) -> BreakoutRoom:
        """Raises NOT_FOUND."""
        for room in self.rooms:
            if room.room_id == room_id:
                return room
        raise RoomApiError(Code.NOT_FOUND, f"there is no breakout room {room_id!r}")

    def assign(self, user_id: str, room_id: str) -> BreakoutRoom:
        """From now on the user belongs there, or (empty) nowhere. Raises NOT_FOUND."""
        target = self.room(room_id)
        for room in self.rooms:
            room.user_ids = [one for one in room.user_ids if one != user_id]
        target.user_ids.append(user_id)
        self.note_return(user_id, back=False)
        return target

    def note_return(self, user_id: str, *, back: bool) -> None:
        """Somebody has left the breakout rooms, or goes there."""
        self.returned = [one for one in self.returned if one != user_id] + [user_id] * back

    def are_over(self, now: float) -> bool:
        return self.closes_at is not None and now >= self.closes_at

    def room_of(self, user_id: str) -> BreakoutRoom | None:
        """Where a user belongs."""
        return next((room for room in self.rooms if user_id in room.user_ids), None)

    def describe(self) -> dict[str, Any]:
        closes_at = None if self.closes_at is None else round(self.closes_at * 1000)
        return {
            "rooms": self.rooms,
            "opened_at": self.opened_at,
            "closes_at": closes_at,
            "returned": self.returned,
        }


def planned(room_id: str, number: int, wanted: list[WantedRoom], count: int, people: list[str]) -> list[BreakoutRoom]:
    """The rooms that somebody asks for: by name and people, or so many among whom the people are shared out in turn.

    `number` tells the ids of one opening from those of the one before. Raises BAD_FIELD.
    """
    if bool(wanted) == bool(count):
        raise bad_field("rooms", "say either rooms or count")
    if len(wanted) > MAX_ROOMS or count > MAX_ROOMS:
        raise bad_field("rooms", f"{MAX_ROOMS} breakout rooms at most")
    if not wanted:
        wanted = [WantedRoom(user_ids=people[place::count]) for place in range(count)]
    named = [user_id for room in wanted for user_id in room.user_ids]
    if sum(map(len, named)) > MAX_LETTERS:
        raise bad_field("rooms", "too many people to assign at once")
    if len(set(named)) < len(named):
        raise bad_field("rooms", "nobody can be in two rooms")
    base = _base(room_id)
    return [
        BreakoutRoom(room_id=f"{base}.{number}.{place}", name=room.name or f"Room {place}", user_ids=room.user_ids)
        for place, room in enumerate(wanted, 1)
    ]


def _base(room_id: str) -> str:
    """A beginning for the ids of breakout rooms, which have to fit into what a room id can be."""
    if len(room_id) <= LONGEST_BASE:
        return room_id
    return f"{room_id[:40]}.{hashlib.blake2s(room_id.encode(), digest_size=4).hexdigest()}"
