"""What the server tells and asks an extension. specs/monibuca-rooms.md §5.

Callbacks of one room run one after another, in the order of the events, each for at most five seconds; different rooms
run at the same time. One that raises or takes too long is logged and counted, and costs nobody anything: `verify_user`,
`before_join` and `on_action` then refuse, all others let the matter pass.
"""

from collections.abc import Awaitable
from typing import Any

import msgspec

from roomful.rooms.extension.codes import Code, RoomApiError
from roomful.rooms.extension.views import DeviceView, MediaState, Role, RoomView, TranscriptView, UserView


class ExtensionProps(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of rooms an extension adds."""

    name: str
    room_type: str
    manages_own_sessions: bool = False
    """True: the extension makes its rooms (`create_room`) and ends them; the server never does. §5.4."""
    max_users: int = 0
    """Upper bound for rooms of this type; 0 is none. §5.2."""
    message_actions: frozenset[str] = frozenset()
    """Actions that `on_message` understands. Two extensions cannot claim the same one."""
    default_role: Role = Role.MEMBER


class UserClaim(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody who wants to join says to be, or has been verified to be."""

    user_id: str
    user_name: str
    role: Role | None
    """None: for the room to decide."""
    token: str
    device: DeviceView
    protocol: str


class VerifiedUser(msgspec.Struct, frozen=True, kw_only=True):
    """What an extension found in a token of its own. Replaces what the client said."""

    user_id: str
    user_name: str
    role: Role
    avatar: str = ""
    extra: dict[str, Any] = {}


class JoinDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody may join, and as what."""

    allow: bool = True
    code: Code = Code.FORBIDDEN
    message: str = ""
    role: Role | None = None
    """None: what the server would give."""
    passes_lobby: bool = False


class RoomPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a room is to be when it opens, before anybody is in it."""

    known: bool = True
    """The extension expects this room: it becomes one of its type, also if who opens it does not say so."""
    name: str = ""
    owner_id: str = ""
    password_hash: str = ""
    """See `roomful.rooms.house_rules.password_hash`."""
    lobby_enabled: bool = False


class RoomCallbacks:
    """Does nothing and allows everything; an extension overrides what it needs."""

    async def verify_user(self, room: RoomView, token: str) -> VerifiedUser | None:
        """Recognise a token that this extension gave out. None: it is none of ours, the server verifies as usual.

        Raise `RoomApiError` to refuse.
        """
        return None

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        """Decide, after verification and before capacity, lock and lobby."""
        return JoinDecision()

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        """`user` is a member now."""

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        """`user` is still a member, and will not be when this returns."""

    async def on_user_away(self, room: RoomView, user: UserView, away: bool) -> None:
        """The member's connection is lost (and may come back within the grace), or has come back."""

    async def on_message(
        self, room: RoomView, user: UserView, message: dict[str, Any]
    ) -> dict[str, Any] | bool | Awaitable[dict[str, Any]]:
        """Handle a message that the server does not know.

        Returns False for one that is not understood here (the sender gets 40002), True, or fields for the `ack`; or
        something to wait for these with (ten seconds at most), where another service has to be asked: that holds up
        nobody but the sender. Raise `RoomApiError` to refuse.
        """
        return False

    async def on_room_created(self, room: RoomView) -> None:
        """The room has been opened, also after a restart."""

    async def on_room_closed(self, room: RoomView, reason: str) -> None:
        """The room is closed and empty."""

    async def on_action(
        self, room: RoomView, user: UserView, op: str, target_id: str | None, params: dict[str, Any]
    ) -> RoomApiError | None:
        """Veto a permission operation (§3.4) by returning an error, before it is carried out."""
        return None

    async def on_chat(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | None:
        """Change (return another) or drop (return None) a chat message, after the rate limit."""
        return message

    async def on_media_state(self, room: RoomView, user: UserView, media: MediaState) -> None:
        """The member said, or showed, that it sends something else now."""

    async def on_stream(self, room: RoomView, user: UserView, stream_path: str, published: bool) -> None:
        """A stream of the member began or ended."""

    async def on_lobby(self, room: RoomView, user_id: str, state: str) -> None:
        """`state`: `waiting`, `admitted`, `rejected` or `left`."""

    async def on_transcript(self, room: RoomView, segment: TranscriptView, final: bool) -> None:
        """Somebody said something, or seems to be saying it."""

    async def on_transcription(self, room: RoomView, running: bool, trouble: str) -> None:
        """The transcription began, ended, or got into trouble (`trouble`) or out of it."""

    async def on_recording(self, room: RoomView, recording: bool, error: str) -> None:
        """The recording of the room began, ended or failed (`error`)."""

    async def on_audio_ended(self, room: RoomView, playback_id: str, error: str) -> None:
        """A file of `mix_audio` has been played to its end, or cannot be played (`error`)."""

    def plan_room(self, room_id: str) -> RoomPlan | None:
        """Say how a room of this name is to open, by whichever protocol. Be quick. None: as any room."""
        return None

    def describe(self, room_id: str) -> dict[str, Any]:
        """Return what belongs under `extension` in the room object and in `room_joined`. Called often: be quick."""
        return {}
