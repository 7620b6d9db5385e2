"""What all sessions of a server share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from roomful.config import Config
from roomful.extensions import Extensions
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.ports import Engines, Livestreams, SignalsMedia
from roomful.rooms.registry import Rooms
from roomful.sockets.wheel import Wheel


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the server's configuration says about this protocol. Times are seconds."""

    heartbeat_limit: float = 10
    keepalive: float = 300
    max_connection: float = 0
    """0: any time."""
    max_publishers: int = 9
    """Users, in rooms of the channels `m2m` and `a2m`."""
    max_viewers: int = 0
    """0: any number."""
    pps_include_viewers: bool = False
    auto_accept_without_owner: bool = True
    allow_user_faking: bool = True
    rate_limit: int = 100
    """Messages per second of one connection; 0: any number."""
    chat_rate: int = 5
    """CHAT of one session in `chat_window`."""
    chat_window: float = 10
    chat_length: int = 500
    """Characters of one CHAT."""

    def publishers(self, channel: Channel) -> int:
        """How many users may publish."""
        match channel:
            case Channel.P2P:
                return 2
            case Channel.P2M:
                return 1
            case _:
                return self.max_publishers


def settings_of(config: Config) -> Settings:
    """`config` is an effective one."""
    signals = config.room_signals
    return Settings(
        heartbeat_limit=float(signals.heartbeat_limit),
        keepalive=float(signals.keepalive),
        max_connection=float(signals.max_connection),
        max_publishers=signals.max_publishers,
        max_viewers=signals.max_viewers,
        pps_include_viewers=signals.pps_include_viewers,
        auto_accept_without_owner=signals.auto_accept_without_owner,
        allow_user_faking=bool(signals.allow_user_faking),
        rate_limit=signals.rate_limit,
        chat_rate=config.room.chat.rate,
        chat_window=float(config.room.chat.window),
        chat_length=config.room.chat.max_length,
    )


@dataclass(frozen=True, slots=True)
class Services:
    """See the module."""

    rooms: Rooms
    extensions: Extensions
    settings: Settings
    media: SignalsMedia
    engines: Engines
    livestreams: Livestreams
    wheel: Wheel[Any]
    """Turned with the `steady` time."""
    clock: Callable[[], float]
    """Unix seconds."""
    steady: Callable[[], float]
    """Seconds of a clock that nobody sets: presence does not hang on the hour."""
