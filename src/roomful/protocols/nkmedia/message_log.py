"""Messages that clients leave with a room for each other. specs/nkmedia.md §15.

They are one with the room's chat: what participants write is in the log, and a message with a `text` is chat to them.
Messages without one are for clients of this API alone.
"""

import itertools
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MessageLogGet, MessageLogSend
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.hub import Event
from roomful.protocols.nkmedia.pending import Data
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.chat import ChatMessage
from roomful.rooms.events import ChatSent, RoomEvent
from roomful.rooms.ids import new_id
from roomful.rooms.room import Room

KEPT_MESSAGES = 1000
"""Of one room; the oldest go first."""
MAX_MESSAGE_BYTES = 4 * 1024


class _Log:
    def __init__(self, room: Room, besides: ChatMessage | None = None) -> None:
        """Begins with what the room remembers of its chat, `besides` left out."""
        self.messages: deque[dict[str, Any]] = deque(maxlen=KEPT_MESSAGES)
        self._numbers = itertools.count(1)
        for message in room.chat_history():
            if message is not besides:
                self.add_chat(message)

    def add(self, content: Mapping[str, Any], user_id: str, session_id: str, now: float) -> dict[str, Any]:
        time = round(now * 1_000_000)
        message = {
            **content,
            "msg_id": next(self._numbers),
            "user_id": user_id,
            "session_id": session_id,
            "timestamp": time,
            "timestmap": time,  # as the first document spells it
        }
        self.messages.append(message)
        return message

    def add_chat(self, message: ChatMessage) -> dict[str, Any]:
        """`session_id` is the participant's sid."""
        kind = {} if message.type == "text" else {"type": message.type}
        return self.add({**message.extra, **kind, "text": message.content}, message.user_id, message.sender, message.at)


class MessageLog:
    """See the module. A log goes with its room, and with the server. There is none where nobody asked for one."""

    def __init__(self, services: Services, executor: Executor) -> None:
        self._services = services
        self._logs: WeakKeyDictionary[Room, _Log] = WeakKeyDictionary()
        self._announced: set[str] = set()
        """Ids of chat messages that are in a log already."""
        executor.add({MessageLogSend: self._send, MessageLogGet: self._get})
        services.rooms.on_opened.append(self._follow)
        for room in services.rooms:  # of an earlier life
            self._follow(room)

    def _send(self, caller: Caller, command: MessageLogSend, now: float) -> Data:
        if len(msgspec.json.encode(command.msg)) > MAX_MESSAGE_BYTES:
            raise NkError(Code.SYNTAX_ERROR, "msg")
        room = self._room(command.room_id, now)
        message = self._log(room).add(command.msg, caller.user, caller.session_id, now)
        text = command.msg.get("text")
        if isinstance(text, str) and text.strip():
            extra = {name: value for name, value in command.msg.items() if name != "text"}
            message_id = new_id("m-")
            self._announced.add(message_id)
            room.announce(caller.user, text, now, extra=extra, message_id=message_id)
        self._services.hub.publish(_event(room, message))
        return {"msg_id": message["msg_id"]}

    def _get(self, caller: Caller, command: MessageLogGet, now: float) -> Data:
        del caller
        return list(self._log(self._room(command.room_id, now)).messages)

    def _room(self, room_id: str, now: float) -> Room:
        room = self._services.rooms.get(room_id)
        if room is None:
            raise NkError(Code.ROOM_NOT_FOUND)
        room.linger(now)
        return room

    def _log(self, room: Room) -> _Log:
        log = self._logs.get(room)
        if log is None:
            log = self._logs[room] = _Log(room)
        return log

    # What others write

    def _follow(self, room: Room) -> None:
        room.observers.add(partial(self._on_event, room))

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        if not isinstance(event, ChatSent) or event.message.to is not None:
            return
        if event.message.id in self._announced:
            self._announced.discard(event.message.id)
            return
        if room not in self._logs:
            if not self._services.hub.is_awaited(_event(room, None)):
                return
            self._logs[room] = _Log(room, besides=event.message)
        self._services.hub.publish(_event(room, self._logs[room].add_chat(event.message)))


def _event(room: Room, message: Any) -> Event:
    return Event(class_name="media", subclass="room", type="msglog_new_msg", obj_id=room.name, body=message)
