"""The WebSocket to Janus: how it is opened, lost and opened again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from roomful.config import JanusConfig
from roomful.protocols.nkmedia.janus.engine import JanusEngine
from roomful.protocols.nkmedia.janus.transport import JanusTransport
from roomful.protocols.nkmedia.services import Settings
from tests.e2e.waiting import until
from tests.protocols.nkmedia.stage import Stage

from .fake_janus import FakeJanus

RETRY_EVERY = 0.05


class Listening:
    """A Janus that listens on loopback."""

    def __init__(self) -> None:
        self.url = ""
        self.greeting: str | bytes = b""
        """Said first to whoever connects."""
        self.fake: FakeJanus | None = None
        self.connections: list[ServerConnection] = []

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        assert self.fake is not None
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.fake.out = answers.put_nowait
        if self.greeting:
            await connection.send(self.greeting)
        async for message in connection:
            self.fake.receive(message)
            while not answers.empty():
                await connection.send((await answers.get()).decode())

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        protocols = [Subprotocol("janus-protocol")]
        async with serve(self._serve, "127.0.0.1", 0, subprotocols=protocols, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}"
            yield


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    janus = Listening()
    async with janus.listen():
        yield janus


@pytest.fixture
def stage(listening: Listening) -> Stage:
    stage = Stage(settings=Settings(janus=JanusConfig(url=listening.url)))
    listening.fake = FakeJanus(engine_of(stage))
    return stage


@pytest.fixture
async def transport(stage: Stage) -> AsyncIterator[JanusTransport]:
    """Running."""
    transport = JanusTransport(engine_of(stage), retry_every=RETRY_EVERY)
    transport.open()
    yield transport
    await transport.close()


def engine_of(stage: Stage) -> JanusEngine:
    assert stage.server.janus is not None
    return stage.server.janus


async def test_a_connection_that_is_lost_is_opened_again(
    stage: Stage, listening: Listening, transport: JanusTransport
) -> None:
    engine = engine_of(stage)
    await until(lambda: engine.is_up, "Janus is up")
    assert listening.connections[0].subprotocol == "janus-protocol"
    client = stage.client()
    tid = client.begin("media/room/create", {"class": "sfu", "room_id": "r1"})
    await until(lambda: any(one.get("tid") == tid and "result" in one for one in client.got), "a room")
    await listening.connections[0].close()
    await until(lambda: "r1" not in [room.name for room in stage.rooms], "its end")
    await until(lambda: engine.is_up, "Janus is up")
    assert len(listening.connections) == 2


async def test_what_is_no_message_is_passed_over(stage: Stage, listening: Listening, transport: JanusTransport) -> None:
    listening.greeting = "this is no JSON"
    await until(lambda: engine_of(stage).is_up, "Janus is up")
    assert len(listening.connections) == 1


async def test_a_janus_that_will_not_do_is_hung_up_on_and_tried_again(
    stage: Stage, listening: Listening, transport: JanusTransport
) -> None:
    assert listening.fake is not None
    listening.fake.plugins = []
    await until(lambda: len(listening.connections) > 1, "another try")
    assert not engine_of(stage).is_up


async def test_rooms_outlive_the_end_of_the_server(
    stage: Stage, listening: Listening, transport: JanusTransport
) -> None:
    await until(lambda: engine_of(stage).is_up, "Janus is up")
    client = stage.client()
    client.begin("media/room/create", {"class": "sfu", "room_id": "r1"})
    await until(lambda: stage.rooms.get("r1") is not None, "a room")
    await transport.close()
    assert stage.rooms.get("r1") is not None
