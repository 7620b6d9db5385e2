"""The wire between a page and its server, which a test can cut and mend.

Chromium's own offline mode is not used: its own pages then ask again and again, until nothing else on the machine gets
its turn.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import urlsplit

import msgspec

from .meeting_server import MeetingServer

PIECE = 2**16
"""Bytes taken at a time."""


class Wire:
    """Carries TCP connections to a server, until it is cut: then they break, and new ones are refused. Made by `laid`.

    Media over UDP does not come this way and flows on.
    """

    def __init__(self, server: MeetingServer) -> None:
        there = urlsplit(server.http_url)
        assert there.hostname is not None
        assert there.port is not None
        self._server = server
        self._there = (there.hostname, there.port)
        self._port = 0
        self._listener: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def laid(cls, server: MeetingServer) -> AsyncIterator[Self]:
        """A wire to `server`, for as long as the context lasts."""
        wire = cls(server)
        await wire.mend()
        try:
            yield wire
        finally:
            await wire.cut()

    @property
    def server(self) -> MeetingServer:
        """The server as it is seen from this end of the wire."""
        return msgspec.structs.replace(
            self._server, http_url=f"http://127.0.0.1:{self._port}", ws_url=f"ws://127.0.0.1:{self._port}"
        )

    async def mend(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._listener is not None:
            self._listener.close()
        carrying = list(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, page: asyncio.StreamReader, to_page: asyncio.StreamWriter) -> None:
        try:
            server, to_server = await asyncio.open_connection(*self._there)
            try:
                await asyncio.gather(_flow(page, to_server), _flow(server, to_page))
            finally:
                to_server.transport.abort()
        except OSError:
            pass  # one side broke the connection, and the other one learns it
        finally:
            to_page.transport.abort()


async def _flow(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(PIECE):
        sink.write(piece)
        await sink.drain()
    sink.write_eof()
