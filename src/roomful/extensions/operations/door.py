"""Operations on the lobby."""

from collections.abc import Sequence

from roomful.extensions.errors import api_errors
from roomful.extensions.operations.base import Base
from roomful.extensions.views import lobby_view
from roomful.rooms.chat import EVERYBODY
from roomful.rooms.extension import LobbyView
from roomful.rooms.extension.api import SYSTEM
from roomful.rooms.room import Room


class DoorOperations(Base):
    """See `roomful.rooms.extension.RoomApi`."""

    async def set_lobby_enabled(self, room_id: str, enabled: bool, actor: str = SYSTEM) -> bool:
        with api_errors():
            return self.room(room_id).set_lobby_enabled(enabled, self.clock(), by=actor)

    async def list_lobby(self, room_id: str) -> Sequence[LobbyView]:
        return [lobby_view(waiting) for waiting in self.room(room_id).lobby()]

    async def admit_user(self, room_id: str, user_id: str, actor: str = SYSTEM) -> None:
        room = self.room(room_id)
        for one in _meant(room, user_id):
            with api_errors():
                room.admit(one, self.clock(), by=actor)

    async def reject_user(self, room_id: str, user_id: str, reason: str = "", actor: str = SYSTEM) -> None:
        room = self.room(room_id)
        for one in _meant(room, user_id):
            with api_errors():
                room.reject(one, self.clock(), by=actor, note=reason)


def _meant(room: Room, user_id: str) -> list[str]:
    return [waiting.user_id for waiting in room.lobby()] if user_id == EVERYBODY else [user_id]
