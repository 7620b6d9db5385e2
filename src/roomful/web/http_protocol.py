"""uvicorn's HTTP protocol with two bounds it lacks: on the size of a request's head, and on the time it may take.

The bound is generous: LiveKit clients put a whole join request, an SDP offer included, into the query string.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 1_500_000
"""Room for a join request of 1 MiB in base64 (1.4 MB), which is the most that signalling accepts, and for headers."""

LONGEST_PARSED_URL = 65_535
"""What httptools' URL parser takes. The query of a longer one goes around it."""

HEAD_SECONDS = 10.0
"""From the connection, or from the first byte after an answer, to the end of the head."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Closes connections whose head is endless or never ends; answers 431 to the former."""

    _head_bytes = 0
    _in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            if self._deadline is None:
                self._await_head()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._disarm()
        url = self.url
        if len(url) <= LONGEST_PARSED_URL:
            super().on_headers_complete()
            return
        self.url, _, query = url.partition(b"?")
        super().on_headers_complete()
        self.url = url  # which an upgrade to a WebSocket writes out again
        if "query_string" in self.scope:  # read by the application's task, which has not run yet
            self.scope["query_string"] = query

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        super().on_message_complete()

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        self.transport.close()

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self) -> None:
        self._disarm()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()
