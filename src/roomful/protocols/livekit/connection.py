"""One signal connection: a bounded queue, and a task that writes while there is something to write."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from roomful.protocols.livekit.codes import CloseCode
from roomful.protocols.livekit.frames import Frame

MAX_QUEUED_BYTES = 1024 * 1024
"""Bytes that may wait for a client; over it, the client is too slow and is dropped."""
CLOSE_TIMEOUT = 5.0
"""Seconds a client has to take what is queued when its connection is closed."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)


class SignalConnection:
    """A `Connection` over an ASGI WebSocket."""

    def __init__(self, send: Send, abort: Callable[[], None]) -> None:
        """`abort` ends the connection at once, whatever is still to be written."""
        self._send = send
        self._abort = abort
        self._queue: deque[bytes | str] = deque()
        self._queued_bytes = 0
        self._limit = float("inf")
        """Bytes that may wait. What a client is told first is as large as its room."""
        self._close_code: int | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self._writer: asyncio.Task[None] | None = None
        self._is_open = False
        self.text = False
        """The client's last message was text, so that it gets text."""

    @property
    def closing(self) -> bool:
        return self._close_code is not None

    def send(self, frame: Frame) -> None:
        if self.closing:
            return
        data = frame.text() if self.text else frame.binary()
        self._queue.append(data)
        self._queued_bytes += len(data)
        if self._queued_bytes > self._limit:
            logger.warning("a client is dropped because it does not read: %d bytes wait for it", self._queued_bytes)
            self._close_code = CloseCode.TRY_AGAIN_LATER
            self._abort()
        else:
            self._wake()

    def close(self, code: int) -> None:
        if not self.closing:
            self._close_code = code
            self._close_timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self._abort)
            self._wake()

    def open(self) -> None:
        """The WebSocket is accepted: write what is queued."""
        self._is_open = True
        self._limit = self._queued_bytes + MAX_QUEUED_BYTES
        self._wake()

    def shut(self) -> None:
        """The WebSocket is gone."""
        self._is_open = False
        self._close_code = CloseCode.NORMAL if self._close_code is None else self._close_code
        self._queue.clear()
        if self._close_timer is not None:
            self._close_timer.cancel()
        if self._writer is not None:
            self._writer.cancel()

    def _wake(self) -> None:
        if self._is_open and self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._queue:
                data = self._queue[0]
                kind = "bytes" if isinstance(data, bytes) else "text"
                await self._send({"type": "websocket.send", kind: data})
                self._queue.popleft()
                self._queued_bytes -= len(data)
            if self._close_code is not None:
                self._is_open = False
                await self._send({"type": "websocket.close", "code": self._close_code})
        except OSError:  # the client has gone; the reader will hear of it
            self._is_open = False
        finally:
            self._writer = None
