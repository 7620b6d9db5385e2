"""WebSockets of extensions: JSON objects, in order."""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from roomful.auth.admin import AdminCheck
from roomful.rooms.extension import Code, Request, RoomApiError, SocketHandler, SocketRoute
from roomful.rooms.extension.reading import read_json
from roomful.sockets import Socket, socket_of, text_frame
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.plugin_routes import error_body, plugin_request

MAX_MESSAGE = 64 * 1024
"""Bytes of one incoming message."""
MAX_WAITING = 64
"""Messages that may wait for an earlier one; then the client is not read from any more."""
CALLBACK_SECONDS = 5.0

UNSUPPORTED = 1003

logger = logging.getLogger(__name__)


class PluginSockets:
    """The ASGI application of the WebSockets of all extensions."""

    def __init__(
        self, routes: Sequence[tuple[str, SocketRoute]], is_admin: AdminCheck, on_error: Callable[[str], None]
    ) -> None:
        """`on_error` counts failures of the extension of that name."""
        self._routes = [(name, _pattern(one.path), one) for name, one in routes]
        self._is_admin = is_admin
        self._on_error = on_error

    def knows(self, path: str) -> bool:
        return any(pattern.fullmatch(path) for _, pattern, _ in self._routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, pattern, one in self._routes:
            match = pattern.fullmatch(scope["path"])
            if match is not None:
                await receive()  # websocket.connect
                request = plugin_request(scope, match.groupdict(), self._is_admin)
                socket = socket_of(scope)
                connection = _Connection(name, one.handler, socket, self._on_error)
                refusal = await connection.open(request)
                if refusal is not None:
                    body = msgspec.json.encode(error_body(refusal))
                    await respond(scope, send, refusal.code.status, body, b"application/json")
                    return
                await send({"type": "websocket.accept"})
                socket.listen(connection, MAX_MESSAGE)
                return


class _Connection:
    """One client. Its messages are handled one after another; what the extension sends goes out at once."""

    def __init__(self, name: str, handler: SocketHandler, socket: Socket, on_error: Callable[[str], None]) -> None:
        self._name = name
        self._handler = handler
        self._socket = socket
        self._on_error = on_error
        self._waiting: deque[str] = deque()
        self._work: asyncio.Task[None] | None = None
        self._gone = False

    # What the extension calls

    def send(self, message: Mapping[str, Any]) -> None:
        self._socket.send_frame(text_frame(msgspec.json.encode(message)))

    def close(self, code: int, reason: str) -> None:
        self._socket.close(code, reason)

    # Its life

    async def open(self, request: Request) -> RoomApiError | None:
        """Ask the extension; return why it refuses."""
        return await self._call(lambda: self._handler.on_open(self, request))

    def on_message(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._socket.close(UNSUPPORTED, "text messages only")
            return
        self._waiting.append(message)
        if len(self._waiting) >= MAX_WAITING:
            self._socket.pause_reading()
        self._go_on()

    def on_disconnect(self, code: int) -> None:
        self._gone = True
        self._waiting.clear()
        self._go_on()

    def _go_on(self) -> None:
        if self._work is None:
            self._work = asyncio.create_task(self._handle(), name=f"socket of {self._name}")

    async def _handle(self) -> None:
        while self._waiting:
            await self._on_text(self._waiting.popleft())
        self._work = None
        if self._gone:
            await self._call(lambda: self._handler.on_close(self))
        else:
            self._socket.resume_reading()

    async def _on_text(self, text: str) -> None:
        try:
            message = read_json(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self._refuse(RoomApiError(Code.BAD_JSON, "a message is a JSON object"), {})
            return
        fields = cast(dict[str, Any], message)
        refusal = await self._call(lambda: self._handler.on_message(self, fields))
        if refusal is not None:
            self._refuse(refusal, fields)

    def _refuse(self, error: RoomApiError, message: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"action": "error", "error": error.code.word, **error_body(error)}
        answer |= {"for": message["action"]} if isinstance(message.get("action"), str) else {}
        answer |= {"seq": message["seq"]} if isinstance(message.get("seq"), int | str) else {}
        self.send(answer)

    async def _call(self, call: Callable[[], Awaitable[None]]) -> RoomApiError | None:
        """Call the extension; return why it refuses, or that it failed."""
        try:
            async with asyncio.timeout(CALLBACK_SECONDS):
                await call()
        except RoomApiError as error:
            return error
        except Exception:
            self._on_error(self._name)
            logger.exception("a socket of an extension failed", extra={"extension": self._name})
            return RoomApiError(Code.INTERNAL, "something went wrong")
        return None


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    )
