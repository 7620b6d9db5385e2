"""What an extension gets at its start. See `roomful.rooms.extension.Context`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from roomful.config import Sections
from roomful.extensions.extensions import Extensions
from roomful.extensions.operations import RoomOperations
from roomful.extensions.records import PluginRecords, RecordStore
from roomful.outgoing import ForbiddenAddress, OutgoingHttp
from roomful.rooms.extension import Code, OutgoingFailed, RoomApi, RoomApiError, Route, SocketRoute

SettingsT = TypeVar("SettingsT", bound=msgspec.Struct)

RESERVED = frozenset(
    {
        "",
        "api",
        "docs",
        "hls",
        "metrics",
        "r",
        "room",
        "rtc",
        "twirp",
        "w",
        "webrtc",
        "whep",
        "whip",
        "assets",
        "report",
    }
)
"""First parts of paths that are the server's own."""

logger = logging.getLogger(__name__)


class Routes:
    """The endpoints of all extensions. A first part of a path belongs to the extension that asks for it first."""

    def __init__(self) -> None:
        self.routes: list[tuple[str, Route]] = []
        """With the extension's name."""
        self.sockets: list[tuple[str, SocketRoute]] = []
        self._owners: dict[str, str] = {}

    @property
    def prefixes(self) -> list[str]:
        return [f"/{first}" for first in self._owners]

    def claim(self, extension: str, path: str) -> None:
        """Raises ValueError for a path that is another's."""
        first = path.lstrip("/").partition("/")[0]
        if not path.startswith("/") or first in RESERVED or "{" in first:
            raise ValueError(f"{path!r} is no path for an extension: the server needs it for itself")
        owner = self._owners.setdefault(first, extension)
        if owner != extension:
            raise ValueError(f"{path!r} is no path for {extension}: /{first} belongs to {owner}")

    def forget(self, extension: str) -> None:
        self.routes = [one for one in self.routes if one[0] != extension]
        self.sockets = [one for one in self.sockets if one[0] != extension]
        self._owners = {first: owner for first, owner in self._owners.items() if owner != extension}


class Requests:
    """HTTP to other servers. See `roomful.rooms.extension.OutgoingRequests`."""

    def __init__(self, http: OutgoingHttp) -> None:
        self._http = http

    async def post_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, within: float = 10.0
    ) -> Any:
        content = msgspec.json.encode(body)
        fields = {"content-type": "application/json", **(headers or {})}
        try:
            answer = await self._http.request("POST", url, content=content, headers=fields, within=within)
        except (TimeoutError, ForbiddenAddress, httpx.HTTPError, httpx.InvalidURL) as error:
            raise OutgoingFailed(str(error) or "no answer in time") from error
        if not answer.ok:
            raise OutgoingFailed(f"the answer is {answer.status}")
        try:
            return msgspec.json.decode(answer.body) if answer.body else None
        except (msgspec.DecodeError, RecursionError) as error:
            raise OutgoingFailed(f"the answer is no JSON, or too long: {error}") from None


class HostTimer:
    """A timer that its context forgets when it is done with."""

    def __init__(self, timers: "set[HostTimer]", seconds: float, fire: Callable[[], None]) -> None:
        self._timers = timers
        self._fire = fire
        self._handle = asyncio.get_running_loop().call_later(max(0.0, seconds), self._on_time)
        timers.add(self)

    def cancel(self) -> None:
        self._handle.cancel()
        self._timers.discard(self)

    def _on_time(self) -> None:
        self._timers.discard(self)
        self._fire()


class HostContext:
    """The server, as one extension sees it."""

    def __init__(
        self,
        name: str,
        *,
        operations: RoomOperations,
        extensions: Extensions,
        records: RecordStore,
        http: OutgoingHttp,
        sections: Sections,
        routes: Routes,
        files: Path | None = None,
    ) -> None:
        """`files`: where extensions keep files, each in a folder of its own; None is nowhere."""
        self._name = name
        self._files = files
        self._operations = operations
        self._extensions = extensions
        self._records = PluginRecords(records, name)
        self._http = Requests(http)
        self._sections = sections
        self._routes = routes
        self._timers: set[HostTimer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = True

    def room_api(self) -> RoomApi:
        return self._operations

    @property
    def records(self) -> PluginRecords:
        return self._records

    @property
    def http(self) -> Requests:
        return self._http

    @property
    def files(self) -> Path:
        if self._files is None:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "this server keeps no files")
        folder = self._files / self._name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def settings(self, section: str, settings_type: type[SettingsT]) -> SettingsT:
        settings, notices = self._sections.read(section, settings_type)
        for notice in notices:
            logger.warning("configuration: %s", notice)
        return settings

    def now(self) -> float:
        return self._extensions.clock()

    def call_later(self, seconds: float, callback: Callable[[], Awaitable[None]], room_id: str = "") -> HostTimer:
        """Raises RoomApiError (ROOM_NOT_FOUND) for a room that is not there."""
        if not room_id:
            return HostTimer(self._timers, seconds, lambda: self._run(callback))
        sid = self._operations.room(room_id).sid

        def fire() -> None:
            if self._extensions.rooms.by_sid(sid) is not None:
                self._extensions.turns.later(sid, lambda: self._in_room(sid, callback))

        return HostTimer(self._timers, seconds, fire)

    def add_route(self, route: Route) -> None:
        self._require_start()
        self._routes.claim(self._name, route.path)
        self._routes.routes.append((self._name, route))

    def add_socket(self, socket: SocketRoute) -> None:
        self._require_start()
        self._routes.claim(self._name, socket.path)
        self._routes.sockets.append((self._name, socket))

    def started(self) -> None:
        """`init` is over."""
        self._starting = False

    def close(self) -> None:
        """Nothing fires from now on."""
        for timer in list(self._timers):
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    def _require_start(self) -> None:
        if not self._starting:
            raise RuntimeError("routes can be added during init only")

    def _run(self, callback: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._extensions.guard(self._name, "timer", callback), name=f"timer of {self._name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_room(self, sid: str, callback: Callable[[], Awaitable[None]]) -> None:
        if self._extensions.rooms.by_sid(sid) is not None:  # it may have ended while others had their turn
            await self._extensions.guard(self._name, "timer", callback)
