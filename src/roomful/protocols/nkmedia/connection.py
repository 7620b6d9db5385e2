"""One WebSocket of the API. specs/nkmedia.md §1, §2.4."""

import asyncio
import time
from collections.abc import Callable

from roomful.protocols.nkmedia.messages import NotAMessage, NotJson, read
from roomful.protocols.nkmedia.server import NkMedia
from roomful.sockets import Socket, text_frame

MAX_BUFFERED_BYTES = 8 * 1024 * 1024
"""What may wait for one client: a list of 10,000 rooms is a megabyte."""


class Connection:
    """A `Receiver` of the socket, and the `Line` of its session."""

    def __init__(self, server: NkMedia, socket: Socket, remote: str, on_end: Callable[["Connection"], None]) -> None:
        """`on_end` is called once, when the WebSocket is gone."""
        self._socket = socket
        self._on_end = on_end
        self._held: asyncio.TimerHandle | None = None
        socket.limit = MAX_BUFFERED_BYTES
        self._session = server.session(self, remote, time.time())

    # Of the session

    def send(self, message: bytes) -> None:
        self._socket.send_frame(text_frame(message))

    def close(self, code: int, why: str) -> None:
        self._socket.close(code, why)

    def hold(self, seconds: float, then: Callable[[], None]) -> None:
        self._socket.pause_reading()
        self._held = asyncio.get_running_loop().call_later(seconds, self._go_on, then)

    def _go_on(self, then: Callable[[], None]) -> None:
        self._held = None
        then()
        self._socket.resume_reading()

    # Of the socket

    def on_message(self, message: str | bytes) -> None:
        if not self._socket.is_open:
            return
        if isinstance(message, bytes):
            self._socket.close(1003, "messages are text")
            return
        try:
            received = read(message)
        except NotJson as error:
            self._socket.close(1007, str(error))
        except NotAMessage as error:
            self._socket.close(1008, str(error))
        else:
            self._session.receive(received, time.time())

    def on_disconnect(self, code: int) -> None:
        del code
        if self._held is not None:
            self._held.cancel()
        self._session.on_lost(time.time())
        self._on_end(self)
