"""What a room can refuse, and how it says so."""

from enum import StrEnum, auto


class RoomErrorCode(StrEnum):
    NOT_FOUND = auto()
    """No such room, participant or track."""
    ALREADY_EXISTS = auto()
    PERMISSION_DENIED = auto()
    """The participant's permission does not cover it."""
    INVALID_ARGUMENT = auto()
    """The request makes no sense, now or later: correct it."""
    RESOURCE_EXHAUSTED = auto()
    """A limit of the room or the server is reached."""
    FAILED_PRECONDITION = auto()
    """Not in this state or configuration."""


class RoomError(Exception):
    """A refused mutation. Nothing has changed in the room.

    `message` is meant for the person who gets it. `str(error)` is the message alone.
    """

    def __init__(self, code: RoomErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def room_not_found() -> RoomError:
    return RoomError(RoomErrorCode.NOT_FOUND, "requested room does not exist")


def participant_not_found() -> RoomError:
    return RoomError(RoomErrorCode.NOT_FOUND, "participant does not exist")


def track_not_found() -> RoomError:
    return RoomError(RoomErrorCode.NOT_FOUND, "track does not exist")
