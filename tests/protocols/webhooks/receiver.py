"""A back end that receives webhooks: a real web server, which checks every request with LiveKit's own receiver."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from livekit import api
from livekit.protocol.webhook import WebhookEvent

from roomful.web.asgi import Receive, Scope, Send, respond
from tests.played_service import PlayedService, read_body

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"
OTHER_KEY, OTHER_SECRET = "APIother", "another-secret-of-more-than-32-chars"
KEYS = {KEY: SECRET, OTHER_KEY: OTHER_SECRET}

WITHIN = 15.0
ONE_GIGABYTE = 1024**3


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
class Receiver(PlayedService):
    """Answers as told: `answers` one after the other, then 200. None: never."""

    answers: list[int | None] = field(default_factory=list[int | None])
    endless: bool = False
    """Answers have a body that does not end before the sender hangs up."""
    poured: int = 0
    """Bytes of such bodies."""
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    """All requests, those that were refused too."""
    accepted: list[Delivery] = field(default_factory=list[Delivery])
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        delivery = Delivery(scope["path"], headers, (await read_body(receive)).decode())
        self.deliveries.append(delivery)
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            await self.hold.wait()
            return
        if self.endless:
            await self._pour(send)
            return
        if status == 200:
            self.accepted.append(delivery)
        self._news.set()
        await respond(scope, send, status, b"", headers=self.headers)

    async def _pour(self, send: Send) -> None:
        piece = b"x" * 65536
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while self.poured < ONE_GIGABYTE:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                self.poured += len(piece)
                await asyncio.sleep(0)
        except OSError:
            pass
        self._news.set()

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
