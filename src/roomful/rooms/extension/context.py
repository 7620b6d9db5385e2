"""What an extension gets at its start."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from roomful.rooms.extension.api import RoomApi
from roomful.rooms.extension.records import Records
from roomful.rooms.extension.routes import Route, SocketRoute

Settings = TypeVar("Settings", bound=msgspec.Struct)


class Timer(Protocol):
    """Something that will happen."""

    def cancel(self) -> None: ...


class OutgoingFailed(Exception):
    """No usable answer: refused address, no connection, time-out, too large, a status of 400 or more."""


class OutgoingRequests(Protocol):
    """HTTP to other servers, under the server's rules for addresses, times and sizes."""

    async def post_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, within: float = 10.0
    ) -> Any:
        """Return the decoded JSON of the answer (None if it is empty), in `within` seconds. Raises `OutgoingFailed`."""
        ...


class Context(Protocol):
    """The server, as far as an extension may know it."""

    def room_api(self) -> RoomApi: ...

    @property
    def records(self) -> Records: ...

    @property
    def http(self) -> OutgoingRequests: ...

    @property
    def files(self) -> Path:
        """A folder of the extension's own; it is there. Raises RoomApiError (BACKEND_UNAVAILABLE) without a disk."""
        ...

    def settings(self, section: str, settings_type: type[Settings]) -> Settings:
        """Return the section of the configuration file that belongs to this extension, checked and with defaults.

        Raises ConfigError, naming the key, for what does not fit `settings_type`.
        """
        ...

    def now(self) -> float:
        """Unix seconds."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], Awaitable[None]], room_id: str = "") -> Timer:
        """Call once, later; with a `room_id` in turn with the callbacks of that room, and never after its end.

        An exception is logged and counted.
        """
        ...

    def add_route(self, route: Route) -> None:
        """During `init` only."""
        ...

    def add_socket(self, socket: SocketRoute) -> None:
        """During `init` only."""
        ...


class Extension(Protocol):
    """A plugin. The entry point group `roomful.plugins` names callables without arguments that return one."""

    name: str

    async def init(self, context: Context) -> None:
        """Register callbacks and routes, and take up what was going on before a restart. Raise to be left out."""
        ...

    async def close(self) -> None:
        """The server ends; rooms are closed already."""
        ...
