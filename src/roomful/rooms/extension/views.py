"""Copies of what a room knows, for plugins and HTTP. specs/monibuca-rooms.md §3.1. Times are unix milliseconds."""

from typing import Any

import msgspec

from roomful.rooms.participant import MediaState
from roomful.rooms.roles import Role


class RoomView(msgspec.Struct, frozen=True, kw_only=True):
    room_id: str
    type: str
    name: str
    status: str
    """`active` or `closed`."""
    owner_id: str
    locked: bool
    recording: bool
    """Anything at all is."""
    recording_targets: tuple[str, ...] = ()
    """What is recorded by itself, whether or not the whole room is: user ids and stream paths."""
    lobby_enabled: bool
    chat_muted_all: bool
    slow_mode: int
    """Seconds between two messages of one member; 0 is off."""
    max_users: int
    """0 is no limit."""
    user_count: int
    """Members without robots and `admin` observers."""
    lobby_count: int
    has_password: bool
    created_at: int
    metadata: dict[str, Any]
    extension: dict[str, Any]
    """What the extension of this room type adds; see `RoomCallbacks.describe`."""


class TranscriptView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody said without a pause."""

    segment_id: str
    """Of interim texts and the final one."""
    user_id: str
    user_name: str
    text: str
    """Data from a recognizer: never markup."""
    language: str
    """Empty if the recognizer does not say."""
    start: float
    end: float
    """Unix seconds."""
    readers: frozenset[str] | None = None
    """User ids of those who may hear the speaker; nobody else may read it. None: everybody."""


ForceMutes = MediaState
"""What a host has the server drop."""


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    terminal: str = ""
    device_name: str = ""
    os_version: str = ""
    network_type: str = ""
    sdk_version: str = ""


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    user_name: str
    avatar: str
    role: Role
    is_robot: bool
    joined_at: int
    chat_muted: bool
    force_muted: ForceMutes
    media: MediaState
    streams: tuple[str, ...]
    """Stream paths, as WHEP takes them."""
    device: DeviceView
    protocol: str
    """`monibuca`, `livekit`, …"""
    extra: dict[str, Any]


class LobbyView(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    user_name: str
    avatar: str
    role: Role
    waiting_since: int


class BanView(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    until: int | None
    """None is for ever."""
    reason: str
    by: str
    created_at: int


class ChatMuteView(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    """`*` is everybody."""
    until: int | None
    by: str
    created_at: int


class ChatView(msgspec.Struct, frozen=True, kw_only=True):
    message_id: str
    user_id: str
    user_name: str
    content: str
    type: str
    to: str | None
    extra: dict[str, Any]
    ts: int


class RecordingView(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded file."""

    id: str
    room_id: str
    user_id: str
    """Whose media it holds; empty for the room as a whole."""
    stream_path: str = ""
    """Of what is in it, as far as that is known."""
    file: str
    """Path below the recordings directory, or where it was uploaded to."""
    started_at: int
    duration: float
    """Seconds; 0 while it is being written."""
    size: int
    status: str
    """`recording`, `complete` or `failed`."""
