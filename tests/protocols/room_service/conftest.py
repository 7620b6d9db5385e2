"""A real web server with RoomService behind it, on a free port of the loopback."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from livekit import api

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.protocols.livekit.room_service import RoomService
from roomful.protocols.livekit.room_service.twirp import Method
from roomful.rooms.events import RoomEvent
from roomful.rooms.options import RoomDefaults
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage import Database, KeptRooms, RoomKeeper, RoomTable
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.gateway import Gateway
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"
PRESETS = {"town-hall": {"empty_timeout": 900, "max_participants": 300, "metadata": "preset"}}


@dataclass
class Server:
    """What a test may look at behind the HTTP surface."""

    url: str
    rooms: Rooms
    table: RoomTable

    def token(self, **rights: object) -> str:
        return mint(Grant(identity="tester", video=VideoGrant(**rights)), KEY, SECRET, 60, time.time())  # type: ignore[arg-type]

    def observe(self, name: str) -> list[RoomEvent]:
        """The list that the room's events will be in."""
        events: list[RoomEvent] = []
        self.rooms.with_name(name).observers.add(events.append)
        return events

    def join(self, room: str, identity: str, **details: object) -> tuple[Room, Participant]:
        entered = self.rooms.with_name(room)
        return entered, entered.join(JoinRequest(identity=identity, **details), time.time())  # type: ignore[arg-type]


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(scope, send, 404, b"")


@pytest.fixture
def defaults() -> RoomDefaults:
    return RoomDefaults()


@pytest.fixture
def rooms(defaults: RoomDefaults) -> Rooms:
    return Rooms(defaults)


@pytest.fixture
def more() -> dict[str, Method]:
    """Methods that need more than rooms."""
    return {}


@pytest.fixture
async def server(rooms: Rooms, more: dict[str, Method]) -> AsyncIterator[Server]:
    database = await Database.open(None)
    table = RoomTable(database)
    keeper = RoomKeeper(table)
    keeper.start()
    service = RoomService(rooms, KeptRooms(rooms, keeper), TokenVerifier({KEY: SECRET}), PRESETS, more=more)
    web = WebServer(Gateway(signal=nothing, twirp=service, api=nothing, pages=Pages()), listen(["127.0.0.1"], 0))
    await web.start()
    yield Server(f"http://127.0.0.1:{web.port}", rooms, table)
    await web.stop(1.0)
    await keeper.close(1.0)
    await database.close()


@pytest.fixture
async def livekit_api(server: Server) -> AsyncIterator[api.LiveKitAPI]:
    """LiveKit's own client of the API, unmodified."""
    async with api.LiveKitAPI(server.url, KEY, SECRET) as client:
        yield client


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Raw HTTP, for what LiveKit's client never sends."""
    async with httpx.AsyncClient(base_url=server.url + "/twirp/livekit.RoomService") as client:
        yield client
