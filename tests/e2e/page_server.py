"""A page of somebody else's, for a real browser: served from another origin than the server's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.server import WebServer
from roomful.web.sockets import listen


@asynccontextmanager
async def serve_page(page: bytes, script: bytes = b"") -> AsyncIterator[str]:
    """The URL of the page; a script of its own is at `script.js`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/script.js":
            await respond(scope, send, 200, script, b"text/javascript; charset=utf-8")
        else:
            await respond(scope, send, 200, page, b"text/html; charset=utf-8")

    server = WebServer(serve, listen(["127.0.0.1"], 0))
    await server.start()
    yield f"http://127.0.0.1:{server.port}/"
    await server.stop(1.0)
