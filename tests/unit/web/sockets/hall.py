"""An application on sockets, behind a real server, for tests that look at both ends."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from roomful.sockets import Audience, Socket, socket_of
from roomful.web.asgi import Receive, Scope, Send
from roomful.web.certificates import CertificateFiles
from roomful.web.server import WebServer
from roomful.web.sockets import listen

WAIT = 10.0
"""Seconds any condition may take."""


class Member:
    """Who takes one client's messages."""

    def __init__(self, socket: Socket, hall: "Hall") -> None:
        self.socket = socket
        self.hall = hall
        self.messages: list[str | bytes] = []
        self.code: int | None = None
        """What it was told about the end."""
        self.failure: Exception | None = None
        """What it raises when it gets a message."""
        self.on_text: Callable[[str | bytes], None] = self.messages.append

    def on_message(self, message: str | bytes) -> None:
        self.hall.changed()
        if self.failure is not None:
            raise self.failure
        self.on_text(message)

    def on_disconnect(self, code: int) -> None:
        assert self.code is None, "told twice"
        self.code = code
        self.hall.audience.discard(self.socket)
        self.hall.changed()


class Hall:
    """The application: everybody is a member and in the audience. `before` and `after` are around the accept."""

    def __init__(self) -> None:
        self.audience = Audience()
        self.members: list[Member] = []
        self.max_message: int | None = None
        self.max_frame: int | None = None
        self.before: Callable[[Socket], None] = lambda socket: None
        self.after: Callable[[Socket, Send], Any] = lambda socket, send: None
        self.url = ""
        self._changed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"here"})
            return
        await receive()
        socket = socket_of(scope)
        self.before(socket)
        await send({"type": "websocket.accept"})
        member = Member(socket, self)
        self.members.append(member)
        self.audience.add(socket)
        socket.listen(member, self.max_message, self.max_frame)
        self.changed()
        if (waiting := self.after(socket, send)) is not None:
            await waiting

    def changed(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that a member is told."""
        async with asyncio.timeout(WAIT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[tuple[ClientConnection, Member]]:
        """A client, and the member it is to the application."""
        count = len(self.members)
        async with connect(self.url, **options) as client:
            await self.until(lambda: len(self.members) > count)
            yield client, self.members[-1]


@contextlib.asynccontextmanager
async def serving(hall: Hall, tls: CertificateFiles | None = None) -> AsyncIterator[WebServer]:
    """Let the hall be found at its `url`."""
    web = WebServer(hall, listen(["127.0.0.1"], 0), tls)
    await web.start()
    hall.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{web.port}/"
    yield web
    await web.stop(1.0)


async def deaf(hall: Hall) -> tuple[socket.socket, Member]:
    """A client that reads nothing after the handshake, with as little room for bytes as a kernel gives."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    port = int(hall.url.rstrip("/").rpartition(":")[2])
    await loop.sock_connect(client, ("127.0.0.1", port))
    key = b"dGhlIHNhbXBsZSBub25jZQ=="
    head = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    count = len(hall.members)
    await loop.sock_sendall(client, head + b"Sec-WebSocket-Key: " + key + b"\r\n\r\n")
    await hall.until(lambda: len(hall.members) > count)
    return client, hall.members[-1]


async def hear(client: ClientConnection, count: int = 1) -> list[str | bytes]:
    """The next messages."""
    async with asyncio.timeout(WAIT):
        return [await client.recv() for _ in range(count)]


async def end(client: ClientConnection) -> tuple[int, str]:
    """Code and reason the server closed with; 1006 without a close frame."""
    await asyncio.wait_for(client.wait_closed(), WAIT)
    return client.close_code or 0, client.close_reason or ""
