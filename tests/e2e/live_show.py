"""A live room of a test's own, on a real server, and who is in it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from tests.running_server import RunningServer, free_port

from .room_client import RoomClient, room_client


class LiveApi:
    """The HTTP API of live rooms, as an administrator on the same machine uses it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Return `data`; raises AssertionError with the refusal."""
        answer = await self.ask(method, path, body)
        assert answer["code"] == 0, answer
        return answer["data"]

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the whole answer."""
        return (await self._http.request(method, path, json=body)).json()

    async def make(self, room: str, streamer: str = "kim", **fields: Any) -> dict[str, Any]:
        """Make a show."""
        body = {"room_id": room, "streamer_id": streamer, "streamer_name": streamer.title(), **fields}
        return await self.call("POST", "/live/rooms", body)

    async def get(self, room: str) -> dict[str, Any]:
        """The live object."""
        return await self.call("GET", f"/live/rooms/{room}")


@asynccontextmanager
async def live_api(server: RunningServer) -> AsyncIterator[LiveApi]:
    async with httpx.AsyncClient(base_url=server.http_url, timeout=30) as http:
        yield LiveApi(http)


@asynccontextmanager
async def member(server: RunningServer, room: str, user_id: str) -> AsyncIterator[RoomClient]:
    """Somebody who has joined."""
    async with room_client(server.ws_url, room) as client:
        await client.join(user_id)
        yield client


@asynccontextmanager
async def running_show(
    server: RunningServer, api: LiveApi, room: str, streamer: str = "kim"
) -> AsyncIterator[RoomClient]:
    """A show that is on; gives its streamer."""
    await api.make(room, streamer, title=f"{streamer} sings")
    async with member(server, room, streamer) as host:
        assert (await host.ask("start_live"))["code"] == 0
        await host.until("live_started")
        yield host


class Bank:
    """A service that charges for gifts."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.bills: list[dict[str, Any]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        self.bills.append(msgspec.json.decode(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 %d .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.status)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def bank() -> AsyncIterator[Bank]:
    port = free_port(socket.SOCK_STREAM)
    till = Bank(f"http://127.0.0.1:{port}/charge")
    async with await asyncio.start_server(till.answer, "127.0.0.1", port):
        yield till
