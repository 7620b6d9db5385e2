"""Who may use the HTTP API of rooms, and as what. specs/monibuca-rooms.md §1.3, §3.7."""

from collections.abc import Mapping

import msgspec

from roomful.auth import Grant
from roomful.auth.admin import AdminCheck
from roomful.extensions.permission_operations import Actor
from roomful.protocols.monibuca.verification import Verification
from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.registry import Rooms
from roomful.rooms.roles import HOSTS

ADMIN = Actor(user_id="admin", role=Role.ADMIN)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as far as it says who sends it."""

    bearer: str
    address: str
    headers: Mapping[str, str]
    """Names in lower case."""


class Authority:
    """The rules of one server."""

    def __init__(self, rooms: Rooms, verification: Verification, admin_check: AdminCheck) -> None:
        self._rooms = rooms
        self._verification = verification
        self._admin_check = admin_check

    def is_admin(self, caller: Caller) -> bool:
        return self._admin_check(caller.bearer, caller.address, caller.headers)

    def for_server(self, caller: Caller, now: float, right: str) -> Actor:
        """Who acts on the server as a whole; `right` is one of a token's: `room_create`, `room_list`.

        Raises RoomApiError (UNAUTHORIZED, FORBIDDEN).
        """
        if self.is_admin(caller):
            return ADMIN
        grant = self._grant(caller, now)
        if grant is None or not getattr(grant.video, right):
            raise RoomApiError(Code.FORBIDDEN, f"that takes the admin token, or an API key's token with {right}")
        return Actor(user_id=grant.identity or ADMIN.user_id, role=Role.ADMIN)

    def for_room(self, caller: Caller, room_id: str, now: float, *, writes: bool) -> Actor:
        """Who acts on a room. Hosts may write, whoever may join may read. Raises RoomApiError."""
        if self.is_admin(caller):
            return ADMIN
        if not caller.bearer:
            raise RoomApiError(Code.UNAUTHORIZED, "a token is needed")
        grant = self._grant(caller, now)
        if grant is not None and grant.video.room_admin and grant.video.room == room_id:
            return Actor(user_id=grant.identity or ADMIN.user_id, role=Role.ADMIN)
        identity = self._verification.check_token(caller.bearer, room_id, now)
        if identity is None:
            raise RoomApiError(Code.UNAUTHORIZED, "this token says nothing here: the admin token is needed")
        room = self._rooms.get(room_id)
        present = room.of_user(identity.user_id) if room is not None else []
        role = present[0].role if present else identity.role or Role.MEMBER
        if writes and role not in HOSTS:
            raise RoomApiError(Code.FORBIDDEN, f"your role {role} may not do that")
        return Actor(user_id=identity.user_id, role=role, permissions=identity.permissions)

    def _grant(self, caller: Caller, now: float) -> Grant | None:
        return self._verification.own_grant(caller.bearer, now)
