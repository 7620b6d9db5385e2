"""CHAT: what is written in a room, for sessions that joined with `op.chat`.

The document has no chat. This is an addition of ours, which clients that do not ask for it never see.
docs/how-to/room-signals-clients.md.
"""

from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Any

import msgspec

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.entries import host_of
from roomful.protocols.room_signals.roster import Roster
from roomful.protocols.room_signals.services import Services, Settings
from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signals import Category, Chat
from roomful.rooms.chat import ChatMessage
from roomful.rooms.events import ChatSent
from roomful.rooms.participant import Participant
from roomful.rooms.roles import RIGHTS, Right
from roomful.sockets.rates import TokenBucket

MAX_HISTORY_BYTES = 128 * 1024
"""Of what a JOIN ack tells of earlier messages: as much as the largest message of a client."""


def new_bucket(settings: Settings, now: float) -> TokenBucket:
    """How often one session may write."""
    return TokenBucket(settings.chat_rate, settings.chat_window, now)


class Chatting:
    """Handles CHAT for a server."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def write(self, session: Session, signal: Chat, now: float) -> Awaitable[None] | None:
        """Tell the room. Raises SignalError, RoomError, RoomApiError."""
        if session.chat is None:
            raise invalid("chat is for who joins with op.chat")
        content, limit = signal.msg.strip(), self._services.settings.chat_length
        if not 1 <= len(content) <= limit:
            raise invalid(f"msg has 1 to {limit} characters")
        room, participant = session.room, session.participant
        if Right.CHAT not in RIGHTS[participant.role] or not participant.permission.can_publish_data:
            raise _denied("you may not chat")
        room.room.check_chat(participant.sid, now)
        wait = session.chat.take(now)
        if wait:
            raise _denied(f"not so fast: write again in {wait:.0f} seconds")
        receivers = None if signal.to is None else room.targets(signal.to)
        if receivers == []:
            raise _nobody()
        to = room.user_id_of(receivers[0]) if receivers else None
        fields: dict[str, Any] = {"content": content, "type": signal.type.value, "to": to, "extra": {}}
        if self._services.extensions.overrides(room.room, "on_chat"):
            return self._past_extension(session, fields, receivers)
        self._say(session, fields, receivers, now)
        return None

    async def _past_extension(
        self, session: Session, fields: dict[str, Any], receivers: Sequence[Participant] | None
    ) -> None:
        """Where an extension governs the room, it may change what is written, or drop it."""
        changed = await self._services.extensions.chat(session.room.room, session.participant.sid, fields)
        if session.ended:
            return
        if changed is None:
            session.send(encode.ack("CHAT", {"rid": session.room.name}))
        else:
            self._say(session, {**fields, **changed}, receivers, self._services.clock())

    def _say(
        self, session: Session, fields: dict[str, Any], receivers: Sequence[Participant] | None, now: float
    ) -> None:
        room = session.room.room
        only = None if receivers is None else {one.sid for one in receivers} & room.participants.keys()
        if only is not None and not only:
            raise _nobody()
        message = room.send_chat(
            session.participant.sid,
            str(fields["content"]),
            now,
            type=str(fields["type"]),
            to=fields["to"],
            only=only,
            extra=fields["extra"],
        )
        session.send(encode.ack("CHAT", {"rid": room.name, "id": message.id, "ts": round(now * 1000)}))


def deliver(room: Roster, event: ChatSent) -> None:
    """Pass a message of anybody on to those who read, but for its author."""
    readers = [
        session
        for sid, session in room.reading()
        if sid != event.message.sender and (event.recipients is None or sid in event.recipients)
    ]
    if readers:
        frame = encode.bare(_signal(room, event.message))
        for session in readers:
            session.send(frame)


def history(room: Roster) -> list[msgspec.Raw]:
    """What was written before, oldest first, each as it would be passed on; the newest of it if it is much."""
    kept: deque[msgspec.Raw] = deque()
    size = 0
    for message in reversed(room.room.chat_history()):
        encoded = msgspec.json.encode(_signal(room, message))
        size += len(encoded)
        if size > MAX_HISTORY_BYTES:
            break
        kept.appendleft(msgspec.Raw(encoded))
    return list(kept)


def _signal(room: Roster, message: ChatMessage) -> dict[str, Any]:
    to = {} if message.to is None else {"to": message.to}
    return encode.signal(
        "CHAT",
        room.channel,
        room.name,
        _sender(room, message),
        id=message.id,
        msg=message.content,
        type=message.type,
        username=message.user_name or message.user_id,
        ts=round(message.at * 1000),
        **to,
    )


def _sender(room: Roster, message: ChatMessage) -> dict[str, str]:
    """`ss` of who wrote, who may be gone or speak another protocol."""
    session = room.session_at(message.sender)
    if session is not None:
        return encode.session_object_of(session.info)
    participant = room.room.participants.get(message.sender)
    identity = message.user_id if participant is None else participant.identity
    host = "Web" if participant is None else host_of(participant)
    return encode.session_object(message.user_id, identity, Category.STREAM, host, identity)


def _denied(message: str) -> SignalError:
    return SignalError(Code.PERMISSION_NOT_FOUND, message)


def _nobody() -> SignalError:
    return SignalError(Code.RECIPIENT_NOT_MEMBER, "nobody of this id is in the room")
