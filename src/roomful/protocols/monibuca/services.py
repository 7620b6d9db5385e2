"""What all sessions of a server share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from roomful.auth.stream_tokens import StreamTokens
from roomful.config import Config
from roomful.extensions import Extensions
from roomful.media.ice import IceServers, ice_servers
from roomful.protocols.monibuca.verification import Question, Reply, Verification
from roomful.rooms.extension import RoomApi
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.sockets.wheel import Wheel


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the server's configuration says about this protocol. Times are seconds."""

    heartbeat_interval: float = 10
    heartbeat_timeout: float = 30
    reconnect_grace: float = 10
    presence_limit: int = 200
    first_user_is_host: bool = True
    chat_rate: int = 5
    chat_window: float = 10
    chat_length: int = 500
    chat_history: int = 50
    ice_servers: IceServers = IceServers()


def settings_of(config: Config) -> Settings:
    room = config.room
    return Settings(
        heartbeat_interval=_plain(room.heartbeat_interval),
        heartbeat_timeout=_plain(room.heartbeat_timeout),
        reconnect_grace=room.reconnect_grace,
        presence_limit=room.presence_limit,
        first_user_is_host=room.first_user_is_host,
        chat_rate=room.chat.rate,
        chat_window=room.chat.window,
        chat_length=room.chat.max_length,
        chat_history=room.chat.history,
        ice_servers=ice_servers(config),
    )


def _plain(seconds: float) -> float:
    """A number as clients expect it in JSON: 10, not 10.0."""
    return int(seconds) if seconds == int(seconds) else float(seconds)


class ReportTaker(Protocol):
    """Where reports go."""

    def __call__(self, kind: str, room: Room, participant: Participant, report: dict[str, Any], /) -> None:
        """`kind`: `heartbeat`, `leave_room` or `kv`. Raises RoomApiError (BAD_FIELD)."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """See the module."""

    rooms: Rooms
    api: RoomApi
    extensions: Extensions
    verification: Verification
    stream_token: StreamTokens
    settings: Settings
    wheel: Wheel[Any]
    clock: Callable[[], float]
    """Unix seconds, for what goes on after a wait."""
    ask: Callable[[Question], Awaitable[Reply | None]]
    """Sends a question to the verification service; None if there is no answer."""
    run: Callable[[Awaitable[None]], None]
    """Runs something that nobody waits for."""
    report: ReportTaker
    """Stores what members report of themselves."""
