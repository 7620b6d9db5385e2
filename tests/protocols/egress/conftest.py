"""A real web server with the egress API, real workers, and footage in place of an engine."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from livekit import api
from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.outgoing import AddressRules
from roomful.protocols.livekit.egress import AutoEgress, Destinations, Egresses, EgressService, EgressSettings, Planner
from roomful.protocols.livekit.room_service import RoomService
from roomful.rooms.model import LeaveReason
from roomful.storage import Database, EgressKeeper, EgressTable, KeptRooms, RoomKeeper, RoomTable
from roomful.web.api import api as api_application
from roomful.web.asgi import Application
from roomful.web.gateway import Gateway
from roomful.web.hls import PREFIX as HLS_PREFIX
from roomful.web.hls import Hls
from roomful.web.hls_links import hls_links_endpoint
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen
from tests.unit.media.ports.recorder.storage_server import Storage, serve
from tests.venue import Venue, until

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"


class Server(Venue):
    """What a test may look at behind the HTTP surface."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder / "recordings"
        self.url = ""
        self.events: list[tuple[str, messages.EgressInfo]] = []
        self.webhooks: list[list[str]] = []
        self.egresses: Egresses

    def on_egress(self, event: str, info: messages.EgressInfo, webhooks: Sequence[models.WebhookConfig]) -> None:
        self.events.append((event, info))
        self.webhooks.append([one.url for one in webhooks])

    def told(self, egress_id: str) -> list[str]:
        """Names and statuses of the events of one egress, as `egress_updated EGRESS_ACTIVE`."""
        name = messages.EgressStatus.Name
        return [f"{event} {name(info.status)}" for event, info in self.events if info.egress_id == egress_id]

    async def wait_for(self, egress_id: str, status: "messages.EgressStatus") -> messages.EgressInfo:
        """Wait until an event says so; return what it says."""

        def said() -> list[messages.EgressInfo]:
            return [info for _, info in self.events if (info.egress_id, info.status) == (egress_id, status)]

        await until(said)
        return said()[0]

    def token(self, **rights: object) -> str:
        return mint(Grant(identity="tester", video=VideoGrant(**rights)), KEY, SECRET, 60, time.time())  # type: ignore[arg-type]


@asynccontextmanager
async def running(folder: Path, *, max_active: int = 20, max_seconds: float = 0.0) -> AsyncIterator[Server]:
    """One life of a server with its data in the folder."""
    server = Server(folder)
    database = await Database.open(folder / "data")
    table = EgressTable(database)
    keeper, room_keeper = EgressKeeper(table), RoomKeeper(RoomTable(database))
    keeper.start()
    room_keeper.start()
    settings = EgressSettings(
        directory=server.folder, min_free_bytes=1024, max_active=max_active, max_seconds=max_seconds
    )
    planner = Planner(server.rooms, settings)
    destinations = Destinations(AddressRules(), lambda receivers: None)
    server.egresses = Egresses(server.engine, keeper, settings, destinations, server.on_egress)
    server.egresses.restore(await table.load())
    server.rooms.on_opened.append(AutoEgress(planner, server.egresses).on_opened)
    methods = EgressService(planner, server.egresses, destinations).methods()
    service = RoomService(
        server.rooms, KeptRooms(server.rooms, room_keeper), TokenVerifier({KEY: SECRET}), {}, more=methods
    )
    verifier = TokenVerifier({KEY: SECRET})
    links = hls_links_endpoint(lambda egress_id: server.egresses.list(egress_id=egress_id), {KEY: SECRET}, verifier)
    gateway = Gateway(
        signal=service,
        twirp=service,
        api=cast(Application, api_application([links])),
        pages=Pages(folder / "no pages"),
        others={HLS_PREFIX: Hls(server.folder, verifier)},
    )
    web = WebServer(gateway, listen(["127.0.0.1"], 0))
    await web.start()
    server.url = f"http://127.0.0.1:{web.port}"
    yield server
    await web.stop(1.0)
    server.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, time.time())
    await server.egresses.close(20.0)
    for saver in (keeper, room_keeper):
        await saver.close(5.0)
    await database.close()


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serve() as one:
        yield one


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as one:
        yield one


@pytest.fixture
async def livekit_api(server: Server) -> AsyncIterator[api.LiveKitAPI]:
    """LiveKit's own client of the API, unmodified."""
    async with api.LiveKitAPI(server.url, KEY, SECRET) as client:
        yield client
