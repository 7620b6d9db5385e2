"""A client that speaks LiveKit's signalling and nothing else: no media, and no manners it is not told to have."""

import asyncio
import base64
import gzip
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from google.protobuf import json_format
from livekit.protocol import models, rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .waiting import WITHIN

PROTOCOL = 17


class SignalClient:
    """One signal connection. Made by `signal_client`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **request: Any) -> None:
        """Sends a request, as `send(mute=rtc.MuteTrackRequest(…))`. Raises ConnectionClosed."""
        await self.connection.send(rtc.SignalRequest(**request).SerializeToString())

    async def receive(self, kind: str, within: float = WITHIN) -> rtc.SignalResponse:
        """The next message of that kind; others are skipped. Raises TimeoutError, ConnectionClosed."""

        async def look() -> rtc.SignalResponse:
            while True:
                message = _decoded(await self.connection.recv())
                if message.WhichOneof("message") == kind:
                    return message

        return await asyncio.wait_for(look(), within)

    async def closed(self, within: float = WITHIN) -> tuple[int, list[rtc.SignalResponse]]:
        """Reads until the server has closed: the close code and what came before. Raises TimeoutError."""
        messages: list[rtc.SignalResponse] = []

        async def read() -> None:
            async for data in self.connection:
                messages.append(_decoded(data))  # noqa: PERF401 - an abrupt end must not cost what came before

        with suppress(ConnectionClosed):
            await asyncio.wait_for(read(), within)
        return self.connection.close_code or 0, messages

    async def is_alive(self) -> bool:
        """Whether the server still answers."""
        try:
            await self.send(ping=1)
            await self.receive("pong")
        except (ConnectionClosed, TimeoutError):
            return False
        return True

    def vanish(self) -> None:
        """Breaks the connection without a word."""
        self.connection.transport.abort()


def _decoded(data: bytes | str) -> rtc.SignalResponse:
    """Servers answer in the form that the client used last, and what they say unasked may come in between."""
    if isinstance(data, str):
        return json_format.Parse(data, rtc.SignalResponse())
    return rtc.SignalResponse.FromString(data)


@asynccontextmanager
async def signal_client(
    server: str,
    token: str,
    *,
    single: bool = False,
    parameters: Mapping[str, str] | None = None,
    buffer: int | None = None,
    max_queue: int | None = None,
) -> AsyncIterator[SignalClient]:
    """Connects to the server at that WebSocket address; joins by a JoinRequest with `single`, by the query without.

    `buffer` is the size in bytes of what the kernel takes in for a client that does not read, `max_queue` the number of
    messages this process takes. Raises websockets.InvalidStatus.
    """
    if single:
        query = {"join_request": join_request(client_info=models.ClientInfo(protocol=PROTOCOL))}
    else:
        query = {"protocol": str(PROTOCOL), "sdk": "python"}
    path = "/rtc/v1" if single else "/rtc"
    url = f"{server}{path}?{urlencode({**query, **(parameters or {})})}"
    options: dict[str, Any] = {}
    if buffer is not None:
        options["sock"] = _small_socket(server, buffer)
    async with connect(
        url,
        additional_headers={"Authorization": f"Bearer {token}"} if token else {},
        max_size=None,
        max_queue=max_queue,
        compression=None,
        proxy=None,
        ping_interval=None,
        close_timeout=1,
        **options,
    ) as connection:
        yield SignalClient(connection)


def join_request(*, compressed: bool = False, **fields: Any) -> str:
    """The `join_request` parameter of the mode with one peer connection."""
    return wrapped(rtc.JoinRequest(**fields).SerializeToString(), compressed=compressed)


def wrapped(content: bytes, *, compressed: bool = False) -> str:
    """Anything in the place of a JoinRequest, with the compression it claims."""
    compression = rtc.WrappedJoinRequest.Compression
    wrapper = rtc.WrappedJoinRequest(
        compression=compression.GZIP if compressed else compression.NONE,
        join_request=gzip.compress(content, mtime=0) if compressed else content,
    )
    return base64.urlsafe_b64encode(wrapper.SerializeToString()).decode()


def _small_socket(server: str, size: int) -> socket.socket:
    """A connected socket whose receive buffer the kernel does not let grow."""
    address = urlsplit(server)
    assert address.hostname is not None
    assert address.port is not None
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    connected.connect((address.hostname, address.port))
    connected.setblocking(False)
    return connected
