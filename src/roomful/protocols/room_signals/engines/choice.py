"""Which engine a room gets, and what its clients are told. specs/room-signals.md §4.4."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec

from roomful.config import Config
from roomful.media.ice import IceServers, ice_servers
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.engines.agora import AgoraEngine
from roomful.protocols.room_signals.engines.hundredms import HundredMsEngine
from roomful.protocols.room_signals.engines.livekit import LiveKitEngine
from roomful.protocols.room_signals.engines.native import NativeEngine
from roomful.protocols.room_signals.engines.seat import Seat
from roomful.protocols.room_signals.signals import EngineName

if TYPE_CHECKING:
    from roomful.protocols.room_signals.session import Session

logger = logging.getLogger(__name__)


class Engine(Protocol):
    """Makes what goes into `es`."""

    def payload(self, seat: Seat, now: float) -> dict[str, Any]:
        """What the client of this seat needs; `now` in unix seconds."""
        ...


class EnabledEngines:
    """The `ports.Engines` of a server."""

    def __init__(self, engines: Mapping[EngineName, Engine], *, stage: str = "", public_url: str = "") -> None:
        """`native` is one of them. `stage` stands before `/live` in the addresses of playlists.

        `public_url`: how clients reach this server; empty: as they have reached it.
        """
        self._engines = dict(engines)
        self._public_url = public_url.rstrip("/")
        self._stage = stage.rstrip("/")

    def choose(self, wish: EngineName) -> EngineName:
        """See `ports.Engines`."""
        return wish if wish in self._engines else EngineName.NATIVE

    def payload(self, session: "Session", now: float) -> dict[str, Any]:
        """See `ports.Engines`."""
        room = session.room
        seat = Seat(
            room=room.name,
            user_id=session.user_id,
            session_id=session.session_id,
            name=session.person.name,
            publishes=session.publishes,
            origin=self._origin(session),
        )
        payload = self._engines[room.engine].payload(seat, now)
        if room.engine is EngineName.NATIVE and room.channel is Channel.P2M:
            return {**payload, "hls": self._livestream(session)}
        return payload

    def _origin(self, session: "Session") -> str:
        return self._public_url or session.origin

    def _livestream(self, session: "Session") -> dict[str, str]:
        """Where the broadcast is to be seen, and for the streamer, where its pieces go."""
        room = session.room
        streamer = room.owner.user_id if room.owner is not None else room.creator_id
        addresses = {"url": self.playlist(session, streamer)}
        if session is not room.owner:
            return addresses
        return addresses | {"upload": f"{self._http(session)}/data/{_place(session, streamer)}"}

    def playlist(self, session: "Session", streamer: str = "") -> str:
        """The URL at which a user of a session's room is played; without one, the session's own."""
        return f"{self._http(session)}{self._stage}/live/{_place(session, streamer or session.user_id)}/playlist.m3u8"

    def _http(self, session: "Session") -> str:
        return self._origin(session).replace("ws", "http", 1)


def _place(session: "Session", user_id: str) -> str:
    return f"{quote(user_id, safe='')}/{quote(session.room.name, safe='')}"


def enabled_engines(config: Config) -> EnabledEngines:
    """Those of `room_signals.engines` that have their keys. `config` is an effective one."""
    signals = config.room_signals
    agora, hundredms = signals.agora, signals.hundredms
    turn = IceServers(turn=signals.turn) if signals.turn else msgspec.structs.replace(ice_servers(config), stun=())
    engines: dict[EngineName, Engine] = {EngineName.NATIVE: NativeEngine(signals.stun, turn)}
    key = next(iter(config.keys), "")
    if key:
        engines[EngineName.LIVEKIT] = LiveKitEngine(key, config.keys[key])
    if agora.app_id and agora.app_certificate:
        engines[EngineName.AGORA] = AgoraEngine(agora.app_id, agora.app_certificate)
    if hundredms.access_key and hundredms.secret:
        engines[EngineName.HUNDREDMS] = HundredMsEngine(hundredms.access_key, hundredms.secret, hundredms.rooms)
    wanted = {EngineName.NATIVE, *(EngineName(name) for name in signals.engines)}
    for name in wanted - engines.keys():
        logger.warning("room_signals.engines names %s, whose keys are not configured: it is not enabled", name)
    enabled = {name: engine for name, engine in engines.items() if name in wanted}
    return EnabledEngines(enabled, stage=signals.stage, public_url=signals.public_url)
