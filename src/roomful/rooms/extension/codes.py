"""What can be refused, in numbers that clients know. specs/monibuca-rooms.md §2.3."""

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """`code // 100` is the HTTP status; the name in lower case is the `error` word on the wire."""

    BAD_JSON = 40001
    UNKNOWN_ACTION = 40002
    BAD_FIELD = 40003
    """`detail.field` names it."""
    UNAUTHORIZED = 40101
    TOKEN_EXPIRED = 40102
    FORBIDDEN = 40301
    BANNED = 40302
    """`detail.until`, in milliseconds, or null."""
    ROOM_LOCKED = 40303
    CHAT_MUTED = 40304
    LOBBY_REJECTED = 40305
    CONTENT_REJECTED = 40306
    WRONG_PASSWORD = 40307
    ROOM_NOT_FOUND = 40401
    USER_NOT_FOUND = 40402
    NOT_IN_ROOM = 40403
    NOT_FOUND = 40404
    ALREADY_JOINED = 40901
    BAD_STATE = 40902
    """`detail.status` is the present state."""
    TARGET_BUSY = 40903
    CONFLICT = 40904
    ROOM_FULL = 40906
    LIMIT_REACHED = 40907
    ROOM_CLOSED = 41001
    RATE_LIMITED = 42901
    """`detail.retry_after_ms`."""
    INTERNAL = 50001
    FEATURE_DISABLED = 50101
    VERIFY_UNAVAILABLE = 50201
    BACKEND_UNAVAILABLE = 50301

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value // 100


class RoomApiError(Exception):
    """A refused operation. Nothing has changed. `message` is for the person who gets it."""

    def __init__(self, code: Code, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail: dict[str, Any] = detail


def bad_field(field: str, message: str) -> RoomApiError:
    """A field that is missing, of the wrong type or out of range."""
    return RoomApiError(Code.BAD_FIELD, message, field=field)
