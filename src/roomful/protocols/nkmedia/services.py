"""What all sessions of a server share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from roomful.config import Config, JanusConfig
from roomful.media.api import TwoWayMedia
from roomful.protocols.nkmedia.fs.mixes import Mixes
from roomful.protocols.nkmedia.hub import Hub
from roomful.protocols.nkmedia.players import PlayersApi
from roomful.protocols.nkmedia.recordings import RecordingsApi
from roomful.protocols.nkmedia.room_settings import BACKEND, FS, JANUS
from roomful.protocols.nkmedia.users import Users
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.sockets.wheel import Wheel

_PICTURES: dict[str, tuple[str, ...]] = {"vp8": ("video/VP8",), "h264": ("video/H264",), "none": ()}
"""Value of `mcu.video` → MIME types."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says about this protocol. Times are seconds."""

    idle_timeout: float = 180
    ping_interval: float = 30
    request_timeout: float = 5
    acked_timeout: float = 180
    require_event_replies: bool = False
    event_names: str = "g1"
    room_timeout: int = 300
    wait_timeout: int = 60
    ready_timeout: int = 86_400
    canvas: str = "1280x720"
    """Of rooms of class `mcu`, as their pictures per second."""
    fps: int = 15
    mix_codecs: tuple[str, ...] = ("audio/opus", "video/VP8")
    """MIME types of what their mixer makes."""
    codecs: frozenset[str] = frozenset()
    """MIME types in lower case that may be published; empty means all."""
    janus: JanusConfig | None = None

    @property
    def backends(self) -> tuple[str, ...]:
        """Those that are configured. The first one is meant where nobody says which."""
        return (BACKEND, FS) if self.janus is None else (JANUS, BACKEND, FS)


def settings_of(config: Config) -> Settings:
    own = config.nkmedia
    return Settings(
        idle_timeout=own.idle_timeout,
        ping_interval=float(own.ping_interval),
        request_timeout=own.request_timeout,
        acked_timeout=own.acked_timeout,
        require_event_replies=own.require_event_replies,
        event_names=own.event_names,
        room_timeout=round(own.room_timeout),
        wait_timeout=round(own.wait_timeout),
        ready_timeout=round(own.ready_timeout),
        canvas=config.mcu.canvas,
        fps=config.mcu.fps,
        mix_codecs=("audio/opus", *_PICTURES[config.mcu.video]),
        codecs=frozenset(codec.mime.lower() for codec in config.room.enabled_codecs),
        janus=own.janus if own.janus.url else None,
    )


@dataclass(frozen=True, slots=True)
class Services:
    """See the module."""

    rooms: Rooms
    media: TwoWayMedia
    mixes: Mixes
    users: Users
    settings: Settings
    hub: Hub
    wheel: Wheel[Any]
    clock: Callable[[], float]
    """Unix seconds."""
    keep: Callable[[Room, Callable[[], None]], None]
    """Saves a room, so that it survives a restart, and calls back when that is done."""
    recordings: RecordingsApi | None = None
    players: PlayersApi | None = None
