"""What a plugin can do to rooms: the sole contract. specs/monibuca-rooms.md §4.

Operations take effect at once and their events are sent before they return. `actor` is a user id or `system`; nobody's
permission is checked here, that is the caller's part. Durations are seconds, 0 means without end. All of them raise
`RoomApiError`: ROOM_NOT_FOUND if the room is not there, USER_NOT_FOUND if the target is not in it, else as said.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from roomful.rooms.extension.callbacks import ExtensionProps, RoomCallbacks
from roomful.rooms.extension.views import (
    BanView,
    ChatMuteView,
    ChatView,
    LobbyView,
    RecordingView,
    Role,
    RoomView,
    UserView,
)

SYSTEM = "system"


class RoomApi(Protocol):
    """The rooms of this server, as plugins and protocols act on them."""

    def register_callbacks(self, room_type: str, callbacks: RoomCallbacks, props: ExtensionProps) -> None:
        """Once per room type, during `init`. Raises CONFLICT for a type or an action that another has."""
        ...

    # Rooms

    async def create_room(
        self,
        room_id: str,
        type: str,  # noqa: A002 - the wire's word
        name: str = "",
        owner_id: str = "",
        *,
        password: str = "",
        lobby_enabled: bool | None = None,
        max_users: int = 0,
        metadata: Mapping[str, Any] | None = None,
    ) -> RoomView:
        """Open a room; what is not given is as the extension has planned it.

        Raises CONFLICT if there is one, BAD_FIELD.
        """
        ...

    async def close_room(self, room_id: str, reason: str = "ended", actor: str = SYSTEM) -> None:
        """Tell everybody, and close for good. `reason`: host, admin, empty, timeout, ended, shutdown."""
        ...

    async def get_room(self, room_id: str) -> RoomView: ...

    async def list_rooms(self, type: str = "") -> Sequence[RoomView]:  # noqa: A002 - the wire's word
        """All of a type; all, without one."""
        ...

    async def set_room_locked(self, room_id: str, locked: bool, actor: str = SYSTEM) -> bool:
        """No new members while locked. Returns whether that is a change."""
        ...

    async def set_room_recording(
        self, room_id: str, recording: bool, actor: str = SYSTEM, target: str = "room"
    ) -> bool:
        """Record every member (`target` room), one (a user id) or one stream (its path), or stop.

        Returns whether that is a change. Raises USER_NOT_FOUND, BACKEND_UNAVAILABLE.
        """
        ...

    async def set_room_transcription(
        self, room_id: str, transcribe: bool, language: str = "", actor: str = SYSTEM
    ) -> None:
        """Transcribe what is said; see `on_transcript`. Raises BACKEND_UNAVAILABLE without a recogniser."""
        ...

    async def set_room_metadata(self, room_id: str, patch: Mapping[str, Any]) -> None:
        """Merge into the room's metadata; None deletes a key. Raises BAD_FIELD if it becomes too large."""
        ...

    async def set_room_name(self, room_id: str, name: str) -> None: ...

    async def set_slow_mode(self, room_id: str, seconds: int, actor: str = SYSTEM) -> None: ...

    async def recording_file(self, room_id: str, recording_id: str) -> str:
        """The path on this machine of a finished recording of the room. Raises NOT_FOUND, also if it was uploaded."""
        ...

    async def list_recordings(self, room_id: str) -> Sequence[RecordingView]:
        """Also of a room that is closed; newest first."""
        ...

    # Members

    async def list_users(self, room_id: str) -> Sequence[UserView]:
        """All members, robots too, `admin` observers not; in the order of joining."""
        ...

    async def get_user(self, room_id: str, user_id: str) -> UserView: ...

    async def remove_user(
        self, room_id: str, user_id: str, reason: str = "kicked", actor: str = SYSTEM, *, close: bool = True
    ) -> None:
        """Call `on_user_leave`, remove, and close the connection with 4010."""
        ...

    async def set_user_role(self, room_id: str, user_id: str, role: Role, actor: str = SYSTEM) -> None: ...

    async def set_user_attributes(self, room_id: str, user_id: str, patch: Mapping[str, str]) -> None:
        """Set what other clients are shown of a member as its attributes; an empty value deletes one."""
        ...

    async def set_owner(self, room_id: str, user_id: str, actor: str = SYSTEM) -> None:
        """Make this member the host. The host before becomes cohost."""
        ...

    async def move_user(self, room_id: str, user_id: str, target_room_id: str, actor: str = SYSTEM) -> None:
        """Put a member into another room without its doing. Raises ROOM_FULL, ROOM_LOCKED, BAD_STATE."""
        ...

    async def travel_token(self, room_id: str, user_id: str, target_room_id: str) -> str:
        """A token with which a member that cannot be moved joins another room itself; empty: its protocol has none."""
        ...

    async def add_virtual_user(self, room_id: str, user_id: str, user_name: str, *, avatar: str = "") -> UserView:
        """Add a robot: a member without a connection. Raises CONFLICT for an id that is taken."""
        ...

    async def remove_virtual_user(self, room_id: str, user_id: str) -> None: ...

    # Messages

    async def broadcast_to_room(
        self,
        room_id: str,
        message: Mapping[str, Any],
        *,
        exclude: Collection[str] = (),
        only: Collection[str] | None = None,
        roles: Collection[Role] | None = None,
    ) -> int:
        """Queue a message (`action` and its fields; `room_id` and `ts` are added) to members. Returns to how many."""
        ...

    async def send_to_user(self, room_id: str, user_id: str, message: Mapping[str, Any]) -> bool:
        """To one member, or one who waits in the lobby. False if it is not here."""
        ...

    async def chat_history(self, room_id: str) -> Sequence[ChatView]: ...

    # Moderation

    async def add_ban(
        self, room_id: str, user_id: str, duration: float = 0, reason: str = "", actor: str = SYSTEM
    ) -> None:
        """Remove from room and lobby, and keep out; outlives room and restart."""
        ...

    async def remove_ban(self, room_id: str, user_id: str, actor: str = SYSTEM) -> bool: ...

    async def list_bans(self, room_id: str) -> Sequence[BanView]: ...

    async def add_chat_mute(self, room_id: str, user_id: str, duration: float = 0, actor: str = SYSTEM) -> None:
        """Silence one, or `*`; outlives rejoin and restart."""
        ...

    async def remove_chat_mute(self, room_id: str, user_id: str, actor: str = SYSTEM) -> bool: ...

    async def list_chat_mutes(self, room_id: str) -> Sequence[ChatMuteView]: ...

    async def is_chat_muted(self, room_id: str, user_id: str) -> int | None:
        """Until when (unix milliseconds; 0: without end) the user may not chat; None: it may. Mute-all counts."""
        ...

    async def set_force_mute(self, room_id: str, user_id: str, kind: str, on: bool, actor: str = SYSTEM) -> None:
        """Have the server drop a member's `audio`, `video` or `screen`, whatever its client does. `*`: of all."""
        ...

    # Lobby

    async def set_lobby_enabled(self, room_id: str, enabled: bool, actor: str = SYSTEM) -> bool:
        """Off admits all who wait. Returns whether that is a change."""
        ...

    async def list_lobby(self, room_id: str) -> Sequence[LobbyView]: ...

    async def admit_user(self, room_id: str, user_id: str, actor: str = SYSTEM) -> None:
        """`*`: all. Raises USER_NOT_FOUND, ROOM_FULL."""
        ...

    async def reject_user(self, room_id: str, user_id: str, reason: str = "", actor: str = SYSTEM) -> None: ...

    # Media

    async def grant_publish(self, room_id: str, user_id: str, kinds: Collection[str] = ("audio", "video")) -> str:
        """Let a member publish these kinds. Returns a publish token for its stream path."""
        ...

    async def revoke_publish(self, room_id: str, user_id: str) -> None:
        """Take the right away; streams that run are stopped."""
        ...

    async def find_stream(self, room_id: str, user_id: str) -> Sequence[str]:
        """Stream paths that the member publishes now."""
        ...

    async def set_receiving(self, room_id: str, user_id: str, receiving: bool) -> None:
        """Let a member get the others' media, or (on hold) nothing but what `play_audio` plays to it."""
        ...

    async def share_stream(self, room_id: str, user_id: str, with_room_id: str, shared: bool) -> None:
        """Let members of another room subscribe to a member's streams (a PK's other side), or no longer."""
        ...

    async def play_audio(
        self, room_id: str, file: str, *, to: Collection[str] = (), loop: bool = False, volume: float = 1.0
    ) -> str:
        """Play an audio file of this server to some members, or all. Returns a playback id. Raises NOT_FOUND."""
        ...

    async def mix_audio(self, room_id: str, user_id: str, file: str, *, loop: bool = False, volume: float = 1.0) -> str:
        """Mix an audio file of this server into a member's voice: whoever hears the member hears it too.

        Returns a playback id; `on_audio_ended` tells of the end of the file. It begins within seconds, because a mixer
        has to start. Raises USER_NOT_FOUND, NOT_FOUND, LIMIT_REACHED, BACKEND_UNAVAILABLE.
        """
        ...

    async def set_audio(
        self, room_id: str, playback_id: str, *, volume: float | None = None, paused: bool | None = None
    ) -> bool:
        """Change how a file of `mix_audio` plays. Returns whether it plays."""
        ...

    async def stop_audio(self, room_id: str, playback_id: str) -> bool: ...

    async def set_voice(self, room_id: str, user_id: str, volume: float) -> None:
        """Let all others hear a member so loud, as long as it is here: a factor of 0 to 10, 1 is as it is.

        In a room that is not mixed the voice then comes about 0.1 s later, in the track that `mix_audio` makes. Raises
        USER_NOT_FOUND, BAD_FIELD, LIMIT_REACHED, BACKEND_UNAVAILABLE.
        """
        ...

    async def set_hearing(self, room_id: str, listener_id: str, speaker_id: str, gain: float) -> None:
        """How loud one member hears another: 0 not at all, 1 as is. For supervisors who listen and whisper."""
        ...
