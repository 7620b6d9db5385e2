"""The bridges of this server: which rooms are open to iroh peers."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import msgspec

from roomful.config import Config
from roomful.media.api import MediaError
from roomful.media.ports.bridge import BridgeFailed, BridgeMedia, BridgePlan, RoomBridge
from roomful.media.ports.worker import State
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.room import Room

log = logging.getLogger(__name__)


class Bridge(msgspec.Struct, kw_only=True):
    """One bridge, as it is at the moment."""

    room: str
    state: State
    ticket: str
    """Peers join with it. Whoever has it is heard in the room of peers: it is a secret."""
    endpoint: str
    """The bridge itself as `ID@IP:PORT`, for peers without relay and lookup."""
    peers: list[str]
    """Endpoint ids of those who are in the room."""
    problems: list[str]
    """What could not cross lately."""


class Bridges:
    """Opens and closes bridges. One that ends is forgotten; its end is logged."""

    def __init__(self, media: BridgeMedia, config: Config) -> None:
        self._media = media
        self._settings = config.iroh
        self._open: dict[str, RoomBridge] = {}
        self._opening: set[asyncio.Task[None]] = set()

    def on_opened(self, room: Room) -> None:
        """Open the bridge that the configuration has for a room, in a while."""
        ticket = self._settings.rooms.get(room.name)
        if ticket is not None and self._settings.enabled:
            task = asyncio.get_running_loop().create_task(self._open_by_setting(room, ticket))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def open(
        self, room: Room, ticket: str = "", allow: list[str] | None = None, peers: Sequence[str] = ()
    ) -> Bridge:
        """Open a room to the peers of a ticket, some of whom are at `peers` (`ID@IP:PORT`), or to a new room of peers.

        Raises:
            RoomError: bridging is off, nobody is allowed, the room has a bridge, or there are too many.
            BridgeFailed: the worker did not come up: the ticket is none, or no socket could be opened.
            MediaError: the engine is closed or overloaded.
        """
        settings = self._settings
        allow = settings.allow if allow is None else allow
        if not settings.enabled:
            raise RoomError(RoomErrorCode.PERMISSION_DENIED, "bridging is off: set iroh.enabled")
        if not allow:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, "nobody is allowed: name endpoint ids, or `*` for all")
        if room.sid in self._open:
            raise RoomError(RoomErrorCode.ALREADY_EXISTS, "the room has a bridge already")
        if len(self._open) >= settings.max_rooms:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"a server has {settings.max_rooms} bridges at most")
        plan = BridgePlan(
            ticket=ticket,
            allow=allow,
            offline=settings.offline,
            bind=settings.bind,
            peers=[*settings.peers, *peers],
        )
        bridge = RoomBridge(room, self._media, plan, lambda: self._forget(room))
        self._open[room.sid] = bridge
        try:
            await bridge.open()
        except BaseException:
            self._open.pop(room.sid, None)
            raise
        return _view(bridge)

    def of(self, room: Room) -> Bridge | None:
        bridge = self._open.get(room.sid)
        return None if bridge is None else _view(bridge)

    async def close_one(self, room: Room) -> bool:
        """Close the bridge of a room; return whether there was one."""
        bridge = self._open.get(room.sid)
        if bridge is None:
            return False
        await bridge.close()
        return True

    async def close(self) -> None:
        """Close all bridges."""
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*(bridge.close() for bridge in list(self._open.values())))

    async def _open_by_setting(self, room: Room, ticket: str) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await self.open(room, ticket)
            except (RoomError, BridgeFailed, MediaError) as error:
                log.error("no bridge to iroh peers: %s", error, extra={"room": room.name})

    def _forget(self, room: Room) -> None:
        bridge = self._open.pop(room.sid, None)
        if bridge is not None:
            log.info("bridge closed", extra={"room": room.name, "error": bridge.status.error})


def _view(bridge: RoomBridge) -> Bridge:
    return Bridge(
        room=bridge.room.name,
        state=bridge.status.state,
        ticket=bridge.status.ticket,
        endpoint=bridge.status.endpoint,
        peers=bridge.peers,
        problems=list(bridge.problems),
    )
