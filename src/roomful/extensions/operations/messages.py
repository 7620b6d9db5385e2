"""Operations that tell clients something."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from roomful.extensions.errors import api_errors
from roomful.extensions.operations.base import Base
from roomful.extensions.views import chat_view
from roomful.rooms.extension import ChatView, Role
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.room import Room

MAX_MESSAGE_BYTES = 256 * 1024


class MessageOperations(Base):
    """See `roomful.rooms.extension.RoomApi`."""

    async def broadcast_to_room(
        self,
        room_id: str,
        message: Mapping[str, Any],
        *,
        exclude: Collection[str] = (),
        only: Collection[str] | None = None,
        roles: Collection[Role] | None = None,
    ) -> int:
        room = self.room(room_id)
        receivers = [participant for participant in room.participants.values() if not participant.robot]
        if not exclude and only is None and roles is None:
            self._tell(room, message, None)
            return len(receivers)
        sids = [
            one.sid
            for one in receivers
            if one.user_id not in exclude
            and (only is None or one.user_id in only)
            and (roles is None or one.role in roles)
        ]
        self._tell(room, message, sids)
        return len(sids)

    async def send_to_user(self, room_id: str, user_id: str, message: Mapping[str, Any]) -> bool:
        room = self.room(room_id)
        sids = [participant.sid for participant in room.of_user(user_id) if not participant.robot]
        waiting = room.waiting(user_id)
        if waiting is not None:
            sids.append(waiting.sid)
        self._tell(room, message, sids)
        return bool(sids)

    async def chat_history(self, room_id: str) -> Sequence[ChatView]:
        return [chat_view(message) for message in self.room(room_id).chat_history()]

    def _tell(self, room: Room, message: Mapping[str, Any], sids: Collection[str] | None) -> None:
        if not isinstance(message.get("action"), str):
            raise bad_field("action", "a message needs an action")
        now = self.clock()
        whole = {**message, "room_id": room.name, "ts": round(now * 1000)}
        try:
            json = msgspec.json.encode(whole)
        except (TypeError, ValueError, RecursionError) as error:
            raise bad_field("message", f"the message is not JSON: {error}") from None
        if len(json) > MAX_MESSAGE_BYTES:
            raise bad_field("message", f"a message has {MAX_MESSAGE_BYTES} bytes at most")
        with api_errors():
            room.tell(whole, json, now, sids)
