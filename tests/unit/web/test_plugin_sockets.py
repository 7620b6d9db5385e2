"""WebSockets of extensions, behind the real server."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from roomful.auth.admin import AdminCheck
from roomful.rooms.extension import Code, PluginSocket, Request, RoomApiError, SocketRoute
from roomful.web.plugin_sockets import MAX_MESSAGE, PluginSockets
from roomful.web.server import WebServer
from roomful.web.sockets import listen

WAIT = 10.0


class Desk:
    """An extension that answers each message when it may, and says a word to who comes."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.closed = asyncio.Event()
        self.closings = 0
        self.may_answer = asyncio.Event()
        self.failed: list[str] = []
        self.socket: PluginSocket | None = None

    async def on_open(self, socket: PluginSocket, request: Request) -> None:
        if request.path["desk"] == "closed":
            raise RoomApiError(Code.FORBIDDEN, "closed today")
        self.socket = socket
        socket.send({"action": "welcome"})

    async def on_message(self, socket: PluginSocket, message: dict[str, Any]) -> None:
        await self.may_answer.wait()
        self.heard.append(message["number"])
        socket.send({"number": message["number"]})

    async def on_close(self, socket: PluginSocket) -> None:
        self.closings += 1
        self.closed.set()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def url(desk: Desk) -> AsyncIterator[str]:
    routes = [("tests", SocketRoute(path="/desks/{desk}", handler=desk))]
    web = WebServer(PluginSockets(routes, AdminCheck("secret"), desk.failed.append), listen(["127.0.0.1"], 0), None)
    await web.start()
    yield f"ws://127.0.0.1:{web.port}/desks"
    await web.stop(1.0)


async def read(client: Any) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), WAIT))


async def test_messages_are_handled_in_their_order_and_the_end_comes_last(desk: Desk, url: str) -> None:
    async with connect(f"{url}/one") as client:
        assert await read(client) == {"action": "welcome"}
        for number in range(200):
            await client.send(json.dumps({"number": number}))
        desk.may_answer.set()
        assert [(await read(client))["number"] for _ in range(200)] == list(range(200))
    await asyncio.wait_for(desk.closed.wait(), WAIT)
    assert (desk.heard, desk.closings) == (list(range(200)), 1)


async def test_the_end_waits_for_the_message_that_is_being_handled(desk: Desk, url: str) -> None:
    async with connect(f"{url}/one") as client:
        await client.send('{"number": 1}')
        await client.send('{"number": 2}')
    desk.may_answer.set()
    await asyncio.wait_for(desk.closed.wait(), WAIT)
    assert desk.heard in ([1], [1, 2]), "what waited may be lost with the client, nothing is heard after the end"
    assert desk.closings == 1


async def test_who_is_refused_gets_a_status_and_was_never_there(desk: Desk, url: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(f"{url}/closed"):
            pass
    assert refusal.value.response.status_code == 403
    assert b"closed today" in refusal.value.response.body
    assert desk.closings == 0


async def test_messages_that_are_none_are_answered_and_cost_nothing_else(desk: Desk, url: str) -> None:
    desk.may_answer.set()
    async with connect(f"{url}/one") as client:
        await read(client)
        for bad in ("[]", "{", "[" * 50_000, '"text"'):
            await client.send(bad)
            assert (await read(client))["error"] == "bad_json"
        await client.send('{"action": "sum", "seq": 7}')
        answer = await read(client)
        assert (answer["error"], answer["for"], answer["seq"]) == ("internal", "sum", 7)
        assert desk.failed == ["tests"]
        await client.send('{"number": 3}')
        assert await read(client) == {"number": 3}


@pytest.mark.parametrize(("message", "code"), [(b"binary", 1003), ("x" * (MAX_MESSAGE + 1), 1009)])
async def test_what_no_socket_takes_closes_it(desk: Desk, url: str, message: str | bytes, code: int) -> None:
    async with connect(f"{url}/one") as client:
        with contextlib.suppress(ConnectionError):
            await client.send(message)
        await asyncio.wait_for(client.wait_closed(), WAIT)
        assert client.close_code == code
    await asyncio.wait_for(desk.closed.wait(), WAIT)


async def test_a_client_that_does_not_read_is_dropped_and_holds_up_nobody(desk: Desk, url: str) -> None:
    async with connect(f"{url}/deaf", max_queue=1) as client:
        await read(client)
        deaf = desk.socket
        assert deaf is not None
        client.transport.pause_reading()
        async with asyncio.timeout(WAIT), connect(f"{url}/one") as other:
            await read(other)
            while not desk.closed.is_set():
                deaf.send({"noise": "x" * 100_000})
                assert desk.socket is not None
                desk.socket.send({"action": "tick"})
                assert await read(other) == {"action": "tick"}
