"""Twirp's errors: a code, a sentence, and the HTTP status that goes with the code. specs/livekit.md §1.2."""

from enum import StrEnum, auto

import msgspec

from roomful.rooms.errors import RoomErrorCode


class Code(StrEnum):
    CANCELED = auto()
    UNKNOWN = auto()
    INVALID_ARGUMENT = auto()
    MALFORMED = auto()
    DEADLINE_EXCEEDED = auto()
    NOT_FOUND = auto()
    BAD_ROUTE = auto()
    ALREADY_EXISTS = auto()
    PERMISSION_DENIED = auto()
    UNAUTHENTICATED = auto()
    RESOURCE_EXHAUSTED = auto()
    FAILED_PRECONDITION = auto()
    ABORTED = auto()
    OUT_OF_RANGE = auto()
    UNIMPLEMENTED = auto()
    INTERNAL = auto()
    UNAVAILABLE = auto()
    DATALOSS = auto()


HTTP_STATUS = {
    Code.CANCELED: 408,
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.MALFORMED: 400,
    Code.DEADLINE_EXCEEDED: 408,
    Code.NOT_FOUND: 404,
    Code.BAD_ROUTE: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.UNAUTHENTICATED: 401,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 412,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DATALOSS: 500,
}

OF_ROOM_ERROR = {
    RoomErrorCode.NOT_FOUND: Code.NOT_FOUND,
    RoomErrorCode.ALREADY_EXISTS: Code.ALREADY_EXISTS,
    RoomErrorCode.PERMISSION_DENIED: Code.PERMISSION_DENIED,
    RoomErrorCode.INVALID_ARGUMENT: Code.INVALID_ARGUMENT,
    RoomErrorCode.RESOURCE_EXHAUSTED: Code.RESOURCE_EXHAUSTED,
    RoomErrorCode.FAILED_PRECONDITION: Code.FAILED_PRECONDITION,
}


class TwirpError(Exception):
    """A call that does not succeed."""

    def __init__(self, code: Code, message: str, **meta: str) -> None:
        super().__init__(message)
        self.code = code
        self.meta = meta

    @property
    def status(self) -> int:
        return HTTP_STATUS[self.code]

    def body(self) -> bytes:
        """The error as JSON, which it is whatever the request was written in."""
        answer: dict[str, object] = {"code": self.code.value, "msg": str(self)}
        return msgspec.json.encode(answer | {"meta": self.meta} if self.meta else answer)


def denied() -> TwirpError:
    """The caller's token does not cover the call. The reference says 401 here, not 403, and so do its SDKs' tests."""
    return TwirpError(Code.UNAUTHENTICATED, "permissions denied")
