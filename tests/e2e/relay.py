"""A relay for the signalling between a client and the server: it can be cut, closed, listened to, and made to lie."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from livekit.protocol import rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response

Edit = Callable[[rtc.SignalResponse], None]
"""Changes a message in place before the client gets it."""


class Relay:
    """A WebSocket server on a port of its own, with the real one behind it. Made by `relay`."""

    def __init__(self, server: str, edit: Edit | None) -> None:
        self.server = server
        self.url = ""
        """Where clients connect to."""
        self.requests: list[rtc.SignalRequest] = []
        """What clients said, oldest first."""
        self.responses: list[rtc.SignalResponse] = []
        """What the server said, as it said it."""
        self.connections = 0
        """How often a client got through."""
        self.is_open = True
        """Whether new connections get through; else they are refused with 503."""
        self._edit = edit
        self._pairs: dict[ServerConnection, ClientConnection] = {}

    def cut(self) -> None:
        """Breaks all connections without a word, on both sides."""
        for pair in self._pairs.items():
            for end in pair:
                end.transport.abort()

    def kinds(self, since: int = 0) -> list[str]:
        """Names of the server's messages, from place `since` on."""
        return [message.WhichOneof("message") or "" for message in self.responses[since:]]

    async def admit(self, client: ServerConnection, request: Request) -> Response | None:
        """Opens the connection behind, before the client is let in; the server's refusal is passed on."""
        if not self.is_open:
            return client.respond(HTTPStatus.SERVICE_UNAVAILABLE, "closed by the test")
        headers = {"Authorization": request.headers["Authorization"]} if "Authorization" in request.headers else {}
        try:
            self._pairs[client] = await connect(
                self.server + request.path, additional_headers=headers, max_size=None, proxy=None
            )
        except InvalidStatus as refusal:
            return client.respond(
                HTTPStatus(refusal.response.status_code), bytes(refusal.response.body or b"").decode()
            )
        self.connections += 1
        return None

    async def carry(self, client: ServerConnection) -> None:
        """Passes messages on in both directions until either side is gone."""
        server = self._pairs[client]
        try:
            down = asyncio.create_task(self._down(server, client))
            up = asyncio.create_task(self._up(client, server))
            await asyncio.wait([down, up], return_when=asyncio.FIRST_COMPLETED)
            for task in (down, up):
                task.cancel()
            await asyncio.gather(down, up, return_exceptions=True)
            await asyncio.gather(client.close(), server.close())
        finally:
            del self._pairs[client]

    async def _down(self, server: ClientConnection, client: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in server:
                assert isinstance(data, bytes)
                self.responses.append(rtc.SignalResponse.FromString(data))
                if self._edit is not None:
                    edited = rtc.SignalResponse.FromString(data)
                    self._edit(edited)
                    data = edited.SerializeToString()
                await client.send(data)

    async def _up(self, client: ServerConnection, server: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in client:
                assert isinstance(data, bytes)
                self.requests.append(rtc.SignalRequest.FromString(data))
                await server.send(data)


@asynccontextmanager
async def relay(server: str, edit: Edit | None = None) -> AsyncIterator[Relay]:
    """A relay in front of the server at that WebSocket address."""
    made = Relay(server, edit)
    async with serve(made.carry, "127.0.0.1", 0, process_request=made.admit, max_size=None) as listening:
        made.url = f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield made
        made.cut()
