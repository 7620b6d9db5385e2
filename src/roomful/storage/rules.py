"""What hosts decided and what was written, as it stands beside a room in the database."""

import msgspec

from roomful.rooms.chat import ChatMessage, ChatMute
from roomful.rooms.house_rules import HouseRules
from roomful.rooms.model import MediaKind
from roomful.rooms.roles import Role
from roomful.rooms.room import Room


class StoredRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Not kept: whether a recording is running, because it is not after a restart; which streams are shared."""

    title: str = ""
    owner_id: str = ""
    password: str = ""
    locked: bool = False
    lobby_enabled: bool = False
    slow_mode: int = 0
    chat_mutes: list[ChatMute] = []
    roles: dict[str, Role] = {}
    force_mutes: dict[str, frozenset[MediaKind]] = {}
    chat: list[ChatMessage] = []

    @classmethod
    def of(cls, room: Room) -> "StoredRules":
        rules = room.rules
        return cls(
            title=rules.title,
            owner_id=rules.owner_id,
            password=rules.password,
            locked=rules.locked,
            lobby_enabled=rules.lobby_enabled,
            slow_mode=rules.slow_mode,
            chat_mutes=[*rules.chat_mutes.values()],
            roles=dict(rules.roles),
            force_mutes=dict(rules.force_mutes),
            chat=[*room.chat_history()],
        )

    def apply(self, room: Room) -> None:
        """Give them to a room that has just been opened again."""
        if self == StoredRules():
            return
        room.restore_rules(
            HouseRules(
                title=self.title,
                owner_id=self.owner_id,
                password=self.password,
                locked=self.locked,
                lobby_enabled=self.lobby_enabled,
                slow_mode=self.slow_mode,
                chat_mutes={mute.user_id: mute for mute in self.chat_mutes},
                roles=dict(self.roles),
                force_mutes=dict(self.force_mutes),
            )
        )
        if self.chat:
            room.restore_chat(self.chat)
