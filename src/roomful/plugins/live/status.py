"""How a show goes: Preparing → Living → Paused → Ended. specs/monibuca-rooms.md §6.1."""

from enum import StrEnum

from roomful.rooms.extension import Code, RoomApiError


class Status(StrEnum):
    """The words are those of the wire."""

    PREPARING = "Preparing"
    LIVING = "Living"
    PAUSED = "Paused"
    ENDED = "Ended"


class Step(StrEnum):
    """What changes the status; the word begins the name of the action."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


TRANSITIONS: dict[Step, tuple[frozenset[Status], Status]] = {
    Step.START: (frozenset({Status.PREPARING}), Status.LIVING),
    Step.PAUSE: (frozenset({Status.LIVING}), Status.PAUSED),
    Step.RESUME: (frozenset({Status.PAUSED}), Status.LIVING),
    Step.STOP: (frozenset({Status.PREPARING, Status.LIVING, Status.PAUSED}), Status.ENDED),
}

HOST_OFFLINE = "host_offline"
"""Why a show is paused whose streamer is away; only such a one goes on by itself."""


def after(status: Status, step: Step) -> Status:
    """Raises RoomApiError (BAD_STATE)."""
    allowed, then = TRANSITIONS[step]
    if status not in allowed:
        raise bad_state(status, f"a show cannot {step} while it is {status}")
    return then


def bad_state(status: str, message: str) -> RoomApiError:
    return RoomApiError(Code.BAD_STATE, message, status=status)
