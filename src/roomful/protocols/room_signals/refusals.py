"""What a client of this protocol is told of what the room, or an extension, refuses."""

from roomful.protocols.room_signals.codes import Code, SignalError
from roomful.rooms.errors import RoomError, RoomErrorCode, TooFast
from roomful.rooms.extension import Code as ApiCode
from roomful.rooms.extension import RoomApiError

_OF_ROOM = {
    RoomErrorCode.NOT_FOUND: Code.ROOM_NOT_FOUND,
    RoomErrorCode.FAILED_PRECONDITION: Code.ROOM_NOT_FOUND,
    RoomErrorCode.PERMISSION_DENIED: Code.PERMISSION_NOT_FOUND,
    RoomErrorCode.RESOURCE_EXHAUSTED: Code.ROOM_FULL,
    RoomErrorCode.INVALID_ARGUMENT: Code.INVALID_SIGNAL,
    RoomErrorCode.ALREADY_EXISTS: Code.ALREADY_EXIST_ROOM,
}
_OF_EXTENSION = {
    ApiCode.ROOM_FULL: Code.ROOM_FULL,
    ApiCode.LIMIT_REACHED: Code.ROOM_FULL,
    ApiCode.ROOM_NOT_FOUND: Code.ROOM_NOT_FOUND,
    ApiCode.ROOM_CLOSED: Code.ROOM_NOT_FOUND,
    ApiCode.BAD_FIELD: Code.INVALID_SIGNAL,
    ApiCode.INTERNAL: Code.INTERNAL_SERVER_ERROR,
}
"""All others keep somebody out."""


def refusal_of(error: SignalError | RoomError | RoomApiError) -> SignalError:
    """The same in codes of this protocol."""
    match error:
        case SignalError():
            return error
        case TooFast():
            return SignalError(Code.PERMISSION_NOT_FOUND, f"not so fast: write again in {error.wait:.0f} seconds")
        case RoomError():
            return SignalError(_OF_ROOM[error.code], error.message)
        case RoomApiError():
            return SignalError(_OF_EXTENSION.get(error.code, Code.PERMISSION_NOT_FOUND), error.message)
