"""Who may come in, and with which words the others are sent away. specs/livekit.md §2.4."""

from http import HTTPStatus

import msgspec

from roomful.auth.grants import Grant
from roomful.protocols.livekit.connect import ConnectRequest
from roomful.rooms.errors import Draining, RoomError, RoomErrorCode
from roomful.rooms.registry import Rooms


class Refusal(msgspec.Struct, frozen=True):
    """An HTTP answer in place of a connection; the body is plain text."""

    status: HTTPStatus
    body: str


def check(connect: ConnectRequest, grant: Grant, rooms: Rooms, *, validate: bool = False) -> Refusal | None:
    """Say why this bearer cannot connect like this, or None if it can. Changes nothing.

    `validate` is for the request that only asks, which forgives less.
    """
    video = grant.video
    if not video.room_join:
        return Refusal(HTTPStatus.UNAUTHORIZED, "permissions denied")
    if not grant.identity:
        return Refusal(HTTPStatus.BAD_REQUEST, "identity cannot be empty")
    if len(identity(connect, grant).encode()) > rooms.limits.identity:
        return Refusal(
            HTTPStatus.BAD_REQUEST,
            f"participant identity length exceeds limits: max length {rooms.limits.identity}",
        )
    if not video.room:
        return Refusal(HTTPStatus.BAD_REQUEST, "no room name")
    if len(video.room.encode()) > rooms.limits.room_name:
        return Refusal(HTTPStatus.BAD_REQUEST, f"room name length exceeds limits: max length {rooms.limits.room_name}")
    if rooms.bans.is_revoked(video.room, grant.identity, grant.not_before):
        return Refusal(HTTPStatus.UNAUTHORIZED, "the token is revoked")
    if validate and connect.attributes_unreadable:
        return Refusal(HTTPStatus.BAD_REQUEST, "cannot decode attributes")
    if (connect.attributes or connect.metadata) and not video.can_update_own_metadata:
        return Refusal(HTTPStatus.UNAUTHORIZED, "permissions denied")
    if connect.publish and not video.can_publish:
        return Refusal(HTTPStatus.UNAUTHORIZED, "permissions denied")
    if rooms.get(video.room) is None and not (rooms.defaults.auto_create or video.room_create):
        return Refusal(HTTPStatus.NOT_FOUND, "requested room does not exist")
    if rooms.get(video.room) is None and not rooms.opens:
        return refused_join(Draining())
    return None


def identity(connect: ConnectRequest, grant: Grant) -> str:
    """The identity in the room; a publish-only twin connection has one of its own."""
    return f"{grant.identity}#{connect.publish}" if connect.publish else grant.identity


def refused_join(error: RoomError) -> Refusal:
    """The answer when the room itself says no."""
    return Refusal(_STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR), error.message)


_STATUS = {
    # 403 rather than 503: clients show its text to their users and do not try again at once.
    RoomErrorCode.RESOURCE_EXHAUSTED: HTTPStatus.FORBIDDEN,
    RoomErrorCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    RoomErrorCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    RoomErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RoomErrorCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    RoomErrorCode.FAILED_PRECONDITION: HTTPStatus.SERVICE_UNAVAILABLE,
}
