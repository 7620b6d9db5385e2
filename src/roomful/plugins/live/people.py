"""Who is who, on the wire."""

import msgspec

from roomful.rooms.extension import Role, UserView


class Person(msgspec.Struct, frozen=True):
    user_id: str
    user_name: str

    @classmethod
    def of(cls, user: UserView) -> "Person":
        return cls(user.user_id, user.user_name)


HOSTS = frozenset({Role.HOST, Role.COHOST, Role.ADMIN})
"""Those whom no mute-all silences."""
