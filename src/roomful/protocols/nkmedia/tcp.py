"""The API on plain TCP and TLS, off until an address is configured. specs/nkmedia.md §1."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import cast

from roomful.protocols.nkmedia.connection import MAX_BUFFERED_BYTES
from roomful.protocols.nkmedia.framing import BadFraming, Framing
from roomful.protocols.nkmedia.messages import NotAMessage, NotJson, read
from roomful.protocols.nkmedia.server import NkMedia

CLOSE_SECONDS = 5.0
"""How long a client may take to read what waits for it when the connection is closed."""

logger = logging.getLogger(__name__)


class BadAddress(ValueError):
    """An address is not `HOST:PORT`."""


class TcpConnection(asyncio.Protocol):
    """One connection: the `Line` of its session."""

    def __init__(self, server: NkMedia, on_begin: Callable[[], None], *, scheme: str) -> None:
        """`on_begin` is called when there is a connection."""
        self._server = server
        self._on_begin = on_begin
        self._scheme = scheme
        self._framing = Framing()
        self._closing: asyncio.TimerHandle | None = None
        self._held: asyncio.TimerHandle | None = None

    # Of the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # Nothing waits for a client to read: one that does not is cut.
        self._transport.set_write_buffer_limits(high=MAX_BUFFERED_BYTES)
        host, port, *_ = transport.get_extra_info("peername") or ("", 0)
        self._session = self._server.session(self, f"{self._scheme}:{host}:{port}", time.time())
        self._on_begin()

    def data_received(self, data: bytes) -> None:
        self._framing.receive(data)
        self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        for timer in (self._held, self._closing):
            if timer is not None:
                timer.cancel()
        self._session.on_lost(time.time())

    # Of the session

    def send(self, message: bytes) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(self._framing.frame(message))
        if self._transport.get_write_buffer_size() > MAX_BUFFERED_BYTES:
            logger.info("a client does not read", extra={"remote": self._session.remote})
            self._transport.abort()

    def close(self, code: int, why: str) -> None:
        if self._closing is None:
            logger.debug("closed (%s): %s", code, why, extra={"remote": self._session.remote})
            self._transport.close()
            self._closing = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)

    def hold(self, seconds: float, then: Callable[[], None]) -> None:
        self._transport.pause_reading()
        self._held = asyncio.get_running_loop().call_later(seconds, self._go_on, then)

    def _go_on(self, then: Callable[[], None]) -> None:
        self._held = None
        then()
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._read()

    def _read(self) -> None:
        try:
            while self._held is None and not self._transport.is_closing():
                message = self._framing.next_message()
                if message is None:
                    return
                self._session.receive(read(message), time.time())
        except (BadFraming, NotJson, NotAMessage) as error:
            self.close(1008, str(error))


class TcpListeners:
    """Listens where the configuration says."""

    def __init__(self, server: NkMedia, on_begin: Callable[[], None]) -> None:
        self._server = server
        self._on_begin = on_begin
        self._listeners: list[asyncio.Server] = []

    async def listen(self, address: str, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Listen at `HOST:PORT`, with TLS if there is a context; return the address. Raises BadAddress, OSError."""
        host, port = parse_address(address)
        connection = partial(TcpConnection, self._server, self._on_begin, scheme="tls" if tls else "tcp")
        listener = await asyncio.get_running_loop().create_server(connection, host, port, ssl=tls)
        self._listeners.append(listener)
        return listener.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Listen no more. Connections end with the server."""
        for listener in self._listeners:
            listener.close()


def parse_address(address: str) -> tuple[str, int]:
    """Raises BadAddress."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65536):
        raise BadAddress(f"`{address}` is not an address like 127.0.0.1:9010")
    return host.removeprefix("[").removesuffix("]"), int(port)
