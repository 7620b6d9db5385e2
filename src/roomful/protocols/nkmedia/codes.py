"""Every error and reason this API knows. specs/nkmedia.md §4."""

from enum import IntEnum
from typing import Any, Self, cast

from roomful.rooms.errors import RoomError, RoomErrorCode


class Code(IntEnum):
    """A number and its text, in which `~` stands for a value."""

    text: str

    def __new__(cls, number: int, text: str) -> Self:
        code = int.__new__(cls, number)
        code._value_ = number
        code.text = text
        return code

    NORMAL_TERMINATION = 100001, "Normal termination"
    INTERNAL_ERROR = 100002, "Internal error"
    INVALID_STATE = 100004, "Invalid state"
    TIMEOUT = 100005, "Timeout"
    NOT_IMPLEMENTED = 100006, "Not implemented"
    REGISTERED_DOWN = 100010, "Registered process stopped"
    USER_STOP = 100011, "User stop"
    MEMBER_STOP = 100012, "Member stop"
    API_STOP = 100013, "API stop received"
    UNAUTHORIZED = 100030, "Unauthorized"
    NOT_AUTHENTICATED = 100031, "Not authenticated"
    ALREADY_AUTHENTICATED = 100032, "Already authenticated"
    USER_NOT_FOUND = 100033, "User not found"
    DUPLICATED_SESSION_ID = 100034, "Duplicated session id"
    INVALID_SESSION_ID = 100035, "Invalid session id"
    MEMBER_NOT_FOUND = 100036, "Member not found"
    INVALID_OPERATION = 100040, "Invalid operation"
    INVALID_PARAMETERS = 100041, "Invalid parameters"
    UNKNOWN_COMMAND = 100042, "Unknown command '~'"
    INVALID_ACTION = 100043, "Invalid action '~'"
    SYNTAX_ERROR = 100044, "Syntax error: ~"
    MISSING_FIELD = 100045, "Missing field: ~"
    INVALID_VALUE = 100046, "Invalid value: ~"
    SESSION_TIMEOUT = 100060, "Session timeout"
    SESSION_STOP = 100061, "Session stop"
    SESSION_NOT_FOUND = 100062, "Session not found"
    INVALID_URI = 100070, "Invalid Uri"
    NO_MEDIASERVER = 300001, "No mediaserver available"
    DIFFERENT_MEDIASERVER = 300002, "Different mediaserver"
    UNKNOWN_BACKEND = 300003, "Unknown backend"
    SESSION_FAILED = 300004, "Session has failed"
    INCOMPATIBLE_SESSION = 300005, "Incompatible session"
    OFFER_NOT_SET = 300010, "Offer not set"
    ANSWER_ALREADY_SET = 300013, "Answer already set"
    NO_ICE_CANDIDATES = 300014, "No ICE candidates"
    MISSING_SDP = 300015, "Missing SDP"
    INVALID_SDP = 300016, "Invalid SDP"
    BRIDGE_STOP = 300020, "Bridge stop"
    PEER_STOPPED = 300021, "Peer session stopped"
    NO_ACTIVE_RECORDER = 300030, "No active recorder"
    NO_ACTIVE_PLAYER = 300031, "No active player"
    NO_ACTIVE_ROOM = 300032, "No active room"
    JANUS_ERROR = 301001, "Janus error ~"
    JANUS_CONNECTION_ERROR = 301002, "Janus connection error"
    JANUS_SESSION_DOWN = 301003, "Janus op process down"
    FS_CHANNEL_STOP = 302006, "Freeswitch channel stop"
    ROOM_NOT_FOUND = 304001, "Room not found"
    ROOM_ALREADY_EXISTS = 304002, "Room already exists"
    ROOM_DESTROYED = 304003, "Room destroyed"
    NO_ROOM_MEMBERS = 304004, "No remaining room members"
    INVALID_PUBLISHER = 304005, "Invalid publisher"
    PUBLISHER_STOP = 304006, "Publisher stopped"
    CALL_ERROR = 305001, "Call error"
    CALL_NOT_FOUND = 305002, "Call not found"
    CALL_REJECTED = 305003, "Call rejected"
    NO_DESTINATION = 305004, "No destination"
    NO_ANSWER = 305005, "No answer"
    ALREADY_ANSWERED = 305006, "Already answered"
    ORIGINATOR_CANCEL = 305007, "Originator cancel"


class NkError(Exception):
    """A refused command, or why something ended."""

    def __init__(self, code: Code, value: str = "") -> None:
        """`value` goes into the code's text."""
        self.code = code
        self.text = code.text.replace("~", value)
        super().__init__(self.text)

    def data(self) -> dict[str, Any]:
        """The `data` of an error response."""
        return {"code": int(self.code), "error": self.text}


class Foreign(NkError):
    """What another client answered instead of `ok`; it goes on as it came."""

    def __init__(self, data: Any) -> None:
        super().__init__(Code.INVALID_OPERATION)
        self._answer = cast(dict[str, Any], data) if isinstance(data, dict) else super().data()

    def data(self) -> dict[str, Any]:
        return self._answer


def reason_of(code: Code) -> dict[str, Any]:
    """The body of a `destroyed` event."""
    return {"code": int(code), "reason": code.text}


_OF_ROOMS = {
    RoomErrorCode.NOT_FOUND: Code.ROOM_NOT_FOUND,
    RoomErrorCode.ALREADY_EXISTS: Code.ROOM_ALREADY_EXISTS,
    RoomErrorCode.PERMISSION_DENIED: Code.UNAUTHORIZED,
    RoomErrorCode.INVALID_ARGUMENT: Code.INVALID_PARAMETERS,
    RoomErrorCode.RESOURCE_EXHAUSTED: Code.INCOMPATIBLE_SESSION,
    RoomErrorCode.FAILED_PRECONDITION: Code.INVALID_STATE,
}


def of_room_error(error: RoomError) -> NkError:
    """What a client of this API is told of a room's refusal."""
    return NkError(_OF_ROOMS[error.code])
