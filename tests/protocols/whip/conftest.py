"""A real web server with WHIP and a real media engine behind it, on free ports of the loopback."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import CodecConfig, Config, RoomConfig, RtcConfig, TurnServer
from roomful.media.engine import MediaConfig, MediaEngine
from roomful.protocols.whip.routes import PREFIXES
from roomful.protocols.whip.transport import Whip
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.gateway import Gateway
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"
ROOM = "studio"
SDP = {"content-type": "application/sdp"}
FRAGMENT = {"content-type": "application/trickle-ice-sdpfrag"}


def token(identity: str = "camera", ttl: float = 60.0, **rights: object) -> str:
    video: dict[str, Any] = {"room_join": True, "room": ROOM} | rights
    return mint(Grant(identity=identity, video=VideoGrant(**video)), KEY, SECRET, ttl, time.time())


def bearer(identity: str = "camera", **rights: object) -> dict[str, str]:
    return {"authorization": f"Bearer {token(identity, 60.0, **rights)}"}


@dataclass
class Server:
    """The HTTP surface, and what a test may look at behind it."""

    http: httpx.AsyncClient
    rooms: Rooms
    whip: Whip

    async def post(self, offer: str, path: str = "/whip/v1", **rights: object) -> httpx.Response:
        return await self.http.post(path, content=offer, headers={**SDP, **bearer(**rights)})  # type: ignore[arg-type]

    def participant(self, identity: str = "camera") -> Participant:
        return self.rooms.with_name(ROOM).with_identity(identity)


@pytest.fixture
def config() -> Config:
    return Config(
        keys={KEY: SECRET},
        rtc=RtcConfig(
            stun_servers=["stun.example:3478"],
            turn_servers=[TurnServer(host="turn.example", username='a "user"', credential="secret")],
        ),
    )


@pytest.fixture
def only_h264(config: Config) -> Config:
    return Config(keys=config.keys, room=RoomConfig(enabled_codecs=[CodecConfig(mime="video/H264")]))


@pytest.fixture
def defaults() -> RoomDefaults:
    return RoomDefaults()


@pytest.fixture
async def server(config: Config, defaults: RoomDefaults) -> AsyncIterator[Server]:
    rooms = Rooms(defaults)
    engine = MediaEngine(MediaConfig(udp=[[("127.0.0.1", 0)]], tcp=[], candidate_ips=["127.0.0.1"]))
    engine.start(asyncio.get_running_loop())
    rooms.on_opened.append(lambda room: engine.open_room(room.sid))
    rooms.on_closed.append(lambda room: engine.close_room(room.sid))
    whip = Whip(
        rooms=rooms,
        media=engine,
        verifier=TokenVerifier(config.keys),
        config=config,
        room_options=lambda _: RoomOptions(),
    )
    gateway = Gateway(
        signal=_nothing, twirp=_nothing, api=_nothing, pages=Pages(), others=dict.fromkeys(PREFIXES, whip)
    )
    web = WebServer(gateway, listen(["127.0.0.1"], 0))
    await web.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}") as http:
        yield Server(http, rooms, whip)
    await web.stop(1.0)
    engine.close()


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(scope, send, 404, b"")
