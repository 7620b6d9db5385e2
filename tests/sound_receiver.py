"""A WebSocket server for the sound of one track, which measures what it gets."""

import asyncio
import http
import json
import ssl
from typing import Self

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.dtmf import keys_in

RATE = 48000


class SoundReceiver:
    """Listens on this machine while it is open."""

    def __init__(self, *, port: int = 0, reads: bool = True, tls: ssl.SSLContext | None = None) -> None:
        """`reads`: otherwise it accepts connections, and leaves everything in them."""
        self.port = port
        self._tls = tls
        self.refusals: list[int] = []
        """HTTP statuses for the next ones that come."""
        self.leads_to = ""
        """URL to which those who come are sent on."""
        self.requests: list[Request] = []
        self.connections: list[ServerConnection] = []
        self.closed: list[int | None] = []
        """Codes with which connections ended."""
        self.told: list[tuple[bool, float]] = []
        """What was said about muting, and after how many seconds of sound."""
        self._sound = bytearray()
        self._reads = reads
        self._hold = asyncio.Event()
        self._server: Server

    async def __aenter__(self) -> Self:
        # A queue of one message: what is not read stays in the socket, and the other end feels it.
        self._server = await serve(
            self._receive,
            "127.0.0.1",
            self.port,
            ssl=self._tls,
            process_request=self._request,
            max_queue=1,
            ping_interval=None,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._hold.set()
        for connection in self.connections:
            connection.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self.port}/listen?token=a-secret-of-the-receiver"

    @property
    def shown_url(self) -> str:
        """As infos have it."""
        return f"ws://127.0.0.1:{self.port}/{{...}}?token={{a-s...ver}}"

    @property
    def sound(self) -> NDArray[np.float64]:
        """Shape (samples, 2), full scale ±1."""
        return np.frombuffer(self._sound, "<i2").reshape(-1, 2) / 32768

    @property
    def seconds(self) -> float:
        return len(self._sound) / (4 * RATE)

    @property
    def keys(self) -> str:
        """Of a telephone, that were heard on the left."""
        return "".join(keys_in(self.sound[:, 0], RATE))

    @property
    def mutes(self) -> list[bool]:
        return [muted for muted, _ in self.told]

    def pitch(self) -> int:
        """Hz of what is strongest in the middle second."""
        middle = len(self.sound) // 2
        piece = self.sound[middle - RATE // 2 : middle + RATE // 2, 0]
        spectrum = np.abs(np.fft.rfft(piece))
        return round(float(np.argmax(spectrum)) * RATE / len(piece))

    def cut(self) -> None:
        """Break the newest connection, without a word."""
        self.connections[-1].transport.abort()

    async def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self.leads_to:
            answer = connection.respond(http.HTTPStatus.FOUND, "over there")
            answer.headers["Location"] = self.leads_to
            return answer
        if not self.refusals:
            return None
        return connection.respond(http.HTTPStatus(self.refusals.pop(0)), "not now")

    async def _receive(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        if not self._reads:
            await self._hold.wait()
        try:
            async for message in connection:
                if isinstance(message, bytes):
                    self._sound += message
                else:
                    said = json.loads(message)
                    assert list(said) == ["muted"]
                    self.told.append((said["muted"], self.seconds))
        except ConnectionClosed:
            pass
        self.closed.append(connection.close_code)
