"""What a session's parts get to work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import msgspec
from livekit.protocol import rtc

from roomful.auth.grants import Grant
from roomful.extensions.dialogue import Dialogue
from roomful.media.api import MovableMedia
from roomful.media.ice import IceServers
from roomful.protocols.livekit.calls import Calls
from roomful.protocols.livekit.encode import ENABLED_CODECS
from roomful.protocols.livekit.frames import Frame
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

SERVER_VERSION = "1.13.5"
"""The LiveKit release this server behaves like: clients compare it before they use a feature."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the server's configuration says about this protocol."""

    ice_servers: IceServers = IceServers()
    region: str = ""
    node_id: str = ""
    codecs: tuple[str, ...] = ENABLED_CODECS
    """MIME types that may be published."""
    data_tracks: bool = True
    """Participants may publish data tracks."""
    data_blobs: bool = False
    """Participants may store data blobs."""
    chat_history: int = 50
    """Messages that a client is told when it joins."""
    ways: Sequence[rtc.CandidateProtocol] = (rtc.CandidateProtocol.UDP, rtc.CandidateProtocol.TCP)
    """How clients may be made to connect, one after the other, where the first has no luck."""
    allow_pause: bool = False
    """Videos may be paused that a client's network does not carry, unless it says otherwise."""


class Connection(Protocol):
    """A signal connection, as a session sees it. Neither call blocks or raises."""

    def send(self, frame: Frame) -> None:
        """Queue a frame for the client."""
        ...

    def close(self, code: int) -> None:
        """Close after what is queued."""
        ...


class Mint(Protocol):
    """Signs a token for a grant."""

    def __call__(self, grant: Grant, ttl: float, now: float) -> str: ...


Report: TypeAlias = Callable[[Room, Participant, dict[str, Any]], None]
"""Takes a heartbeat as specs/monibuca-rooms.md §9.2 has it."""


@dataclass(frozen=True, slots=True)
class Services:
    """What all sessions of a server share."""

    media: MovableMedia
    timers: Timers
    mint: Mint
    settings: Settings
    calls: Calls = field(default_factory=Calls)
    """RPC of the server itself."""
    dialogue: Dialogue | None = None
    """Answers the room's JSON messages; None: there are none."""
    report: Report = lambda room, participant, heartbeat: None
    """Takes what a client measured of itself."""


@dataclass(slots=True)
class Links:
    """What the parts of one session share. A session that moves has another room and is another participant in it."""

    room: Room
    participant: Participant
    media: MovableMedia
    timers: Timers
    send: Callable[[rtc.SignalResponse], None]
    """Send to this client, if it is connected."""
    only: rtc.CandidateProtocol = rtc.CandidateProtocol.UDP
    """Which candidates are used; UDP is all."""
