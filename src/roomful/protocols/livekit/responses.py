"""RequestResponse: what became of a client's request. specs/livekit.md §3.11."""

from livekit.protocol import rtc

from roomful.rooms.errors import RoomError, RoomErrorCode

Reason = rtc.RequestResponse.Reason

TELLS_SUCCESS_SINCE = 15
"""First protocol version whose clients expect a response to requests that succeeded, too."""

_REASON: dict[RoomErrorCode, Reason] = {
    RoomErrorCode.NOT_FOUND: Reason.NOT_FOUND,
    RoomErrorCode.ALREADY_EXISTS: Reason.UNCLASSIFIED_ERROR,
    RoomErrorCode.PERMISSION_DENIED: Reason.NOT_ALLOWED,
    RoomErrorCode.INVALID_ARGUMENT: Reason.LIMIT_EXCEEDED,
    RoomErrorCode.RESOURCE_EXHAUSTED: Reason.LIMIT_EXCEEDED,
    RoomErrorCode.FAILED_PRECONDITION: Reason.UNCLASSIFIED_ERROR,
}
"""The room checks sizes alone, so that an invalid argument is one that exceeds a limit."""


class Refused(Exception):
    """A request cannot be met. `reason` is what the client is told."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def response_to(request: rtc.SignalRequest, reason: Reason, message: str = "") -> rtc.SignalResponse:
    """A response that echoes the request, if it is of a kind that can be echoed."""
    response = rtc.RequestResponse(reason=reason, message=message)
    kind = request.WhichOneof("message")
    if kind == "update_metadata":
        response.request_id = request.update_metadata.request_id
        response.update_metadata.CopyFrom(request.update_metadata)
    elif kind in _ECHO:
        getattr(response, _ECHO[kind]).CopyFrom(getattr(request, kind))
    elif kind in _NUMBERED:
        response.request_id = getattr(request, kind).request_id
    return rtc.SignalResponse(request_response=response)


def refusal_of(request: rtc.SignalRequest, error: RoomError) -> rtc.SignalResponse:
    """The response when the room refused."""
    return response_to(request, _REASON[error.code], error.message)


_ECHO = {
    "trickle": "trickle",
    "add_track": "add_track",
    "mute": "mute",
    "update_audio_track": "update_audio_track",
    "update_video_track": "update_video_track",
    "publish_data_track_request": "publish_data_track",
    "unpublish_data_track_request": "unpublish_data_track",
}
"""Request → the field of the response that it is echoed in."""
_NUMBERED = frozenset({"store_data_blob_request", "get_data_blob_request"})
