"""Agents without sockets, and behind a real web server."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from livekit import api

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import Config
from roomful.protocols.livekit.agents import AgentDispatchService, AgentSocket
from roomful.protocols.livekit.links import Settings
from roomful.protocols.livekit.room_service.twirp import Twirp
from roomful.rooms.registry import Rooms
from roomful.storage import Database, KeptRooms, RoomKeeper, RoomTable
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.gateway import Gateway
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

from .agency import KEY, SECRET, Agency


@pytest.fixture
def agency() -> Agency:
    return Agency()


@dataclass(frozen=True)
class Server:
    url: str
    rooms: Rooms
    api: api.LiveKitAPI
    http: aiohttp.ClientSession
    table: RoomTable

    def token(self, **rights: bool) -> str:
        return mint(Grant(video=VideoGrant(**rights)), KEY, SECRET, 60, time.time())  # type: ignore[arg-type]

    async def worker(self, token: str | None = None) -> aiohttp.ClientWebSocketResponse:
        token = self.token(agent=True) if token is None else token
        return await self.http.ws_connect(f"{self.url}/agent", headers={"authorization": f"Bearer {token}"})


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(scope, send, 404, b"")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    rooms, verifier = Rooms(), TokenVerifier({KEY: SECRET})
    agents = AgentSocket(rooms=rooms, verifier=verifier, config=Config(keys={KEY: SECRET}), settings=Settings())
    rooms.on_opened.append(agents.agents.on_opened)
    database = await Database.open(None)
    keeper = RoomKeeper(RoomTable(database))
    keeper.start()
    kept_rooms = KeptRooms(rooms, keeper)
    twirp = Twirp(AgentDispatchService(agents.agents, rooms, kept_rooms).methods(), verifier)
    gateway = Gateway(signal=nothing, twirp=twirp, api=nothing, pages=Pages(), sockets=(agents,))
    web = WebServer(gateway, listen(["127.0.0.1"], 0))
    await web.start()
    url = f"http://127.0.0.1:{web.port}"
    async with api.LiveKitAPI(url, KEY, SECRET) as livekit_api, aiohttp.ClientSession() as http:
        yield Server(url, rooms, livekit_api, http, RoomTable(database))
    await web.stop(1.0)
    await keeper.close(1.0)
    await database.close()
