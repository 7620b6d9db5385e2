"""A plugin: polls in rooms of the type `poll`. docs/how-to/write-a-plugin.md says how to install it.

The host sends {"action": "start_poll", "question": "Tea?", "options": ["yes", "no"]}, the others
{"action": "vote", "option": 0}; everybody gets {"action": "poll", "votes": [1, 0], …} after each.
"""

from collections import Counter
from typing import Any

import msgspec

from roomful.rooms.extension import Code, Context, ExtensionProps, Role, RoomApiError, RoomCallbacks, RoomView, UserView


class PollSettings(msgspec.Struct, frozen=True):
    """The group `poll` of the configuration file."""

    max_options: int = 10


class PollPlugin(RoomCallbacks):
    name = "poll"

    async def init(self, context: Context) -> None:
        self.rooms, self.records = context.room_api(), context.records
        self.settings = context.settings("poll", PollSettings)
        actions = frozenset({"start_poll", "vote"})
        self.rooms.register_callbacks(
            "poll", self, ExtensionProps(name="poll", room_type="poll", message_actions=actions)
        )

    async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> bool:
        if message["action"] == "start_poll":
            options = message.get("options")
            if user.role is not Role.HOST:
                raise RoomApiError(Code.FORBIDDEN, "only the host starts a poll")
            if not isinstance(options, list) or not 2 <= len(options) <= self.settings.max_options:
                raise RoomApiError(Code.BAD_FIELD, "a poll needs options", field="options")
            poll: dict[str, Any] = {"question": str(message.get("question", "")), "options": options, "votes": {}}
        else:
            poll = await self.records.get("polls", room.room_id) or {"options": []}
            if message.get("option") not in range(len(poll["options"])):
                raise RoomApiError(Code.BAD_FIELD, "there is no such option", field="option")
            poll["votes"][user.user_id] = message["option"]
        await self.records.put("polls", room.room_id, poll)
        count = Counter(poll["votes"].values())
        result = {**poll, "votes": [count[number] for number in range(len(poll["options"]))]}
        await self.rooms.broadcast_to_room(room.room_id, {"action": "poll", **result})
        return True

    async def close(self) -> None:
        """Nothing to end: the server writes the records."""
