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


class RoomNotFound(RoomError):
    """There is no room of that name, and none is made."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.NOT_FOUND, "requested room does not exist")


def room_not_found() -> RoomError:
    return RoomNotFound()


def participant_not_found() -> RoomError:
    return RoomError(RoomErrorCode.NOT_FOUND, "participant does not exist")


def track_not_found() -> RoomError:
    return RoomError(RoomErrorCode.NOT_FOUND, "track does not exist")


class Draining(RoomError):
    """The server lets its rooms finish."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.FAILED_PRECONDITION, "the server is about to stop and opens no new rooms")


class Banned(RoomError):
    """The user is kept out of the room."""

    def __init__(self, until: float | None) -> None:
        """`until` is unix seconds; None is for ever."""
        super().__init__(RoomErrorCode.PERMISSION_DENIED, "banned from this room")
        self.until = until


class Revoked(RoomError):
    """The user was removed, and has shown a token from before."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.PERMISSION_DENIED, "the token is revoked")


class IdentityTaken(RoomError):
    """Somebody of this identity is here, and nobody is replaced."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.ALREADY_EXISTS, "somebody of this identity is in the room already")


class RoomLocked(RoomError):
    """Nobody new is let in."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.PERMISSION_DENIED, "the room is locked")


class RoomFull(RoomError):
    """The room holds as many as it may."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.RESOURCE_EXHAUSTED, "room is full: maximum number of participants reached")


class LobbyFirst(RoomError):
    """A host has to let the user in."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.PERMISSION_DENIED, "the room has a lobby: a host has to admit you first")


class LobbyRejected(RoomError):
    """A host has just refused the user."""

    def __init__(self) -> None:
        super().__init__(RoomErrorCode.PERMISSION_DENIED, "a host has refused the entry")


class ChatMuted(RoomError):
    """The user may not write."""

    def __init__(self, until: float | None) -> None:
        """`until` is unix seconds; None is until it is undone."""
        super().__init__(RoomErrorCode.PERMISSION_DENIED, "may not chat here")
        self.until = until


class TooFast(RoomError):
    """The user has to wait before it may write again."""

    def __init__(self, wait: float) -> None:
        """`wait` is seconds."""
        super().__init__(RoomErrorCode.RESOURCE_EXHAUSTED, "too many messages")
        self.wait = wait


class NoExtension(RoomError):
    """The room's type is an extension's, and it is not here, or it alone opens such rooms."""

    def __init__(self, message: str) -> None:
        super().__init__(RoomErrorCode.NOT_FOUND, message)
