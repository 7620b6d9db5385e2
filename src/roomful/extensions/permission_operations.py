"""The permission operations of `action`, over WebSocket, HTTP and data packets. specs/monibuca-rooms.md §3.4.

One table says of each operation who may do it, what it is aimed at, what its parameters are and what it does.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from roomful.rooms.extension import Code, Role, RoomApi, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.reading import read_as
from roomful.rooms.roles import RIGHTS, Right, outranks

EVERYBODY = "*"

MAX_SECONDS = 10 * 365 * 86_400
Seconds = Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS)]
Reason = Annotated[str, msgspec.Meta(max_length=256)]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts."""

    user_id: str
    role: Role
    permissions: frozenset[str] = frozenset()
    """Single rights beyond the role's."""


class NoParams(msgspec.Struct, frozen=True, kw_only=True):
    pass


class RecordParams(msgspec.Struct, frozen=True, kw_only=True):
    on: bool
    target: str = "room"
    """`room`, a user id, or a stream path."""


class ReasonParams(msgspec.Struct, frozen=True, kw_only=True):
    reason: Reason = ""


class BanParams(msgspec.Struct, frozen=True, kw_only=True):
    duration: Seconds = 0
    """Seconds; 0 is for ever."""
    reason: Reason = ""


class MuteParams(msgspec.Struct, frozen=True, kw_only=True):
    kind: Literal["audio", "video", "screen"]


class DurationParams(msgspec.Struct, frozen=True, kw_only=True):
    duration: Seconds = 0
    """Seconds; 0 is until undone."""


class SlowModeParams(msgspec.Struct, frozen=True, kw_only=True):
    seconds: Annotated[int, msgspec.Meta(ge=0, le=600)]


class LobbyParams(msgspec.Struct, frozen=True, kw_only=True):
    on: bool


class RoleParams(msgspec.Struct, frozen=True, kw_only=True):
    role: Literal["cohost", "member", "viewer"]


class AnnounceParams(msgspec.Struct, frozen=True, kw_only=True):
    text: Annotated[str, msgspec.Meta(max_length=1000)]


class Call(msgspec.Struct, frozen=True):
    """One operation, ready to be carried out."""

    api: RoomApi
    room_id: str
    actor: str
    target: str
    """Empty for operations on the room."""
    params: Any


Carry: TypeAlias = Callable[[Call], Awaitable[object]]
Target: TypeAlias = Literal["", "user", "user or *"]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    right: Right
    does: Carry
    target: Target = ""
    params: type[msgspec.Struct] = NoParams
    spares_oneself: bool = False
    """The own id as target is an error."""
    ranked: bool = False
    """Cohosts cannot do it to hosts and cohosts."""


async def _record(call: Call) -> None:
    await call.api.set_room_recording(call.room_id, call.params.on, call.actor, call.params.target)


async def _announce(call: Call) -> None:
    await call.api.set_room_metadata(call.room_id, {"announcement": call.params.text or None})


def _lock(locked: bool) -> Carry:
    return lambda call: call.api.set_room_locked(call.room_id, locked, call.actor)


def _mute(on: bool) -> Carry:
    return lambda call: call.api.set_force_mute(call.room_id, call.target, call.params.kind, on, call.actor)


