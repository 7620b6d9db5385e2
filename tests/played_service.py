"""What services have in common that tests play: a real web server on a port of its own, which fails as it is told."""

import abc
import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from roomful.web.asgi import Receive, Scope, Send
from roomful.web.server import WebServer
from roomful.web.sockets import listen


@dataclass
class PlayedService(abc.ABC):
    """Starts and stops; subclasses answer."""

    port: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    """Of answers that are as told."""
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the end: who is to get no answer waits for it."""
    _server: WebServer | None = None

    async def start(self) -> None:
        sockets = listen(["127.0.0.1"], self.port)
        self.port = sockets[0].getsockname()[1]
        self._server = WebServer(self, sockets)
        await self._server.start()

    async def stop(self) -> None:
        self.hold.set()
        if self._server is not None:
            await self._server.stop(2.0)
            self._server = None

    @abc.abstractmethod
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


async def read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = cast("dict[str, Any]", await receive())
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
