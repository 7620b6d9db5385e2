"""What rooms of one type have in common. specs/monibuca-rooms.md §5.2 to §5.4."""

import msgspec

from roomful.rooms.roles import Role


class RoomType(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a type. An extension brings its own."""

    name: str
    manages_own_sessions: bool = False
    """True: whoever made a room of this type ends it; no join opens one, and none closes because it is empty."""
    max_users: int = 0
    """Upper bound for all of them; 0 is none."""
    default_role: Role = Role.MEMBER
    """Of who joins and is nothing else."""


BASIC = RoomType(name="basic")


def unknown_type(name: str) -> RoomType:
    """A type whose extension is not here: its rooms wait for it, they are not swept away meanwhile."""
    return RoomType(name=name, manages_own_sessions=True)
