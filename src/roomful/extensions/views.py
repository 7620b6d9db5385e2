"""Copies of the domain for plugins, HTTP and the room service. specs/monibuca-rooms.md §3.1."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from roomful.extensions.errors import milliseconds
from roomful.rooms.bans import Ban
from roomful.rooms.chat import EVERYBODY, ChatMessage, ChatMute
from roomful.rooms.extension import (
    BanView,
    ChatMuteView,
    ChatView,
    DeviceView,
    ForceMutes,
    LobbyView,
    MediaState,
    RoomView,
    TranscriptView,
    UserView,
)
from roomful.rooms.extension.reading import read_json
from roomful.rooms.lobby import Waiting
from roomful.rooms.model import MediaKind
from roomful.rooms.participant import Participant, ParticipantSnapshot
from roomful.rooms.roles import Role
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import stream_paths
from roomful.rooms.transcripts import TranscriptSegment


def room_view(room: Room, now: float, extension: Mapping[str, Any] | None = None) -> RoomView:
    """`extension` is what the extension of the room's type says of it."""
    rules = room.rules
    return RoomView(
        room_id=room.name,
        type=room.options.type,
        name=rules.title,
        status="active" if room.is_open else "closed",
        owner_id=rules.owner_id,
        locked=rules.locked,
        recording=rules.recording or room.counts.active_recording,
        recording_targets=tuple(sorted(rules.recording_targets)),
        lobby_enabled=rules.lobby_enabled,
        chat_muted_all=any(mute.user_id == EVERYBODY for mute in room.chat_mutes(now)),
        slow_mode=rules.slow_mode,
        max_users=room.max_users,
        user_count=room.users,
        lobby_count=len(room.lobby()),
        has_password=bool(rules.password),
        created_at=round(room.created_at * 1000),
        metadata=metadata_of(room.metadata),
        extension=dict(extension or {}),
    )


def metadata_of(text: str) -> dict[str, Any]:
    """Room metadata as an object: what is none (other protocols allow any text) stands under `text`."""
    if not text:
        return {}
    try:
        value = read_json(text)
    except ValueError:
        value = text
    return cast(dict[str, Any], value) if isinstance(value, dict) else {"text": text}


def users_of(room: Room) -> dict[str, list[Participant]]:
    """The participants of each user that others see, in the order of joining."""
    users: dict[str, list[Participant]] = {}
    for participant in room.participants.values():
        if not participant.dependent and not participant.hidden:
            users.setdefault(participant.user_id, []).append(participant)
    return users


def user_view(room: Room, participants: Sequence[Participant], now: float) -> UserView:
    """One user by its connections, of which there is at least one."""
    first = participants[0]
    states = [participant.media for participant in participants]
    return UserView(
        user_id=first.user_id,
        user_name=first.name,
        avatar=first.attributes.get("avatar", ""),
        role=first.role,
        is_robot=first.robot,
        joined_at=round(first.joined_at * 1000),
        chat_muted=room.find_chat_mute(first.user_id, now) is not None,
        force_muted=_force_mutes(first),
        media=MediaState(
            audio=any(state.audio for state in states),
            video=any(state.video for state in states),
            screen=any(state.screen for state in states),
        ),
        streams=streams_of(room, participants),
        device=device_view(first.client),
        protocol=first.protocol,
        extra=first.extra,
    )


def left_user_view(user: ParticipantSnapshot) -> UserView:
    """A user that has left."""
    return UserView(
        user_id=user.user_id,
        user_name=user.name,
        avatar=user.attributes.get("avatar", ""),
        role=user.role,
        is_robot=user.robot,
        joined_at=round(user.joined_at * 1000),
        chat_muted=False,
        force_muted=ForceMutes(),
        media=MediaState(),
        streams=(),
        device=device_view(user.client),
        protocol=user.protocol,
        extra=user.extra,
    )


def streams_of(room: Room, participants: Sequence[Participant]) -> tuple[str, ...]:
    """Stream paths of what a user publishes now. specs/monibuca-rooms.md §10.2."""
    tracks = [track for participant in participants for track in participant.tracks.values() if track.published]
    return stream_paths(room.name, participants[0].user_id, [track.source for track in tracks]) if tracks else ()


def device_view(client: Mapping[str, str]) -> DeviceView:
    """What is known of a client's device, whichever protocol said it."""
    return DeviceView(
        terminal=client.get("terminal") or client.get("sdk", ""),
        device_name=client.get("device_name") or client.get("device_model", ""),
        os_version=client.get("os_version") or client.get("os", ""),
        network_type=client.get("network_type") or client.get("network", ""),
        sdk_version=client.get("sdk_version") or client.get("version", ""),
    )


def transcript_view(room: Room, segment: TranscriptSegment) -> TranscriptView:
    """By users: plugins do not know participants."""

    def user_of(sid: str, otherwise: str = "") -> str:
        participant = room.participants.get(sid)
        return otherwise if participant is None else participant.user_id

    return TranscriptView(
        segment_id=segment.id,
        user_id=user_of(segment.speaker, segment.identity),
        user_name=segment.name,
        text=segment.text,
        language=segment.language,
        start=segment.start,
        end=segment.end,
        readers=None if segment.hearers is None else frozenset(user_of(sid) for sid in segment.hearers),
    )


def lobby_view(waiting: Waiting) -> LobbyView:
    request = waiting.request
    return LobbyView(
        user_id=waiting.user_id,
        user_name=request.name,
        avatar=request.attributes.get("avatar", ""),
        role=request.role or Role.MEMBER,
        waiting_since=round(waiting.since * 1000),
    )


def ban_view(ban: Ban) -> BanView:
    return BanView(
        user_id=ban.user_id,
        until=milliseconds(ban.until),
        reason=ban.reason,
        by=ban.by,
        created_at=round(ban.created_at * 1000),
    )


def chat_mute_view(mute: ChatMute) -> ChatMuteView:
    return ChatMuteView(
        user_id=mute.user_id,
        until=milliseconds(mute.until),
        by=mute.by,
        created_at=round(mute.created_at * 1000),
    )


def chat_view(message: ChatMessage) -> ChatView:
    return ChatView(
        message_id=message.id,
        user_id=message.user_id,
        user_name=message.user_name,
        content=message.content,
        type=message.type,
        to=message.to,
        extra=message.extra,
        ts=round(message.at * 1000),
    )


def _force_mutes(participant: Participant) -> ForceMutes:
    muted = participant.force_muted
    return ForceMutes(audio=MediaKind.AUDIO in muted, video=MediaKind.VIDEO in muted, screen=MediaKind.SCREEN in muted)
