"""Messages of the room service for clients of other protocols: what they say is done, and answered, as over its own.

specs/monibuca-rooms.md §2.1, §2.2. A client that has a way to send bytes to the server sends the same JSON objects.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import msgspec

from roomful.extensions.errors import api_error
from roomful.extensions.extensions import Extensions
from roomful.extensions.permission_operations import Actor, prepared
from roomful.extensions.views import lobby_view, user_view, users_of
from roomful.rooms.errors import RoomError
from roomful.rooms.extension import Code, RoomApi, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.reading import read_as, read_json
from roomful.rooms.participant import Participant
from roomful.rooms.roles import HOSTS
from roomful.rooms.room import Room

MAX_MESSAGE_BYTES = 65_536
USERS_SHOWN = 100
"""In the answer to `join_room`, beside hosts: packets have limits."""
HAS_ITS_OWN_WAY = frozenset({"leave_room", "leave", "heartbeat", "chat", "media_state", "custom"})
"""What a client of another protocol does as its protocol does it."""

MAX_WAITING = 32
"""Messages of one participant that may wait for an earlier one; more are refused."""

logger = logging.getLogger(__name__)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What every message has."""

    action: str
    seq: int | str | None = None
    room_id: str = ""


class OperationMessage(Envelope, frozen=True, kw_only=True):
    op: str
    target_id: str | None = None
    params: dict[str, Any] = {}


class Dialogue:
    """Answers for all rooms of a server."""

    def __init__(self, extensions: Extensions, api: RoomApi, clock: Callable[[], float]) -> None:
        """`clock` is unix seconds."""
        self.extensions = extensions
        self._api = api
        self._clock = clock

    async def answer(self, room: Room, participant: Participant, payload: bytes) -> bytes:
        """Do what a message of a participant says. Returns `ack`, `error` or (to `join_room`) `room_joined`."""
        seq: int | str | None = None
        action = ""
        try:
            if len(payload) > MAX_MESSAGE_BYTES:
                raise bad_field("", f"a message has {MAX_MESSAGE_BYTES} bytes at most")
            message = _read(payload)
            action, seq = _named(message)
            fields = await self._do(room, participant, message)
        except (RoomApiError, RoomError) as error:
            refusal = error if isinstance(error, RoomApiError) else api_error(error)
            fields = {"for": action[:64], "code": int(refusal.code), "error": refusal.code.word}
            fields |= {"message": refusal.message}
            fields |= {"detail": refusal.detail} if refusal.detail else {}
            return self.encoded(room, "error", fields | ({} if seq is None else {"seq": seq}))
        if action in ("join_room", "join"):
            return self.encoded(room, "room_joined", fields | ({} if seq is None else {"seq": seq}))
        return self.encoded(room, "ack", {**fields, "seq": seq, "for": action, "code": 0})

    def encoded(self, room: Room, action: str, fields: dict[str, Any]) -> bytes:
        ts = round(self._clock() * 1000)
        return msgspec.json.encode({"action": action, "room_id": room.name, "ts": ts, **fields})

    async def _do(self, room: Room, participant: Participant, message: dict[str, Any]) -> dict[str, Any]:
        envelope = read_as(Envelope, message)
        if envelope.room_id not in ("", room.name):
            raise bad_field("room_id", "room_id is not the one of this room")
        if participant.sid not in room.participants:
            raise RoomApiError(Code.NOT_IN_ROOM, "you are not in the room any more")
        if envelope.action in ("join_room", "join"):
            return self._welcome(room, participant)
        if envelope.action == "action":
            await self._operate(room, participant, read_as(OperationMessage, message))
            return {}
        if envelope.action in HAS_ITS_OWN_WAY:
            raise RoomApiError(Code.UNKNOWN_ACTION, f"{envelope.action} is done as your protocol does it")
        return await self.extensions.message(room, participant.sid, message)

    async def _operate(self, room: Room, participant: Participant, message: OperationMessage) -> None:
        actor = Actor(user_id=participant.user_id, role=participant.role)
        carry = await prepared(self._api, room.name, actor, message.op, message.target_id, message.params)
        await self.extensions.action(room, participant.sid, message.op, message.target_id, message.params)
        await carry()

    def _welcome(self, room: Room, participant: Participant) -> dict[str, Any]:
        now = self._clock()
        users = list(users_of(room).values())
        hosts = [one for one in users if one[0].role in HOSTS]
        others = [one for one in users if one[0].role not in HOSTS]
        view = self.extensions.view(room)
        waiting = [lobby_view(one) for one in room.lobby()] if participant.role in HOSTS else []
        return {
            "self": user_view(room, [participant], now),
            "room": view,
            "users": [user_view(room, one, now) for one in hosts + others[-USERS_SHOWN:]],
            "lobby": waiting,
            "extension": view.extension,
        }


class Conversation:
    """What one participant says, one message after another."""

    def __init__(self, dialogue: Dialogue, room: Room, participant: Participant, send: Callable[[bytes], None]) -> None:
        """`send` takes the answers."""
        self._dialogue = dialogue
        self._room = room
        self._participant = participant
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._work: asyncio.Task[None] | None = None

    def take(self, payload: bytes) -> None:
        """Answer when everything before it is answered."""
        if len(self._waiting) >= MAX_WAITING:
            fields = {"for": "", "code": int(Code.RATE_LIMITED), "error": Code.RATE_LIMITED.word}
            self._send(self._dialogue.encoded(self._room, "error", fields | {"message": "too many messages at once"}))
            return
        self._waiting.append(payload)
        if self._work is None:
            self._work = asyncio.create_task(self._work_off(), name="room-dialogue")

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                payload = self._waiting.popleft()
                try:
                    answer = await self._dialogue.answer(self._room, self._participant, payload)
                except Exception:  # a bug costs the one that found it a message, and nobody else anything
                    logger.exception("a message of room %s failed", self._room.name)
                    continue
                self._send(answer)
        finally:
            self._work = None


def _read(payload: bytes) -> dict[str, Any]:
    try:
        value = read_json(payload)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RoomApiError(Code.BAD_JSON, "a message is one JSON object, of reasonable depth")
    return cast(dict[str, Any], value)


def _named(message: dict[str, Any]) -> tuple[str, int | str | None]:
    """The action and the number of a message that may be wrong in all other respects."""
    action, seq = message.get("action"), message.get("seq")
    if not isinstance(action, str):
        raise bad_field("action", "action must be text")
    return action, seq if isinstance(seq, int | str) and not isinstance(seq, bool) else None
