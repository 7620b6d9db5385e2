"""What a client can send. specs/monibuca-rooms.md §2.1, §3.3, §3.4.

A message is an object with an `action`. Those that the room service knows are read into the structs below; all others
stay as they are, for the extension of the room's type.
"""

import re
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec

from roomful.rooms.extension import Code, DeviceView, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.reading import read_as, read_json
from roomful.sockets.frequent import Frequent

MAX_MESSAGE_BYTES = 65_536
MAX_EXTRA_BYTES = 2_048

Seq: TypeAlias = int | str | None
"""What a client numbers its messages with; the answer repeats it."""
UserId = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Name = Annotated[str, msgspec.Meta(max_length=64)]

ROOM_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """What all messages may have."""

    action: str
    seq: Seq = None


class Message(Numbered, frozen=True, kw_only=True):
    """A message of somebody who is in the room; if it says which room and who, that has to be true."""

    room_id: str = ""
    user_id: str = ""


class MediaFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent; what is not said stays as it is."""

    audio: bool | None = None
    video: bool | None = None
    screen: bool | None = None


class JoinRoom(Numbered, frozen=True, kw_only=True):
    room_id: str
    user_id: UserId
    user_name: Name = ""
    """Empty: the user id."""
    token: Annotated[str, msgspec.Meta(max_length=8192)] | None = None
    """Instead of the one in the URL."""
    room_type: Annotated[str, msgspec.Meta(max_length=32)] = ""
    password: Annotated[str, msgspec.Meta(max_length=256)] = ""
    device: DeviceView = DeviceView()
    media: MediaFlags = MediaFlags()


class LeaveRoom(Message, frozen=True, kw_only=True):
    pass


class Heartbeat(Message, frozen=True, kw_only=True):
    ts: int | float | None = None
    """The client's clock, in milliseconds."""
    report: dict[str, Any] | None = None


class Report(Message, frozen=True, kw_only=True):
    """How it goes for the sender, or went. specs/monibuca-rooms.md §9.1."""

    report: dict[str, Any]


class Chat(Message, frozen=True, kw_only=True):
    content: str
    type: str = "text"
    to: UserId | None = None
    """Only this user and the sender get it."""
    extra: dict[str, Any] = {}


class Custom(Message, frozen=True, kw_only=True):
    data: Any
    to: Annotated[list[UserId], msgspec.Meta(max_length=1000)] | None = None


class MediaStateMessage(Message, frozen=True, kw_only=True):
    audio: bool | None = None
    video: bool | None = None
    screen: bool | None = None


class ActionMessage(Message, frozen=True, kw_only=True):
    """A permission operation; `actions` has the list."""

    op: str
    target_id: str | None = None
    params: dict[str, Any] = {}


Known: TypeAlias = JoinRoom | LeaveRoom | Heartbeat | Report | Chat | Custom | MediaStateMessage | ActionMessage

MESSAGES: dict[str, type[Known]] = {
    "join_room": JoinRoom,
    "join": JoinRoom,
    "leave_room": LeaveRoom,
    "leave": LeaveRoom,
    "heartbeat": Heartbeat,
    "report_heartbeat": Report,
    "report_leave_room": Report,
    "report_kv": Report,
    "chat": Chat,
    "custom": Custom,
    "media_state": MediaStateMessage,
    "action": ActionMessage,
}
"""By `action`. Of two spellings the first is documented, the other is in the diagram of the same document."""


def read_object(text: str | bytes) -> dict[str, Any]:
    """Raises RoomApiError: BAD_JSON for what is no JSON object; BAD_FIELD for one without an `action`."""
    try:
        value = read_json(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RoomApiError(Code.BAD_JSON, "a message is one JSON object, of reasonable depth")
    message = cast(dict[str, Any], value)
    if not isinstance(message.get("action"), str):
        raise bad_field("action", "action must be text")
    return message


def read(value: dict[str, Any]) -> Known | None:
    """The message; None for an action that the room service does not know. Raises RoomApiError (BAD_FIELD)."""
    kind = MESSAGES.get(value["action"])
    return None if kind is None else read_as(kind, value)


class _UsualHeartbeat(Heartbeat, frozen=True, kw_only=True, forbid_unknown_fields=True):
    action: Literal["heartbeat"]
    report: None = None


_heartbeats = Frequent(_UsualHeartbeat, '"heartbeat"')


def read_heartbeat(text: str) -> Heartbeat | None:
    """The message that comes most. None: another, or one with more in it, for `read_object` and `read`."""
    return _heartbeats.read(text)


def seq_of(value: dict[str, Any]) -> Seq:
    """The number of a message that may be wrong in all other respects."""
    seq = value.get("seq")
    return seq if isinstance(seq, int | str) and not isinstance(seq, bool) else None
