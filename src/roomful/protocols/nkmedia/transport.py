"""The API over ASGI, at `/nkmedia`, and the clock of all its sessions. specs/nkmedia.md §1."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

from roomful.config import Config
from roomful.media.api import TwoWayMedia
from roomful.protocols.nkmedia.connection import Connection
from roomful.protocols.nkmedia.fs.mixes import Mixes
from roomful.protocols.nkmedia.hub import Hub
from roomful.protocols.nkmedia.janus.transport import JanusTransport
from roomful.protocols.nkmedia.messages import MAX_MESSAGE_BYTES
from roomful.protocols.nkmedia.players import PlayersApi
from roomful.protocols.nkmedia.recordings import RecordingsApi
from roomful.protocols.nkmedia.rpc import Rpc
from roomful.protocols.nkmedia.server import NkMedia
from roomful.protocols.nkmedia.services import Services, settings_of
from roomful.protocols.nkmedia.tcp import TcpListeners
from roomful.protocols.nkmedia.users import Users
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.sockets import socket_of
from roomful.sockets.wheel import Wheel
from roomful.ticker import Ticker

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/nkmedia"

logger = logging.getLogger(__name__)


class RoomKeeping(Protocol):
    """Who keeps rooms beyond a restart."""

    async def keep(self, room: Room) -> None:
        """Save the room; returns when that is done, or has taken too long."""
        ...


class NkMediaApi:
    """The ASGI application of WebSockets at `/nkmedia`, and of HTTP requests below it."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        media: TwoWayMedia,
        mixes: Mixes,
        kept_rooms: RoomKeeping,
        recordings: RecordingsApi,
        players: PlayersApi,
        config: Config,
    ) -> None:
        """`config` is an effective one."""
        self._kept_rooms = kept_rooms
        self._saving: set[asyncio.Task[None]] = set()
        self._connections: set[Connection] = set()
        self._ticker = Ticker(self._tick)
        users = Users(config.nkmedia.users, config.keys, everybody=config.development)
        self._services = Services(
            rooms=rooms,
            media=media,
            mixes=mixes,
            users=users,
            settings=settings_of(config),
            hub=Hub(),
            wheel=Wheel(),
            clock=time.time,
            keep=self._keep,
            recordings=recordings,
            players=players,
        )
        self.server = NkMedia(self._services)
        self._rpc = Rpc(self.server)
        self.tcp = TcpListeners(self.server, self._ticker.arm)
        self._janus = None if self.server.janus is None else JanusTransport(self.server.janus)

    def open(self) -> None:
        """Connect to the servers that carry media sessions."""
        if self._janus is not None:
            self._janus.open()
            self._ticker.arm()

    async def close(self) -> None:
        await self.tcp.close()
        if self._janus is not None:
            await self._janus.close()

    def knows(self, path: str) -> bool:
        return path.rstrip("/") == PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._ticker.arm()  # media sessions have deadlines without a connection, too
            await self._rpc(scope, receive, send)
            self._ticker.arm()
            return
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        socket = socket_of(scope)
        connection = Connection(self.server, socket, _remote(scope), self._connections.discard)
        self._connections.add(connection)
        socket.listen(connection, MAX_MESSAGE_BYTES)
        self._ticker.arm()

    def _keep(self, room: Room, done: Callable[[], None]) -> None:
        async def save() -> None:
            try:
                await self._kept_rooms.keep(room)
            finally:
                done()

        task = asyncio.ensure_future(save())
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    def _tick(self) -> bool:
        self._services.wheel.turn(time.time())
        return self._janus is not None or len(self._services.wheel) > 0


def _remote(scope: Scope) -> str:
    host, port = scope.get("client") or ("", 0)
    return f"{scope.get('scheme', 'ws')}:{host}:{port}"
