"""A back end that receives webhooks: a real web server, which checks every request with LiveKit's own receiver."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from livekit import api
from livekit.protocol.webhook import WebhookEvent

from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.server import WebServer
from roomful.web.sockets import listen

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"
OTHER_KEY, OTHER_SECRET = "APIother", "another-secret-of-more-than-32-chars"
KEYS = {KEY: SECRET, OTHER_KEY: OTHER_SECRET}

WITHIN = 15.0


@dataclass
class Delivery:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: str

    def verified(self, key: str = KEY) -> WebhookEvent:
        """The event. Raises for a signature that is not that key's, or not of this body."""
        receiver = api.WebhookReceiver(api.TokenVerifier(key, KEYS[key]))
        return receiver.receive(self.body, self.headers["authorization"])


@dataclass
class Receiver:
    """Answers as told: `answers` one after the other, then 200. None: never."""

    port: int = 0
    answers: list[int | None] = field(default_factory=list[int | None])
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    """All requests, those that were refused too."""
    accepted: list[Delivery] = field(default_factory=list[Delivery])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _server: WebServer | None = None
    _hold: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        sockets = listen(["127.0.0.1"], self.port)
        self.port = sockets[0].getsockname()[1]
        self._server = WebServer(self, sockets)
        await self._server.start()

    async def stop(self) -> None:
        self._hold.set()
        if self._server is not None:
            await self._server.stop(2.0)
            self._server = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        delivery = Delivery(scope["path"], headers, (await _body(receive)).decode())
        self.deliveries.append(delivery)
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            await self._hold.wait()
            return
        if status == 200:
            self.accepted.append(delivery)
        self._news.set()
        await respond(scope, send, status, b"", headers=self.headers)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true, looking at every delivery. Raises TimeoutError with what came instead."""
        try:
            async with asyncio.timeout(WITHIN):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"only these came: {self.events()}") from None

    async def events_until(self, count: int) -> list[WebhookEvent]:
        """Wait for that many accepted events."""
        await self.until(lambda: len(self.accepted) >= count)
        return self.events()

    def events(self) -> list[WebhookEvent]:
        return [delivery.verified() for delivery in self.accepted]

    def names(self) -> list[str]:
        return [event.event for event in self.events()]


async def _body(receive: Callable[[], Awaitable[object]]) -> bytes:
    body = b""
    while True:
        message = await receive()
        assert isinstance(message, dict)
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
