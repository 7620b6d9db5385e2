"""The external verification service: the example, and services that are down, slow and lying."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets

from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.server import WebServer
from roomful.web.sockets import listen
from tests.running_server import RunningServer, free_port, loopback_config, running_server

from .room_client import room_client
from .test_examples import example

TOKEN = "secret"
pytestmark = pytest.mark.timeout(120)


class Service:
    """A verification service in this process."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], dict[bytes, bytes]]] = []
        self.answer: Callable[[Scope, Send], Awaitable[None]] = self.accept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        self.asked.append((msgspec.json.decode(body), dict(scope["headers"])))
        await self.answer(scope, send)

    async def accept(self, scope: Scope, send: Send) -> None:
        await respond(scope, send, 200, b'{"role": "cohost", "extra": {"vip": 1}}')

    async def lie(self, scope: Scope, send: Send) -> None:
        await respond(scope, send, 200, b'{"role": "' + b"x" * 200_000)

    async def dawdle(self, scope: Scope, send: Send) -> None:
        await asyncio.Event().wait()  # longer than anybody waits

    async def hide(self, scope: Scope, send: Send) -> None:
        await respond(scope, send, 302, b"", headers=[(b"location", b"http://169.254.169.254/latest/meta-data")])


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    server = WebServer(service, listen(["127.0.0.1"], 0))
    await server.start()
    yield f"http://127.0.0.1:{server.port}/verify"
    await server.stop(0.1)


@asynccontextmanager
async def verified_by(folder: Path, url: str, **verify: Any) -> AsyncIterator[RunningServer]:
    config = loopback_config(room={"auth": {"verify": {"url": url, "timeout": "1s", **verify}}})
    async with running_server(folder, config) as server:
        yield server


async def joined_or_refused(server: RunningServer, token: str = TOKEN) -> dict[str, Any]:
    room = f"r{uuid.uuid4().hex[:8]}"
    async with room_client(server.ws_url, room, token) as client:
        await client.say("join_room", room_id=room, user_id="ann", user_name="Ann")
        return await client.until("room_joined", "error")


async def test_the_service_decides_and_nobody_gets_in_without_it(tmp_path: Path) -> None:
    service = Service()
    async with serving(service) as url, verified_by(tmp_path, url) as server:
        me = (await joined_or_refused(server))["self"]
        assert (me["role"], me["extra"]) == ("cohost", {"vip": 1})
        question, headers = service.asked[0]
        assert (question["token"], question["user_id"], question["ip"]) == ("secret", "ann", "127.0.0.1")
        assert b"user-agent" in headers
        for trouble in (service.lie, service.dawdle, service.hide):
            service.answer = trouble
            assert (await joined_or_refused(server))["code"] == 50201, trouble
        service.answer = service.accept
        assert (await joined_or_refused(server))["action"] == "room_joined"


async def test_a_service_that_is_down_lets_nobody_in_or_viewers(tmp_path: Path) -> None:
    async with serving(Service()) as url:
        pass
    for folder, fail_open in (("closed", False), ("open", True)):
        (tmp_path / folder).mkdir()
        async with verified_by(tmp_path / folder, url, fail_open=fail_open) as server:
            answer = await joined_or_refused(server)
            assert answer.get("code") == (None if fail_open else 50201)
            assert answer.get("self", {}).get("role") == ("viewer" if fail_open else None)


async def test_the_example_knows_ann(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    async with (
        verified_by(tmp_path, f"http://127.0.0.1:{port}/verify") as server,
        example(server, "verification_service.py", "--port", str(port)) as output,
    ):
        assert b"verifying" in await asyncio.wait_for(output.readline(), 20)
        assert (await joined_or_refused(server, "token-of-ann"))["self"]["role"] == "host"
        refused = await joined_or_refused(server, "token-of-eve")
        assert (refused["code"], refused["message"]) == (40101, "sign in first")


async def test_the_example_client_says_hello(roomful_server: RunningServer) -> None:
    room = f"r{uuid.uuid4().hex[:8]}"
    async with room_client(roomful_server.ws_url, room) as bob:
        await bob.join("bob")
        async with example(roomful_server, "room_client.py", room, "ann") as output:
            assert (await bob.until("chat"))["content"] == "hello, this is ann"
            lines = [(await asyncio.wait_for(output.readline(), 20)).decode().strip() for _ in range(2)]
            assert lines == ["room_joined", "chat hello, this is ann"]


async def test_without_a_mode_only_the_servers_own_tokens_are_good(fresh_server: RunningServer) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await joined_or_refused(fresh_server)
    assert refused.value.response.status_code == 401
