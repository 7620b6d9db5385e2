"""One member of a room that speaks this protocol, from its join to its departure, over any number of connections.

No I/O and no clock: messages, events and the time come in by calls. What has to wait for an extension comes out as a
coroutine, for the connection to run; meanwhile no other message of the client is handled. specs/monibuca-rooms.md §3.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from roomful.extensions.errors import api_error
from roomful.extensions.permission_operations import Actor, prepared
from roomful.extensions.views import user_view
from roomful.protocols.monibuca import encode
from roomful.protocols.monibuca.codes import CloseCode, close_code, left_because
from roomful.protocols.monibuca.data import TOPIC, payload_of
from roomful.protocols.monibuca.feed import Feed
from roomful.protocols.monibuca.messages import (
    MAX_EXTRA_BYTES,
    ActionMessage,
    Chat,
    Custom,
    Heartbeat,
    JoinRoom,
    Known,
    LeaveRoom,
    MediaFlags,
    MediaStateMessage,
    Report,
    Seq,
)
from roomful.protocols.monibuca.rates import Tally
from roomful.protocols.monibuca.verification import Identity
from roomful.rooms.chat import ChatMute
from roomful.rooms.errors import RoomError
from roomful.rooms.events import Departure, ParticipantLeft
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import MediaState, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.roles import RIGHTS, Right
from roomful.rooms.stream_paths import StreamPath
from roomful.sockets import Socket
from roomful.sockets.rates import TokenBucket

REFUSALS_BEFORE_MUTE = 3
REFUSALS_WITHIN = 10.0
MUTE_SECONDS = 30.0
"""Who goes on writing too fast may not write at all for so long."""
CUSTOM_FACTOR = 4
"""`custom` may come so many times as often as `chat`."""
CHAT_TYPES = frozenset({"text", "image", "emoji", "custom"})


class Session:
    """See the module. The room's `ParticipantLeft` ends it, whoever caused that."""

    def __init__(
        self, feed: Feed, participant: Participant, identity: Identity, permission: Permission, now: float
    ) -> None:
        """`permission` is what it may do in any role; its role may allow less."""
        self.feed = feed
        self.room = feed.room
        self.participant = participant
        self.identity = identity
        self.permission = permission
        self.on_moved: Callable[[Session], None] = _nobody_asks
        """Called with the session in another room that this connection has been taken to."""
        self.socket: Socket | None = None
        self.ended = False
        self._services = feed.services
        settings = self._services.settings
        self._alive_at = now
        self._away_since: float | None = None
        self._leaving = False
        self._chat = TokenBucket(settings.chat_rate, settings.chat_window, now)
        self._custom = TokenBucket(CUSTOM_FACTOR * settings.chat_rate, settings.chat_window, now)
        self._refusals = Tally(REFUSALS_BEFORE_MUTE, REFUSALS_WITHIN)

    @property
    def user_id(self) -> str:
        return self.participant.user_id

    @property
    def is_away(self) -> bool:
        """Its connection is lost, and the member still here."""
        return self._away_since is not None

    @property
    def can_resume(self) -> bool:
        return self.is_away and not (self.ended or self._leaving)

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.participant.role] or right in self.identity.permissions

    def send(self, action: str, at: float, fields: dict[str, Any]) -> None:
        """Send to the client, if it is connected."""
        if self.socket is not None:
            self.socket.send_frame(encode.frame(action, self.room.name, at, fields))

    def send_frame(self, frame: bytes) -> None:
        if self.socket is not None:
            self.socket.send_frame(frame)

    # Coming and going

    def connect(self, socket: Socket, now: float, *, resumed: bool) -> None:
        """A connection of the member: tell it everything that is here."""
        self.socket = socket
        self._alive_at = now
        if self._away_since is not None:
            self._away_since = None
            self.room.set_away(self.participant.sid, False, now)
        self.send("room_joined", now, self._welcome(now, resumed=resumed))
        for target in sorted(self.room.rules.recording_targets):
            self.send("recording_state", now, {"recording": True, "target": target, "files": [], "by": ""})
        self.feed.audience.add(socket)
        self._rearm(now)

    def on_lost(self, now: float) -> None:
        """The connection has ended without a word. The member may come back for a while."""
        self._forget_socket()
        if not self.ended and self.room.is_open:
            self._away_since = now
            self.room.set_away(self.participant.sid, True, now)
            self._rearm(now)

    def on_removed(self, event: ParticipantLeft) -> None:
        """The member is not in the room any more."""
        if self.ended:
            return
        word = left_because(event.reason, event.departure)
        departure = event.departure
        if event.replaced:
            error = RoomApiError(Code.CONFLICT, "the same user has connected again")
            self.send("error", event.at, encode.error_fields(error, "join_room", None))
        elif departure is not None and word == "kicked":
            self.send("kicked", event.at, {"by": departure.by, "reason": departure.note})
        self.end(close_code(word), word, closes=departure is None or departure.closes)

    def on_room_closed(self, *, shutdown: bool) -> None:
        """The room closes; everybody has been told."""
        self.end(CloseCode.GOING_AWAY if shutdown else CloseCode.ROOM_CLOSED, "room closed")

    def end(self, code: CloseCode, why: str, *, closes: bool = True) -> None:
        """Close the connection, unless it may join anew, and let go of everything."""
        if self.ended:
            return
        self.ended = True
        socket = self.socket
        self._forget_socket()
        if socket is not None and closes:
            socket.close(code, why)
        self.feed.sessions.pop(self.participant.sid, None)
        self._services.wheel.discard(self)

    def on_time(self, now: float) -> float | None:
        """The wheel asks. A member without heartbeats goes, as does one that is away for too long."""
        if self.ended or self._leaving:
            return None
        due = self._due()
        if now < due:
            return due
        expires_at = self.identity.expires_at
        if expires_at is not None and now >= expires_at:
            word = "token_expired"
        else:
            word = "disconnect" if self.is_away else "heartbeat_timeout"
        self._leaving = True
        self._services.run(self._leave(LeaveReason.CONNECTION_TIMEOUT, word))
        return None

    def _due(self) -> float:
        settings = self._services.settings
        if self._away_since is not None:
            due = self._away_since + settings.reconnect_grace
        else:
            due = self._alive_at + settings.heartbeat_timeout
        return due if self.identity.expires_at is None else min(due, self.identity.expires_at)

    def _rearm(self, now: float) -> None:
        self._services.wheel.set(self, max(now, self._due()))

    def _forget_socket(self) -> None:
        if self.socket is not None:
            self.feed.audience.discard(self.socket)
            self.socket = None

    async def _leave(self, reason: LeaveReason, word: str) -> None:
        """Let the extension know while the member is still here, then leave."""
        if len(self.room.of_user(self.user_id)) == 1:
            await self._services.extensions.leave(self.room, self.user_id, word)
        now = self._services.clock()
        self.room.leave(self.participant.sid, reason, now, departure=Departure(word=word))

    def _welcome(self, now: float, *, resumed: bool) -> dict[str, Any]:
        services, room, me = self._services, self.room, self.participant
        view = services.extensions.view(room)
        path = StreamPath(room.name, me.user_id)
        myself = user_view(room, [me], now)
        return {
            "self": myself,
            "room": view,
            "users": self.feed.presence.users(myself, now),
            "heartbeat_interval": services.settings.heartbeat_interval,
            "heartbeat_timeout": services.settings.heartbeat_timeout,
            "publish": {
                "stream_path": str(path),
                "whip_url": encode.whip_url(path),
                "token": services.stream_token(room.name, me.identity, now),
            },
            "ice_servers": services.settings.ice_servers.of(me.sid, now),
            "chat_history": encode.chat_history(room.chat_history()),
            "extension": view.extension,
            "resumed": resumed,
        }

    # What the client says

    def receive(self, message: Known, now: float) -> Awaitable[None] | None:
        """Do what the client asks; returns what is left to be waited for. Raises RoomApiError, RoomError."""
        if isinstance(message, JoinRoom):
            raise RoomApiError(Code.ALREADY_JOINED, "this connection has joined already")
        if message.room_id not in ("", self.room.name):
            raise bad_field("room_id", "room_id is not the one of the URL")
        if message.user_id not in ("", self.user_id):
            raise bad_field("user_id", "user_id must be your own")
        match message:
            case Heartbeat():
                self._alive_at = now
                self.send("heartbeat_ack", now, {"client_ts": message.ts})
                if message.report is not None:
                    self._services.report("heartbeat", self.room, self.participant, message.report)
                self._acknowledge(message, now)
            case Report():
                kind = message.action.removeprefix("report_")
                self._services.report(kind, self.room, self.participant, message.report)
                self._acknowledge(message, now)
            case Chat():
                return self._on_chat(message, now)
            case Custom():
                self._on_custom(message, now)
            case MediaStateMessage():
                flags = MediaFlags(audio=message.audio, video=message.video, screen=message.screen)
                self.set_media(flags, now)
                self._acknowledge(message, now)
            case ActionMessage():
                return self._on_action(message)
            case LeaveRoom():
                self._leaving = True
                self._acknowledge(message, now)
                return self._leave(LeaveReason.CLIENT_INITIATED, "leave")
        return None

    async def receive_unknown(self, message: dict[str, Any], seq: Seq) -> None:
        """A message for the extension of the room's type. Raises RoomApiError."""
        answer = await self._services.extensions.message(self.room, self.participant.sid, message)
        if seq is not None:
            fields = {**answer, "seq": seq, "for": message["action"], "code": 0}
            self.send("ack", self._services.clock(), fields)

    def set_media(self, flags: MediaFlags, now: float) -> None:
        """Take what the client says that it sends. Raises RoomApiError (FORBIDDEN)."""
        media = self.participant.media
        wanted = MediaState(
            audio=media.audio if flags.audio is None else flags.audio,
            video=media.video if flags.video is None else flags.video,
            screen=media.screen if flags.screen is None else flags.screen,
        )
        if not (self.may(Right.MEDIA_STATE) or self.participant.permission.can_publish):
            raise RoomApiError(Code.FORBIDDEN, f"your role {self.participant.role} sends no media")
        self.room.set_media_state(self.participant.sid, wanted, now)

    def _acknowledge(self, message: Known, now: float) -> None:
        if message.seq is not None:
            self.send("ack", now, {"seq": message.seq, "for": message.action, "code": 0})

    def _on_chat(self, message: Chat, now: float) -> Awaitable[None] | None:
        if not self.may(Right.CHAT):
            raise RoomApiError(Code.FORBIDDEN, "you may not chat")
        self.room.check_chat(self.participant.sid, now)
        self._take(self._chat, now, mute=True)
        content = message.content.strip()
        limit = self._services.settings.chat_length
        if not 1 <= len(content) <= limit:
            raise bad_field("content", f"content has 1 to {limit} characters")
        if message.type not in CHAT_TYPES:
            raise bad_field("type", f"type is one of {', '.join(sorted(CHAT_TYPES))}")
        if len(payload_of(message.extra)) > MAX_EXTRA_BYTES:
            raise bad_field("extra", f"extra has {MAX_EXTRA_BYTES} bytes at most")
        fields = {"content": content, "type": message.type, "to": message.to, "extra": message.extra}
        if self._services.extensions.overrides(self.room, "on_chat"):
            return self._chat_past_extension(message, fields)
        self._say(message, fields, now)
        return None

    async def _chat_past_extension(self, message: Chat, fields: dict[str, Any]) -> None:
        changed = await self._services.extensions.chat(self.room, self.participant.sid, fields)
        if changed is not None and not self.ended:
            self._say(message, {**fields, **changed}, self._services.clock())

    def _say(self, message: Chat, fields: dict[str, Any], now: float) -> None:
        self.room.send_chat(
            self.participant.sid,
            str(fields["content"]),
            now,
            type=str(fields["type"]),
            to=fields["to"],
            extra=fields["extra"],
        )
        self._acknowledge(message, now)

    def _on_custom(self, message: Custom, now: float) -> None:
        self._take(self._custom, now)
        payload = payload_of(message.data)
        if len(payload) > self.room.limits.data:
            raise bad_field("data", f"data has {self.room.limits.data} bytes at most")
        to = message.to or ()
        self.room.send_data(self.participant.sid, payload, now, topic=TOPIC, identities=to)
        self._acknowledge(message, now)

    def _take(self, bucket: TokenBucket, now: float, *, mute: bool = False) -> None:
        """Raises RoomApiError (RATE_LIMITED)."""
        wait = bucket.take(now)
        if not wait:
            return
        if mute and self._refusals.exceeds(now):
            self._refusals.clear()
            until = now + MUTE_SECONDS
            self.room.add_chat_mute(ChatMute(user_id=self.user_id, until=until, by="system", created_at=now), now)
        raise RoomApiError(Code.RATE_LIMITED, "too many messages", retry_after_ms=round(wait * 1000))

    async def _on_action(self, message: ActionMessage) -> None:
        services, room = self._services, self.room
        actor = Actor(user_id=self.user_id, role=self.participant.role, permissions=self.identity.permissions)
        carry = await prepared(services.api, room.name, actor, message.op, message.target_id, message.params)
        await services.extensions.action(room, self.participant.sid, message.op, message.target_id, message.params)
        await carry()
        self._acknowledge(message, services.clock())


def _nobody_asks(session: Session) -> None:
    """Until the connection listens."""
    del session


def as_refusal(error: RoomApiError | RoomError) -> RoomApiError:
    """What the client is told of an error."""
    return error if isinstance(error, RoomApiError) else api_error(error)
