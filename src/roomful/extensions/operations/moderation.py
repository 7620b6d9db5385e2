"""Operations that keep people out or silent."""

from collections.abc import Sequence

from roomful.extensions.errors import api_errors, milliseconds
from roomful.extensions.operations.base import Base, media_kind_of, until
from roomful.extensions.views import ban_view, chat_mute_view, users_of
from roomful.rooms.bans import Ban
from roomful.rooms.chat import EVERYBODY, ChatMute
from roomful.rooms.extension import BanView, ChatMuteView
from roomful.rooms.extension.api import SYSTEM
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.roles import HOSTS


class ModerationOperations(Base):
    """See `roomful.rooms.extension.RoomApi`."""

    async def add_ban(
        self, room_id: str, user_id: str, duration: float = 0, reason: str = "", actor: str = SYSTEM
    ) -> None:
        room = self.room(room_id)
        if not user_id:
            raise bad_field("user_id", "whom to ban?")
        await self.extensions.leave(room, user_id, "banned")
        now = self.clock()
        ban = Ban(user_id=user_id, until=until(now, duration), reason=reason, by=actor, created_at=now)
        with api_errors():
            room.add_ban(ban, now)

    async def remove_ban(self, room_id: str, user_id: str, actor: str = SYSTEM) -> bool:
        """Also for a room that is not open now: its bans have outlived it."""
        room = self.rooms.get(room_id)
        if room is None:
            return self.rooms.bans.lift(room_id, user_id)
        with api_errors():
            return room.remove_ban(user_id, self.clock(), by=actor)

    async def list_bans(self, room_id: str) -> Sequence[BanView]:
        """Also of a room that is not open now."""
        return [ban_view(ban) for ban in self.rooms.bans.of_room(room_id, self.clock())]

    async def add_chat_mute(self, room_id: str, user_id: str, duration: float = 0, actor: str = SYSTEM) -> None:
        now = self.clock()
        mute = ChatMute(user_id=user_id, until=until(now, duration), by=actor, created_at=now)
        with api_errors():
            self.room(room_id).add_chat_mute(mute, now)

    async def remove_chat_mute(self, room_id: str, user_id: str, actor: str = SYSTEM) -> bool:
        with api_errors():
            return self.room(room_id).remove_chat_mute(user_id, self.clock(), by=actor)

    async def list_chat_mutes(self, room_id: str) -> Sequence[ChatMuteView]:
        return [chat_mute_view(mute) for mute in self.room(room_id).chat_mutes(self.clock())]

    async def is_chat_muted(self, room_id: str, user_id: str) -> int | None:
        mute = self.room(room_id).find_chat_mute(user_id, self.clock())
        return None if mute is None else milliseconds(mute.until) or 0

    async def set_force_mute(self, room_id: str, user_id: str, kind: str, on: bool, actor: str = SYSTEM) -> None:
        """`*` is everybody here but hosts."""
        room, now = self.room(room_id), self.clock()
        media_kind = media_kind_of(kind)
        if user_id == EVERYBODY:
            users = [one for one, connections in users_of(room).items() if connections[0].role not in HOSTS]
        else:
            users = [user_id]
        for user in users:
            with api_errors():
                room.force_mute(user, media_kind, on, now, by=actor)
