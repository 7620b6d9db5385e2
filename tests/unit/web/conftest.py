"""A web server with recording parts behind the gateway, on a free port of the loopback."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from roomful.config import PrometheusConfig
from roomful.rooms.registry import Rooms
from roomful.web.api import api
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.gateway import Gateway
from roomful.web.metrics import Metrics
from roomful.web.metrics_endpoint import metrics_endpoint
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen
from roomful.web.token_endpoint import token_endpoint

KEYS = {"devkey": "secret"}


@dataclass
class Stats:
    """What an engine has counted."""

    peers: int = 2
    subscriptions: int = 3
    packets_in: int = 100
    packets_out: int = 400
    bytes_in: int = 100_000
    bytes_out: int = 400_000
    send_drops: int = 1
    data_drops: int = 2
    frame_drops: int = 7
    strangers: int = 5
    panics: int = 0

    def stats(self) -> "Stats":
        return self


@dataclass
class Storage:
    """What saves rooms."""

    healthy: bool = True


@dataclass
class Counted:
    """Egresses, and webhooks too."""

    active: int = 3
    started: int = 5
    failed: int = 1
    waiting: int = 7
    delivered: int = 20
    failures: int = 2
    failed_attempts: int = 9


@dataclass
class Recorder:
    """An ASGI application that answers with its name and remembers what it was asked."""

    name: str
    scopes: list[Scope] = field(default_factory=list[Scope])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await respond(scope, send, 200, self.name.encode())
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": str(len(message.get("bytes") or message["text"]))})


@dataclass
class Site:
    """The server and what is behind it."""

    url: str
    signal: Recorder
    twirp: Recorder
    web: WebServer

    @property
    def port(self) -> int:
        return self.web.port


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A built UI."""
    pages = tmp_path / "static"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html><title>the page</title>")
    (pages / "assets" / "index-x1.js").write_text("run()")
    (pages / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("not for the web")
    return pages


@pytest.fixture
def options() -> dict[str, Any]:
    """What a test changes about the site: `development`, `prometheus`."""
    return {}


@pytest.fixture
async def site(static: Path, options: dict[str, Any]) -> AsyncIterator[Site]:
    rooms = Rooms()
    handlers = [
        token_endpoint(KEYS, development=options.get("development", True)),
        metrics_endpoint(Metrics(rooms, Stats(), Storage()), options.get("prometheus", PrometheusConfig())),  # type: ignore[arg-type]
    ]
    signal, twirp = Recorder("signal"), Recorder("twirp")
    gateway = Gateway(signal=signal, twirp=twirp, api=api(handlers), pages=Pages(static))  # type: ignore[arg-type]
    web = WebServer(gateway, listen(["127.0.0.1"], 0))
    await web.start()
    yield Site(f"http://127.0.0.1:{web.port}", signal, twirp, web)
    await web.stop(1.0)


@pytest.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.url) as client:
        yield client
