"""Rooms of peers (specs/iroh-rooms.md §7, §8, §16.3)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from roomful._native import P2pRoom
from roomful.p2p.broadcasts import ChatPublisher, LocalBroadcast, RemoteBroadcast
from roomful.p2p.calls import call, direct
from roomful.p2p.errors import RoomClosed
from roomful.p2p.events import RoomEvent, room_event
from roomful.p2p.identity import EndpointId
from roomful.p2p.ticket import RoomTicket

if TYPE_CHECKING:
    from roomful.p2p.live import Live


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOptions:
    """How a room is taken part in. Times are in seconds."""

    auto_subscribe: bool = True
    """Read every broadcast that a peer announces."""

    heartbeat: float = 30.0
    """How often the others are told again what they would forget after two minutes."""

    connect_timeout: float = 10.0
    announce_timeout: float = 10.0
    catalog_timeout: float = 10.0


class RoomEvents:
    """The events of a room, to be read by one reader. Not to read them does not stop the room."""

    def __init__(self, native: P2pRoom) -> None:
        self._native = native

    async def recv(self) -> RoomEvent:
        """Wait for the next event. A cancelled wait loses none.

        Raises:
            RoomClosed: the room was left, or has failed.
        """
        while True:
            event = self.try_recv()
            if event is not None:
                return event
            await call(self._native.ready)

    def try_recv(self) -> RoomEvent | None:
        """The next event if there is one. Raises RoomClosed as `recv` does."""
        event = direct(self._native.try_event)
        return None if event is None else room_event(*event)

    async def __aiter__(self) -> AsyncIterator[RoomEvent]:
        """Events until the room is left. A room that failed raises RoomClosed, which says why."""
        while True:
            try:
                event = await self.recv()
            except RoomClosed as closed:
                if str(closed) == "the room is closed":
                    return
                raise
            yield event


class RoomHandle:
    """What can be done in a room; shared by as many tasks as need it."""

    def __init__(self, native: P2pRoom, live: "Live") -> None:
        self._native = native
        self._live = live
        # A broadcast ends when nobody holds it: the room does, until it is told otherwise.
        self._published: dict[str, LocalBroadcast] = {}
        self._chat: ChatPublisher | None = None

    def ticket(self, *, include_peers: bool = False) -> RoomTicket:
        """A ticket for others, with this endpoint to begin with, and up to three more that are here now."""
        topic, bootstrap = self._native.ticket(include_peers)
        return RoomTicket(topic, tuple(EndpointId(raw) for raw in bootstrap))

    @property
    def peers(self) -> Mapping[EndpointId, str | None]:
        """Who is here now, with display names."""
        return {EndpointId(raw): name for raw, name in self._native.peers()}

    @property
    def neighbours(self) -> int:
        """How many members gossip is connected to directly; with none, nobody is heard."""
        return self._native.neighbours()

    async def joined(self, patience: float | None = None) -> None:
        """Wait for the first neighbour. Raises TimeoutError after `patience` seconds, and RoomClosed."""
        async with asyncio.timeout(patience):
            await call(self._native.joined)

    async def publish(self, name: str, broadcast: LocalBroadcast) -> None:
        """Offer a broadcast to everybody, until `unpublish`, its own `close` or the end of the room.

        Whoever connects to this endpoint can read it, member of the room or not.

        Raises:
            PublishError: the name is taken, on this endpoint, or the broadcast is closed.
            LimitExceeded: the name is too long, or this is one broadcast too many.
        """
        await call(lambda calls: self._native.publish(calls, name, broadcast.native))
        self._published[name] = broadcast

    async def unpublish(self, name: str) -> None:
        """Close a broadcast; its name can be used again at once. Raises PublishError if there is none such."""
        await call(lambda calls: self._native.unpublish(calls, name))
        self._published.pop(name, None)

    async def subscribe(self, remote: EndpointId, name: str, *, patience: float = 10.0) -> RemoteBroadcast:
        """Read one broadcast, for rooms that do not subscribe by themselves. As `Live.subscribe`."""
        return await self._live.subscribe(remote, name, patience=patience)

    async def set_display_name(self, name: str | None) -> None:
        """Go by another name. Raises LimitExceeded above 128 bytes."""
        await call(lambda calls: self._native.set_display_name(calls, name))

    async def set_chat_publisher(self, chat: ChatPublisher) -> None:
        """Send chat on this track; the last one set counts. One broadcast with chat per room is the custom."""
        await call(lambda calls: self._native.set_chat_publisher(calls, chat.native))
        self._chat = chat

    async def send_chat(self, text: str) -> None:
        """Send a message to everybody who reads the broadcast with our chat.

        Raises:
            ChatDisabled: no chat publisher was set.
            LimitExceeded: it is empty, or above 4096 bytes.
        """
        await call(lambda calls: self._native.send_chat(calls, text))

    async def leave(self) -> None:
        """Say goodbye, retract what was published here and end the events."""
        await call(self._native.leave)
        self._published.clear()


class Room(RoomHandle):
    """A room we are in: its handle and its events in one. `async with await live.join_room(ticket) as room: …`"""

    def __init__(self, native: P2pRoom, live: "Live") -> None:
        super().__init__(native, live)
        self._events = RoomEvents(native)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.leave()

    def __aiter__(self) -> AsyncIterator[RoomEvent]:
        return self._events.__aiter__()

    async def recv(self) -> RoomEvent:
        """As `RoomEvents.recv`."""
        return await self._events.recv()

    def try_recv(self) -> RoomEvent | None:
        """As `RoomEvents.try_recv`."""
        return self._events.try_recv()

    def split(self) -> tuple[RoomEvents, RoomHandle]:
        """The events for one task, and the handle for all the others."""
        return self._events, self
