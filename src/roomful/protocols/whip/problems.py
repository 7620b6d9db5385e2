"""What can be wrong with a request, as its sender is told: RFC 9457 problem details."""

from http import HTTPStatus

import msgspec

from roomful.rooms.errors import RoomError, RoomErrorCode

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is no success. `detail` is for the person who gets it."""

    def __init__(self, status: HTTPStatus, detail: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers

    def body(self) -> bytes:
        return msgspec.json.encode({"title": self.status.phrase, "status": int(self.status), "detail": self.detail})


def bad_request(detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, detail)


def unauthorized(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, (("www-authenticate", "Bearer"),))


def forbidden(detail: str) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, detail)


def not_found(detail: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, detail)


def unprocessable(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def overloaded() -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the media engine is busy", (("retry-after", "1"),))


def of_room_error(error: RoomError) -> Problem:
    """The answer when the room itself says no."""
    return Problem(_STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR), error.message)


_STATUS = {
    # 403 rather than 503, which would make clients try again at once.
    RoomErrorCode.RESOURCE_EXHAUSTED: HTTPStatus.FORBIDDEN,
    RoomErrorCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    RoomErrorCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    RoomErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RoomErrorCode.FAILED_PRECONDITION: HTTPStatus.SERVICE_UNAVAILABLE,
}
