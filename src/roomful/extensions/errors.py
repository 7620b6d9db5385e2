"""What the domain refuses, in the codes that plugins and clients know."""

from collections.abc import Generator
from contextlib import contextmanager

from roomful.rooms.errors import (
    Banned,
    ChatMuted,
    LobbyFirst,
    LobbyRejected,
    NoExtension,
    RoomError,
    RoomErrorCode,
    RoomFull,
    RoomLocked,
    RoomNotFound,
    TooFast,
)
from roomful.rooms.extension import Code, RoomApiError

_CODES = {
    RoomErrorCode.NOT_FOUND: Code.USER_NOT_FOUND,
    RoomErrorCode.ALREADY_EXISTS: Code.CONFLICT,
    RoomErrorCode.PERMISSION_DENIED: Code.FORBIDDEN,
    RoomErrorCode.INVALID_ARGUMENT: Code.BAD_FIELD,
    RoomErrorCode.RESOURCE_EXHAUSTED: Code.LIMIT_REACHED,
    RoomErrorCode.FAILED_PRECONDITION: Code.ROOM_CLOSED,
}


def api_error(error: RoomError) -> RoomApiError:
    """The same refusal for a plugin, or a client of the room service."""
    match error:
        case Banned(until=until):
            return RoomApiError(Code.BANNED, error.message, until=milliseconds(until))
        case RoomLocked():
            return RoomApiError(Code.ROOM_LOCKED, error.message)
        case RoomNotFound():
            return RoomApiError(Code.ROOM_NOT_FOUND, error.message)
        case RoomFull():
            return RoomApiError(Code.ROOM_FULL, error.message)
        case LobbyFirst() | LobbyRejected():
            return RoomApiError(Code.LOBBY_REJECTED, error.message)
        case ChatMuted(until=until):
            return RoomApiError(Code.CHAT_MUTED, error.message, until=milliseconds(until))
        case TooFast(wait=wait):
            return RoomApiError(Code.RATE_LIMITED, error.message, retry_after_ms=round(wait * 1000))
        case NoExtension():
            return RoomApiError(Code.FEATURE_DISABLED, error.message)
        case _:
            return RoomApiError(_CODES[error.code], error.message)


@contextmanager
def api_errors() -> Generator[None]:
    """Turn what the domain refuses into `RoomApiError`."""
    try:
        yield
    except RoomError as error:
        raise api_error(error) from None


def room_not_found(room_id: str) -> RoomApiError:
    return RoomApiError(Code.ROOM_NOT_FOUND, f"there is no room {room_id!r}")


def milliseconds(at: float | None) -> int | None:
    """Unix milliseconds."""
    return None if at is None else round(at * 1000)
