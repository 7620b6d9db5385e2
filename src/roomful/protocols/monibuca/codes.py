"""How connections are closed. What can be refused on an open one is in `roomful.rooms.extension.codes`.

specs/monibuca-rooms.md §2.3.
"""

from enum import IntEnum

from roomful.rooms.events import Departure
from roomful.rooms.model import LeaveReason


class CloseCode(IntEnum):
    """WebSocket close codes."""

    LEFT = 1000
    """After `leave_room`."""
    GOING_AWAY = 1001
    """The server stops: come back in a moment."""
    UNSUPPORTED_DATA = 1003
    """A binary frame."""
    TOO_BIG = 1009
    """A message over 65536 bytes."""
    INTERNAL_ERROR = 1011
    UNAUTHORIZED = 4001
    """Not verified, or no `join_room` within ten seconds."""
    FORBIDDEN = 4003
    """Banned, or refused by the host."""
    ROOM_CLOSED = 4004
    HEARTBEAT_TIMEOUT = 4008
    REPLACED = 4009
    """The same user has connected anew."""
    KICKED = 4010
    MALFORMED = 4029
    """More than 20 messages within ten seconds that were none."""

    @property
    def may_reconnect(self) -> bool:
        """Whether it makes sense to connect again by itself."""
        return self in _PASSING


_PASSING = frozenset({CloseCode.GOING_AWAY, CloseCode.INTERNAL_ERROR, CloseCode.HEARTBEAT_TIMEOUT})

LEFT_WORDS = frozenset(
    {"leave", "disconnect", "heartbeat_timeout", "kicked", "banned", "replaced", "token_expired", "room_closed"}
)
"""What `user_left` gives as `reason`."""

_LEFT_BECAUSE = {
    LeaveReason.CLIENT_INITIATED: "leave",
    LeaveReason.PARTICIPANT_REMOVED: "kicked",
    LeaveReason.DUPLICATE_IDENTITY: "replaced",
    LeaveReason.ROOM_DELETED: "room_closed",
    LeaveReason.ROOM_CLOSED: "room_closed",
    LeaveReason.SERVER_SHUTDOWN: "room_closed",
}

_CLOSED_BY_WORD = {
    "leave": CloseCode.LEFT,
    "heartbeat_timeout": CloseCode.HEARTBEAT_TIMEOUT,
    "token_expired": CloseCode.UNAUTHORIZED,
    "banned": CloseCode.FORBIDDEN,
    "replaced": CloseCode.REPLACED,
    "room_closed": CloseCode.ROOM_CLOSED,
}


def left_because(reason: LeaveReason, departure: Departure | None) -> str:
    """One of LEFT_WORDS. Who was sent away for a reason of an extension's own was kicked, as far as others know."""
    if departure is not None:
        word = "leave" if departure.word == "moved" else departure.word
        return word if word in LEFT_WORDS else "kicked"
    return _LEFT_BECAUSE.get(reason, "disconnect")


def close_code(word: str) -> CloseCode:
    """How the connection of somebody is closed who left because of this word."""
    return _CLOSED_BY_WORD.get(word, CloseCode.KICKED)
