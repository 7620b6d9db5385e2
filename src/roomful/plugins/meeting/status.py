"""The states of a meeting. specs/monibuca-rooms.md §7.1."""

from enum import StrEnum

from roomful.rooms.extension import Code, RoomApiError


class Status(StrEnum):
    """Spelled as on the wire."""

    SCHEDULED = "Scheduled"
    """Planned, or open without a host."""
    STARTING = "Starting"
    """A host is there, others are coming in."""
    ACTIVE = "Active"
    PAUSED = "Paused"
    ENDED = "Ended"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.STARTING, Status.ACTIVE, Status.ENDED}),
    Status.STARTING: frozenset({Status.ACTIVE, Status.ENDED}),
    Status.ACTIVE: frozenset({Status.PAUSED, Status.ENDED}),
    Status.PAUSED: frozenset({Status.ACTIVE, Status.ENDED}),
    Status.ENDED: frozenset(),
}

OPEN = frozenset(Status) - {Status.ENDED}
BEFORE = frozenset({Status.SCHEDULED, Status.STARTING})
UNDER_WAY = frozenset({Status.ACTIVE, Status.PAUSED})


def bad_state(status: Status, message: str = "") -> RoomApiError:
    return RoomApiError(Code.BAD_STATE, message or f"not in a meeting that is {status}", status=status)
