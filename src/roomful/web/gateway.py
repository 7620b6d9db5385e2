"""The one ASGI application of the main port: which path belongs to whom."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from roomful.web.asgi import Application, Receive, Scope, Send, header, respond
from roomful.web.cors import Cors
from roomful.web.pages import Pages

_SLASHES = re.compile("//+")
_RAW_SLASHES = re.compile(b"//+")
_ROUTED_BY_THE_UI = re.compile(
    r"/r/.*|/cs(?:/[^/]*)?/?|/desk(?:/supervisor)?/?|/dashboard(?:/rooms/.+|/server)?/?"
    r"|/live/(?!(?:rooms|gifts|pk)(?:/|$))[^/]+(?:/studio)?/?"
)
"""Pages of meetings, customers' calls and the desks that answer them, dashboards, live rooms and their studios.

A live room named as a part of the API of live rooms has none.
"""


class PathApplication(Protocol):
    """Answers requests of some paths."""

    def knows(self, path: str) -> bool: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Gateway:
    """Sends each request to the part that answers it.

    `signal` is a protocol's application for /rtc…; `twirp` for /twirp/…; `api` is Litestar with everything that has
    an OpenAPI page; `pages` are the UI's files; `others` are applications by what their paths begin with;
    `api_prefixes` are more of `api`'s paths; `known` say themselves which paths are theirs, and so do `sockets`, which
    answer WebSockets that are nobody else's.
    """

    def __init__(
        self,
        *,
        signal: Application,
        twirp: Application,
        api: Application,
        pages: Pages,
        others: Mapping[str, Application] = MappingProxyType({}),
        api_prefixes: Sequence[str] = (),
        known: Sequence[PathApplication] = (),
        sockets: Sequence[PathApplication] = (),
    ) -> None:
        self._signal = signal
        self._twirp = twirp
        self._api = api
        self._pages = pages
        self._others = others
        self._api_prefixes = ("/api", "/docs", "/metrics", *api_prefixes)
        self._known = known
        self._sockets = sockets
        self._answer = Cors(self._route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _collapse_slashes(scope)
        await self._answer(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._application(scope)
        if application is None:
            await respond(scope, send, 404, b"404 page not found\n")
        else:
            await application(scope, receive, send)

    def _application(self, scope: Scope) -> Application | None:
        path: str = scope["path"]
        if _is_below(path, "/rtc"):
            return self._signal
        if scope["type"] == "websocket":
            return next((one for one in self._sockets if one.knows(path)), None)
        if path.startswith("/twirp/"):
            return self._twirp
        if _ROUTED_BY_THE_UI.fullmatch(path):
            return self._pages
        for known in self._known:
            if known.knows(path):
                return known
        for prefix, application in self._others.items():
            if _is_below(path, prefix):
                return application
        if any(_is_below(path, prefix) for prefix in self._api_prefixes):
            return self._api
        if path == "/":
            return self._pages if _asks_for_a_page(scope) else _healthy
        if self._pages.has(path):
            return self._pages
        return None


async def _healthy(scope: Scope, receive: Receive, send: Send) -> None:
    """What load balancers and LiveKit clients ask for at `/`: are you alive? Source: specs/livekit.md §5.4."""
    await respond(scope, send, 200, b"OK")


def _asks_for_a_page(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD") and b"text/html" in (header(scope, b"accept") or b"")


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _collapse_slashes(scope: Scope) -> None:
    """`//twirp/…` is `/twirp/…`: people configure addresses with a slash at the end. A redirect would lose the body."""
    if "//" in scope["path"]:
        scope["path"] = _SLASHES.sub("/", scope["path"])
        scope["raw_path"] = _RAW_SLASHES.sub(b"/", scope.get("raw_path") or b"")
