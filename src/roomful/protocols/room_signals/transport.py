"""The WebSocket of Room Signals over ASGI, and the clock of all sessions. specs/room-signals.md §1."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

import msgspec

from roomful.auth import TokenVerifier, bearer_token
from roomful.auth.errors import TokenError
from roomful.config import Config
from roomful.extensions import Extensions
from roomful.protocols.room_signals.bearers import Bearers, Unauthorized
from roomful.protocols.room_signals.codes import Code
from roomful.protocols.room_signals.connection import Connection
from roomful.protocols.room_signals.ports import Engines, Livestreams, SignalsMedia
from roomful.protocols.room_signals.services import Services, settings_of
from roomful.protocols.room_signals.signalling import Signalling
from roomful.rooms.registry import Rooms
from roomful.sockets import socket_of
from roomful.sockets.wheel import Wheel
from roomful.ticker import Ticker

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/room-signals"
STRICT_FRAME_BYTES = 32_768

# Not by parsing the query: strangers send it, and a megabyte of `&` would take a second.
_TOKEN = re.compile(rb"(?:^|&)token=([^&]*)")

logger = logging.getLogger(__name__)


class SignalsSocket:
    """The ASGI application of WebSockets at `/room-signals`."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        extensions: Extensions,
        verifier: TokenVerifier,
        config: Config,
        media: SignalsMedia,
        engines: Engines,
        livestreams: Livestreams,
    ) -> None:
        """`config` is an effective one."""
        signals = config.room_signals
        self._bearers = Bearers(signals.auth, verifier)
        if self._bearers.believes_everybody and not config.development:
            logger.warning("room_signals.auth.mode is none: whoever reaches this server joins any room as anybody")
        self._max_message = signals.max_message_bytes
        self._max_frame = STRICT_FRAME_BYTES if signals.strict_frame_limit else None
        self._connections: set[Connection] = set()
        self._ticker = Ticker(self._tick)
        self._services = Services(
            rooms=rooms,
            extensions=extensions,
            settings=settings_of(config),
            media=media,
            engines=engines,
            livestreams=livestreams,
            wheel=Wheel(),
            clock=time.time,
            steady=time.monotonic,
        )
        self.signalling = Signalling(self._services)

    def knows(self, path: str) -> bool:
        return path.rstrip("/") == PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        try:
            bearer = self._bearers.bearer(_token(scope), time.time())
        except Unauthorized as error:
            await _refuse(send, str(error))
            return
        await send({"type": "websocket.accept"})
        socket = socket_of(scope)
        connection = Connection(self.signalling, bearer, socket, self._connections.discard, _origin(scope))
        self._connections.add(connection)
        socket.listen(connection, self._max_message, self._max_frame)
        self._ticker.arm()

    def _tick(self) -> bool:
        """Of the presence of all sessions."""
        self._services.wheel.turn(time.monotonic())
        return bool(self._connections or len(self._services.wheel))


def _origin(scope: Scope) -> str:
    """How the client reached this server."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost")
    return f"{scope.get('scheme', 'ws')}://{host.decode('latin-1')}"


def _token(scope: Scope) -> str:
    query: bytes = scope.get("query_string", b"")
    found = _TOKEN.search(query)
    if found is not None and found[1]:
        return unquote_plus(found[1].decode("latin-1"))
    try:
        return bearer_token(scope["headers"], query) or ""
    except TokenError:  # another scheme is no token
        return ""


async def _refuse(send: Send, message: str) -> None:
    body = msgspec.json.encode({"c": int(Code.PERMISSION_NOT_FOUND), "b": {"msg": message}})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": 401, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
