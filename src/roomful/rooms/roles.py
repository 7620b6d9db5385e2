"""Who somebody is in a room, and what that allows. specs/monibuca-rooms.md §1.3."""

from enum import StrEnum, auto

import msgspec

from roomful.rooms.permissions import Permission


class Role(StrEnum):
    """What somebody is in a room."""

    HOST = auto()
    COHOST = auto()
    MEMBER = auto()
    VIEWER = auto()
    AGENT = auto()
    CUSTOMER = auto()
    ADMIN = auto()
    """Service staff: invisible, may do all."""


class Right(StrEnum):
    """What a role may do to a room and the others in it. The names are those of the wire's operations."""

    CHAT = auto()
    MEDIA_STATE = auto()
    PUBLISH = auto()
    LOCK = auto()
    RECORD = auto()
    LOBBY = auto()
    ADMIT = auto()
    REJECT = auto()
    KICK = auto()
    MUTE = auto()
    CHAT_MUTE = auto()
    SLOW_MODE = auto()
    ANNOUNCE = auto()
    BAN = auto()
    UNBAN = auto()
    SET_ROLE = auto()
    TRANSFER_HOST = auto()
    CLOSE_ROOM = auto()


_TALKS = frozenset({Right.CHAT, Right.MEDIA_STATE, Right.PUBLISH})
_MODERATES = _TALKS | {
    Right.LOCK,
    Right.RECORD,
    Right.LOBBY,
    Right.ADMIT,
    Right.REJECT,
    Right.KICK,
    Right.MUTE,
    Right.CHAT_MUTE,
    Right.SLOW_MODE,
    Right.ANNOUNCE,
}
_ALL = frozenset(Right)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.HOST: _ALL,
    Role.AGENT: _ALL,
    Role.ADMIN: _ALL,
    Role.COHOST: _MODERATES,
    Role.MEMBER: _TALKS,
    Role.CUSTOMER: _TALKS,
    Role.VIEWER: frozenset({Right.CHAT}),
}
"""The table. Single rights that a verification service gave come on top of it."""

HOSTS = frozenset({Role.HOST, Role.COHOST, Role.AGENT, Role.ADMIN})
"""Those whom no lock or lobby holds back, and who hear what only hosts hear."""


def outranks(actor: Role, target: Role) -> bool:
    """Say whether the actor may kick, mute or silence the target, if its rights cover that at all."""
    return actor is not Role.COHOST or target not in HOSTS


def as_role(permission: Permission, role: Role) -> Permission:
    """What the bearer of a permission may do as somebody in this role: both have to allow it."""
    if role is Role.ADMIN:
        return msgspec.structs.replace(permission, hidden=True)
    if Right.PUBLISH in RIGHTS[role]:
        return permission
    return msgspec.structs.replace(permission, can_publish=False)
