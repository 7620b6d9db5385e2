"""What the endpoints below `/api/rooms/{room}` have in common: who may, what is read, how rooms refuse."""

from typing import Any, NoReturn, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from roomful.auth import TokenVerifier
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.web.bearer import grant_of

Asked = Request[Any, Any, State]
T = TypeVar("T")

_STATUS = {
    RoomErrorCode.NOT_FOUND: 404,
    RoomErrorCode.ALREADY_EXISTS: 409,
    RoomErrorCode.PERMISSION_DENIED: 403,
    RoomErrorCode.INVALID_ARGUMENT: 400,
    RoomErrorCode.RESOURCE_EXHAUSTED: 429,
    RoomErrorCode.FAILED_PRECONDITION: 412,
}


def authorize(request: Asked, verifier: TokenVerifier, room_name: str) -> None:
    """Refuse whoever may not administer the room."""
    grant = grant_of(request, verifier, request.scope["query_string"])
    if not (grant.video.room_admin and grant.video.room == room_name):
        raise HTTPException("the token does not have roomAdmin for this room", status_code=403)


async def read_body(request: Asked, kind: type[T]) -> T:
    """Return the JSON of the request; an empty one is an empty object."""
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise HTTPException(str(error), status_code=400) from None


def refuse(error: RoomError) -> NoReturn:
    """Answer with what a room said."""
    raise HTTPException(error.message, status_code=_STATUS[error.code]) from None
