"""One session: a client of a user in a room, over any number of connections. specs/room-signals.md §1.3, §10.2.

No I/O and no clock. What the session may do, the room decides: `signal_room`.
"""

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from roomful.protocols.room_signals.bearers import Bearer
from roomful.protocols.room_signals.codes import invalid
from roomful.protocols.room_signals.signals import SessionInfo
from roomful.rooms.participant import Participant
from roomful.rooms.permissions import Permission
from roomful.sockets.rates import TokenBucket

if TYPE_CHECKING:
    from roomful.protocols.room_signals.signal_room import SignalRoom

MAX_WAITING = 64
"""Messages kept for a session without a connection; then the oldest go."""


class Line(Protocol):
    """A connection, as far as sessions see it."""

    bearer: Bearer | None
    """None: nobody was asked who it is."""
    origin: str
    """Scheme and host by which the client reached this server, as `wss://example.com`."""
    sessions: "set[Session]"
    """Those that are bound to it. Sessions enter and leave it by themselves."""

    def send_frame(self, frame: bytes) -> None: ...

    def close(self, code: int, why: str) -> None: ...


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind a session."""

    subject: str | None = None
    """User id of the token it came with; only connections of the same one may speak for it."""
    name: str
    fullname: str = ""
    avatar: str = ""
    permission: Permission = Permission()
    """The most that it may do."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to publish that nobody has answered."""

    video: bool
    audio: bool
    data: dict[str, Any]
    """The signal, to be forwarded to the next owner."""


class Session:
    """See the module. `SignalRoom` makes and ends it."""

    __slots__ = (
        "_waiting",
        "alive_at",
        "audio",
        "chat",
        "connection",
        "ended",
        "info",
        "origin",
        "participant",
        "person",
        "publishes",
        "request",
        "room",
        "sending",
        "video",
    )

    def __init__(
        self, room: "SignalRoom", info: SessionInfo, person: Person, participant: Participant, alive_at: float
    ) -> None:
        """`alive_at` is a time of the steady clock."""
        self.room = room
        self.info = info
        self.person = person
        self.participant = participant
        """It is another one when the client goes on with a LiveKit SDK under the same identity."""
        self.origin = ""
        """Of the connection that it last joined by."""
        self.video = False
        """What the client says that it sends, or wishes to: `ve`."""
        self.audio = False
        self.publishes = False
        """It may send media."""
        self.sending = False
        """Media that does not pass as tracks through the server is being sent: `p2p`, HLS."""
        self.request: Request | None = None
        self.chat: TokenBucket | None = None
        """How often it may write; None: it has not asked for chat, and gets none."""
        self.connection: Line | None = None
        self.ended = False
        self.alive_at = alive_at
        self._waiting: deque[bytes] = deque(maxlen=MAX_WAITING)

    @property
    def session_id(self) -> str:
        return self.info.session_id

    @property
    def user_id(self) -> str:
        return self.info.user_id

    def check_sender(self, line: Line, info: SessionInfo) -> None:
        """Raises SignalError unless a signal is from whom the session is of."""
        subject = None if line.bearer is None else line.bearer.user_id
        if info.user_id != self.user_id or subject != self.person.subject:
            raise invalid("the session is another user's")

    def send(self, frame: bytes) -> None:
        """Send to the client, now or when it is connected again."""
        if self.connection is not None:
            self.connection.send_frame(frame)
        else:
            self._waiting.append(frame)

    def bind(self, connection: Line) -> None:
        """From now on this connection is the session's: it gets what has waited."""
        if self.connection is connection or self.ended:
            return
        self.unbind()
        self.connection = connection
        connection.sessions.add(self)
        if self.participant.away:
            self._set_away(False, self.room.services.clock())
        while self._waiting:
            connection.send_frame(self._waiting.popleft())

    def unbind(self) -> None:
        """The session has no connection until the next signal of it."""
        if self.connection is not None:
            self.connection.sessions.discard(self)
            self.connection = None

    def on_lost(self, now: float) -> None:
        """Its connection has ended without a word. The session stays as long as heartbeats may be missing."""
        self.unbind()
        self._set_away(True, now)

    def _set_away(self, away: bool, now: float) -> None:
        room = self.room.room
        if room.is_open and self.participant.sid in room.participants:
            room.set_away(self.participant.sid, away, now)

    def end(self) -> None:
        """It is not in the room any more."""
        self.ended = True
        self.unbind()
        self._waiting.clear()
        self.room.services.wheel.discard(self)

    def on_time(self, now: float) -> float | None:
        """The wheel asks, in steady time: is there still somebody?"""
        due = self.alive_at + self.room.services.settings.heartbeat_limit
        if self.ended:
            return None
        if now <= due:
            return due
        self.room.expire(self)
        return None
