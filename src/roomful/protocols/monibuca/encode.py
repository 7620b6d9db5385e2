"""From the domain to messages. specs/monibuca-rooms.md §2.1, §3.5."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from roomful.protocols.monibuca.messages import Seq
from roomful.rooms.chat import ChatMessage
from roomful.rooms.extension import RoomApiError, UserView
from roomful.rooms.model import MediaKind
from roomful.rooms.participant import MediaState, Participant
from roomful.rooms.stream_paths import StreamPath
from roomful.sockets import text_frame

Fields: TypeAlias = dict[str, Any]

_encoder = msgspec.json.Encoder()


def frame(action: str, room_id: str, at: float, fields: Mapping[str, Any]) -> bytes:
    """One message for any number of clients. `at` is unix seconds."""
    message = {"action": action, "room_id": room_id, "ts": milliseconds(at), **fields}
    return text_frame(_encoder.encode(message))


def milliseconds(at: float) -> int:
    return round(at * 1000)


def error_fields(error: RoomApiError, answers: str, seq: Seq) -> Fields:
    """`answers` is the action that caused it."""
    fields: Fields = {"for": answers, "code": int(error.code), "error": error.code.word, "message": error.message}
    if seq is not None:
        fields["seq"] = seq
    if error.detail:
        fields["detail"] = error.detail
    return fields


def chat_fields(message: ChatMessage) -> Fields:
    return {
        "message_id": message.id,
        "user_id": message.user_id,
        "user_name": message.user_name,
        "content": message.content,
        "type": message.type,
        "to": message.to,
        "extra": message.extra,
    }


def chat_history(messages: Iterable[ChatMessage]) -> list[Fields]:
    return [{**chat_fields(message), "ts": milliseconds(message.at)} for message in messages]


def media_fields(user_id: str, media: MediaState) -> Fields:
    return {"user_id": user_id, "audio": media.audio, "video": media.video, "screen": media.screen, "media": media}


USER_FIELDS = {
    "name": "user_name",
    "role": "role",
    "chat_muted": "chat_muted",
    "force_muted": "force_muted",
    "extra": "extra",
}
"""What `ParticipantUpdated.changed` says, and the field of the user object. Media has an event of its own."""


def user_changes(view: UserView, participant: Participant, changed: frozenset[str]) -> Fields:
    fields = {field: getattr(view, field) for word, field in USER_FIELDS.items() if word in changed}
    # What other protocols know of a user, under the names they have for it.
    fields |= {word: getattr(participant, word) for word in ("metadata", "attributes") if word in changed}
    if "permission" in changed:
        fields["can_publish"] = participant.permission.can_publish
    return fields


def whep_url(path: StreamPath) -> str:
    return f"/webrtc/whep/{path}"


def whip_url(path: StreamPath) -> str:
    return f"/webrtc/whip/{path}"


def stream_fields(user_id: str, path: StreamPath, kind: MediaKind) -> Fields:
    return {"user_id": user_id, "stream_path": str(path), "kind": kind, "whep_url": whep_url(path)}