OPERATIONS: dict[str, Operation] = {
    "lock": Operation(right=Right.LOCK, does=_lock(True)),
    "unlock": Operation(right=Right.LOCK, does=_lock(False)),
    "record": Operation(right=Right.RECORD, params=RecordParams, does=_record),
    "kick": Operation(
        right=Right.KICK,
        target="user",
        params=ReasonParams,
        spares_oneself=True,
        ranked=True,
        does=lambda call: call.api.remove_user(call.room_id, call.target, call.params.reason or "kicked", call.actor),
    ),
    "ban": Operation(
        right=Right.BAN,
        target="user",
        params=BanParams,
        spares_oneself=True,
        ranked=True,
        does=lambda call: call.api.add_ban(
            call.room_id, call.target, call.params.duration, call.params.reason, call.actor
        ),
    ),
    "unban": Operation(
        right=Right.UNBAN,
        target="user",
        does=lambda call: call.api.remove_ban(call.room_id, call.target, call.actor),
    ),
    "mute": Operation(
        right=Right.MUTE,
        target="user or *",
        params=MuteParams,
        spares_oneself=True,
        ranked=True,
        does=_mute(True),
    ),
    "unmute": Operation(right=Right.MUTE, target="user or *", params=MuteParams, does=_mute(False)),
    "chat_mute": Operation(
        right=Right.CHAT_MUTE,
        target="user or *",
        params=DurationParams,
        spares_oneself=True,
        ranked=True,
        does=lambda call: call.api.add_chat_mute(call.room_id, call.target, call.params.duration, call.actor),
    ),
    "chat_unmute": Operation(
        right=Right.CHAT_MUTE,
        target="user or *",
        does=lambda call: call.api.remove_chat_mute(call.room_id, call.target, call.actor),
    ),
    "slow_mode": Operation(
        right=Right.SLOW_MODE,
        params=SlowModeParams,
        does=lambda call: call.api.set_slow_mode(call.room_id, call.params.seconds, call.actor),
    ),
    "lobby": Operation(
        right=Right.LOBBY,
        params=LobbyParams,
        does=lambda call: call.api.set_lobby_enabled(call.room_id, call.params.on, call.actor),
    ),
    "admit": Operation(
        right=Right.ADMIT,
        target="user or *",
        params=ReasonParams,
        does=lambda call: call.api.admit_user(call.room_id, call.target, call.actor),
    ),
    "reject": Operation(
        right=Right.REJECT,
        target="user or *",
        params=ReasonParams,
        does=lambda call: call.api.reject_user(call.room_id, call.target, call.params.reason, call.actor),
    ),
    "set_role": Operation(
        right=Right.SET_ROLE,
        target="user",
        params=RoleParams,
        spares_oneself=True,
        does=lambda call: call.api.set_user_role(call.room_id, call.target, Role(call.params.role), call.actor),
    ),
    "transfer_host": Operation(
        right=Right.TRANSFER_HOST,
        target="user",
        spares_oneself=True,
        does=lambda call: call.api.set_owner(call.room_id, call.target, call.actor),
    ),
    "announce": Operation(right=Right.ANNOUNCE, params=AnnounceParams, does=_announce),
    "close_room": Operation(
        right=Right.CLOSE_ROOM,
        params=ReasonParams,
        does=lambda call: call.api.close_room(call.room_id, "host", call.actor),
    ),
}


async def prepared(
    api: RoomApi, room_id: str, actor: Actor, op: str, target_id: str | None, params: dict[str, Any]
) -> Callable[[], Awaitable[object]]:
    """Check an operation and return what carries it out.

    Raises RoomApiError: BAD_FIELD (unknown operation, target or parameters), FORBIDDEN, USER_NOT_FOUND.
    """
    operation = OPERATIONS.get(op)
    if operation is None:
        raise bad_field("op", f"there is no operation {op[:64]!r}")
    if operation.right not in RIGHTS[actor.role] and operation.right not in actor.permissions:
        raise RoomApiError(Code.FORBIDDEN, f"your role {actor.role} may not {op}")
    target = _target(operation, actor, target_id)
    read = read_as(operation.params, params)
    if operation.ranked and target not in ("", EVERYBODY):
        await _check_rank(api, room_id, actor, target, op)
    call = Call(api, room_id, actor.user_id, target, read)
    return lambda: operation.does(call)


def _target(operation: Operation, actor: Actor, target_id: str | None) -> str:
    if not operation.target:
        return ""
    if not target_id or len(target_id) > 256:
        raise bad_field("target_id", "target_id must be a user id")
    if target_id == EVERYBODY and "*" not in operation.target:
        raise bad_field("target_id", "this cannot be done to everybody at once")
    if operation.spares_oneself and target_id == actor.user_id:
        raise bad_field("target_id", "this cannot be done to oneself")
    return target_id


async def _check_rank(api: RoomApi, room_id: str, actor: Actor, target: str, op: str) -> None:
    try:
        role = (await api.get_user(room_id, target)).role
    except RoomApiError as error:
        if error.code is Code.USER_NOT_FOUND:  # who is not here can be banned all the same; the operation decides
            return
        raise
    if not outranks(actor.role, role):
        raise RoomApiError(Code.FORBIDDEN, f"a {actor.role} may not {op} a {role}")
