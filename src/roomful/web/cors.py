"""Cross-origin rules: any page may talk to the server, because a token and never a cookie says who is asking.

Answers to errors carry the headers as well; browser SDKs read the text of a refusal. Source: specs/livekit.md §0.2.
"""

from roomful.web.asgi import Application, Message, Receive, Scope, Send, header

METHODS = b"OPTIONS, HEAD, GET, POST, PATCH, DELETE"
MAX_AGE = b"86400"
"""Seconds a browser may remember the answer to a preflight."""


class Cors:
    """Answers preflights, and adds the headers to every other HTTP answer."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = header(scope, b"origin") if scope["type"] == "http" else None
        if origin is None:
            await self._application(scope, receive, send)
        elif scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method") is not None:
            await _answer_preflight(scope, send, origin)
        else:
            await self._application(scope, receive, _with_headers(send, origin))


async def _answer_preflight(scope: Scope, send: Send, origin: bytes) -> None:
    wanted = header(scope, b"access-control-request-headers")
    headers = [
        *_allowance(origin),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-max-age", MAX_AGE),
    ]
    if wanted is not None:
        headers.append((b"access-control-allow-headers", wanted))
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _with_headers(send: Send, origin: bytes) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_allowance(origin)]
        await send(message)

    return send_with_headers


def _allowance(origin: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"*"),
        (b"vary", b"Origin"),
    ]
