"""A real web server with the Ingress service, WHIP and a real media engine behind it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from livekit import api
from livekit.protocol.ingress import IngressInfo, IngressInput
from livekit.protocol.webhook import WebhookEvent

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import Config, IngressConfig
from roomful.media.engine import MediaConfig, MediaEngine
from roomful.protocols.livekit.ingress import Ingresses, IngressService
from roomful.protocols.livekit.room_service import RoomService
from roomful.protocols.whip.routes import PREFIXES
from roomful.protocols.whip.transport import Whip
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.registry import Rooms
from roomful.storage import Database, IngressKeeper, IngressTable, KeptRooms, RoomKeeper, RoomTable
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.gateway import Gateway
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"


@dataclass
class Source:
    """Stands for an RTMP listener, and says what it was asked for."""

    served: dict[str, IngressInfo] = field(default_factory=dict[str, IngressInfo])

    def start(self, ingress: IngressInfo) -> None:
        self.served[ingress.ingress_id] = ingress

    def stop(self, ingress_id: str) -> None:
        del self.served[ingress_id]


@dataclass
class Server:
    """The API's client, plain HTTP, and what a test may look at behind them."""

    url: str
    api: api.LiveKitAPI
    http: httpx.AsyncClient
    rooms: Rooms
    ingresses: Ingresses
    told: list[WebhookEvent]
    source: Source

    def token(self, **rights: object) -> str:
        return mint(Grant(identity="tester", video=VideoGrant(**rights)), KEY, SECRET, 60, time.time())  # type: ignore[arg-type]


Life: TypeAlias = Callable[[], AbstractAsyncContextManager[Server]]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """One life of a server on the test's data directory."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Server]:
        config = Config(keys={KEY: SECRET}, ingress=IngressConfig(whip_base_url="https://in.example/w/"))
        verifier = TokenVerifier(config.keys)
        rooms = Rooms(RoomDefaults(auto_create=False))
        engine = MediaEngine(MediaConfig(udp=[[("127.0.0.1", 0)]], tcp=[], candidate_ips=["127.0.0.1"]))
        engine.start(asyncio.get_running_loop())
        rooms.on_opened.append(lambda room: engine.open_room(room.sid))
        rooms.on_closed.append(lambda room: engine.close_room(room.sid))
        database = await Database.open(tmp_path)
        table, room_table = IngressTable(database), RoomTable(database)
        keeper, room_keeper = IngressKeeper(table), RoomKeeper(room_table)
        keeper.start()
        room_keeper.start()
        told: list[WebhookEvent] = []
        source = Source()

        def send(event: WebhookEvent, key: str) -> None:
            copy = WebhookEvent()
            copy.CopyFrom(event)
            told.append(copy)
            assert key == event.ingress_info.ingress_id

        ingresses = Ingresses(keeper, send, {IngressInput.RTMP_INPUT: source})
        ingresses.restore(await table.load())
        service = IngressService(ingresses, config, rooms.limits)
        kept = KeptRooms(rooms, room_keeper)
        whip = Whip(
            rooms=rooms,
            media=engine,
            verifier=verifier,
            config=config,
            room_options=lambda _: RoomOptions(),
            streams=ingresses,
        )
        gateway = Gateway(
            signal=_nothing,
            twirp=RoomService(rooms, kept, verifier, {}, more=service.methods()),
            api=_nothing,
            pages=Pages(),
            others=dict.fromkeys(PREFIXES, whip),
        )
        web = WebServer(gateway, listen(["127.0.0.1"], 0))
        await web.start()
        url = f"http://127.0.0.1:{web.port}"
        async with httpx.AsyncClient(base_url=url) as http, api.LiveKitAPI(url, KEY, SECRET) as client:
            yield Server(url, client, http, rooms, ingresses, told, source)
        await web.stop(1.0)
        await keeper.close(5.0)
        await room_keeper.close(5.0)
        await database.close()
        engine.close()

    return run


@pytest.fixture
async def server(life: Life) -> AsyncIterator[Server]:
    async with life() as running:
        yield running


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(scope, send, 404, b"")
