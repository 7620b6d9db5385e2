"""Twirp over ASGI: from a request to a method and back. specs/livekit.md §1.1, §1.2.

Twirp is POST with one message as the body; the answer, or the error, is the whole protocol.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from google.protobuf.message import Message

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier, bearer_token
from roomful.protocols.livekit.room_service.codec import Encoding, decode, encode
from roomful.protocols.livekit.room_service.errors import OF_ROOM_ERROR, Code, TwirpError, denied
from roomful.rooms.errors import Draining, RoomError

logger = logging.getLogger(__name__)

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Enough for the largest metadata in the most wasteful JSON."""

LONGEST_CALL_SECONDS = 30.0
"""From the head of a request to its answer; a caller may ask for less with `X-Twirp-Timeout-Ms`."""

_WITHOUT_GRANT = (TokenErrorKind.MISSING, TokenErrorKind.NO_VIDEO_GRANT)


class Method(msgspec.Struct, frozen=True):
    """One RPC. `handler` raises RoomError and TwirpError."""

    request: type[Message]
    handler: Callable[[Any, Any], Awaitable[Message]]
    """Takes the caller's `Grant` and the request."""
    longest: float = LONGEST_CALL_SECONDS
    """Seconds it may take at most."""
    needs_grant: bool = True
    """Whether callers without one are denied; else the handler gets None."""


class Twirp:
    """Answers the calls of the given methods, by path."""

    def __init__(self, methods: Mapping[str, Method], verifier: TokenVerifier) -> None:
        """`methods` maps paths (`/twirp/livekit.RoomService/ListRooms`) to methods."""
        self._methods = methods
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            grant = self._grant(scope)
        except TokenError as error:
            # The reference checks tokens before it knows of Twirp: these refusals are plain text.
            await _respond(send, HTTPStatus.UNAUTHORIZED, "text/plain; charset=utf-8", str(error).encode())
            return
        try:
            encoding, body = await self._call(grant, scope, receive)
        except TwirpError as error:
            await _respond(send, error.status, "application/json", error.body())
        else:
            await _respond(send, HTTPStatus.OK, encoding.value, body)

    def _grant(self, scope: Scope) -> Grant | None:
        """The caller's grant; `None` for a caller who shows none, who learns that only a good call is denied."""
        token = bearer_token(scope["headers"], scope.get("query_string", b""))
        try:
            return self._verifier.verify(token, time.time()) if token else None
        except TokenError as error:
            if error.kind in _WITHOUT_GRANT:
                return None
            raise

    async def _call(self, grant: Grant | None, scope: Scope, receive: Receive) -> tuple[Encoding, bytes]:
        verb, path = scope["method"], scope["path"]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if verb != "POST":
            raise _bad_route(f'unsupported method "{verb}" (only POST is allowed)', verb, path)
        method = self._methods.get(path)
        if method is None:
            raise _bad_route(f'no handler for path "{path}"', verb, path)
        content_type = headers.get(b"content-type", "")
        encoding = Encoding.of(content_type)
        if encoding is None:
            raise _bad_route(f'unexpected Content-Type: "{content_type}"', verb, path)
        try:
            async with asyncio.timeout(_seconds_allowed(headers, method.longest)):
                request = decode(await _read(receive), method.request, encoding)
                if grant is None and method.needs_grant:
                    raise denied()
                return encoding, encode(await method.handler(grant, request), encoding)
        except Draining as error:
            raise TwirpError(Code.UNAVAILABLE, error.message) from None
        except RoomError as error:
            raise TwirpError(OF_ROOM_ERROR[error.code], error.message) from None
        except TimeoutError:
            raise TwirpError(Code.DEADLINE_EXCEEDED, "the call took too long") from None
        except TwirpError:
            raise
        except Exception:
            logger.exception("a call failed", extra={"path": path})
            raise TwirpError(Code.INTERNAL, "internal error") from None


def _bad_route(message: str, verb: str, path: str) -> TwirpError:
    return TwirpError(Code.BAD_ROUTE, message, twirp_invalid_route=f"{verb} {path}")


def _seconds_allowed(headers: Mapping[bytes, str], longest: float) -> float:
    milliseconds = headers.get(b"x-twirp-timeout-ms", "")
    if milliseconds.isascii() and milliseconds.isdecimal() and len(milliseconds) < 10:
        return min(int(milliseconds) / 1000, longest)
    return longest


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise TwirpError(Code.MALFORMED, f"the request is larger than {MAX_BODY_BYTES} bytes")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


async def _respond(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
