"""HTTP and WebSocket endpoints of a plugin."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request to a plugin's route, or the upgrade to one of its sockets."""

    path: Mapping[str, str]
    """Values of the `{…}` parts of the route's path."""
    query: Mapping[str, str]
    body: Any = None
    """An instance of the route's `body_type`, checked already."""
    raw: bytes = b""
    """The body as it came, for routes with `accepts_raw`."""
    content_type: str = ""
    bearer: str = ""
    """From `Authorization: Bearer …` or `?token=`."""
    is_admin: bool = False
    """The bearer is the server's admin token (or, without one configured, the client is on this machine)."""
    client_ip: str = ""
    base_url: str = ""
    """`https://host` as the client addressed this server."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is not `{"code": 0, "data": …}`: a file, an image, CSV."""

    content: bytes = b""
    content_type: str = ""
    """Empty: as the name of `file` says."""
    status: int = 200
    headers: dict[str, str] = {}
    file: str = ""
    """Path of a file of this machine that is sent in place of `content`, piece by piece."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `handler` returns data for the `data` field, or a `Reply`; it raises `RoomApiError`."""

    method: str
    path: str
    """`/live/rooms/{room_id}`: begins with one of the plugin's prefixes."""
    handler: Callable[[Request], Awaitable[Any]]
    summary: str
    """One line for the OpenAPI page."""
    body_type: type[msgspec.Struct] | None = None
    admin: bool = False
    """Refuse with 40301 who is not admin, before the handler."""
    accepts_raw: int = 0
    """Take a body of any type up to so many bytes, in `Request.raw`."""


class PluginSocket(Protocol):
    """One open connection of a plugin's own WebSocket."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Queue a JSON message; a client that does not read is dropped."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued."""
        ...


class SocketHandler(Protocol):
    """What a plugin does with the connections of one of its WebSockets. One handler serves all of them."""

    async def on_open(self, socket: PluginSocket, request: Request) -> None:
        """Raise `RoomApiError` to refuse the upgrade with its HTTP status."""
        ...

    async def on_message(self, socket: PluginSocket, message: dict[str, Any]) -> None:
        """Messages of one connection come one after another. A raised `RoomApiError` is answered with `error`."""
        ...

    async def on_close(self, socket: PluginSocket) -> None: ...


class SocketRoute(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    handler: SocketHandler
