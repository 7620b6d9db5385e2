"""uvicorn, run inside the application's own life: it neither makes sockets nor takes signals nor ends the process."""

import asyncio
import contextlib
import socket
from collections.abc import Generator, Sequence

import uvicorn

from roomful.web.asgi import Application
from roomful.web.certificates import CertificateFiles
from roomful.web.http_protocol import BoundedHttpProtocol
from roomful.web.websocket_protocol import WebSocketProtocol

MAX_WEBSOCKET_MESSAGE = 2 * 1024 * 1024
"""Bytes of one incoming WebSocket message: the largest that any protocol here accepts."""

WEBSOCKET_PING = 10.0
"""Seconds between WebSocket pings, and how long an answer may take. Source: specs/livekit.md appendix A.3."""


class WebServer:
    """Serves one ASGI application on given sockets until it is stopped."""

    def __init__(
        self,
        application: Application,
        sockets: Sequence[socket.socket],
        tls: CertificateFiles | None = None,
    ) -> None:
        """Raises OSError or ssl.SSLError for certificate files that cannot be used."""
        self.sockets = list(sockets)
        self.tls = tls
        config = uvicorn.Config(
            application,  # type: ignore[arg-type] - uvicorn spells the same types as TypedDicts
            http=BoundedHttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=MAX_WEBSOCKET_MESSAGE,
            ws_ping_interval=WEBSOCKET_PING,
            ws_ping_timeout=WEBSOCKET_PING,
            # It would cost every connection over 30 KiB, and a frame that goes to everybody is compressed for nobody.
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
        config.load()
        self._server = _Uvicorn(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return self.sockets[0].getsockname()[1]

    async def start(self) -> None:
        """Return when connections are accepted."""
        self._task = asyncio.create_task(self._server.serve(sockets=self.sockets), name="web-server")
        started = asyncio.create_task(self._server.accepting.wait())
        await asyncio.wait([started, self._task], return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._task.done():
            self._task.result()

    async def stop(self, within: float) -> None:
        """Close the listeners, let requests end for at most `within` seconds, and cut what is left."""
        if self._task is None:
            return
        self._server.config.timeout_graceful_shutdown = max(1, round(within))
        self._server.should_exit = True
        done, _ = await asyncio.wait([self._task], timeout=within)
        if not done:
            self._server.force_exit = True
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1.0)


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        # Signals are the application's: a stop begins with telling the participants.
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.accepting.set()
