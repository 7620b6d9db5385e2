"""A room on a real media engine, whose sessions are there without any signalling."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from roomful.media.engine import MediaConfig, MediaEngine
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.media.connections import Connections
from roomful.protocols.room_signals.media.forwarding import Forwarding, Streams
from roomful.protocols.room_signals.ports import OfferAck
from roomful.protocols.room_signals.signals import (
    Answer,
    Category,
    Ice,
    Offer,
    OfferOptions,
    SessionInfo,
    To,
)
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room


@dataclass(eq=False)
class Seat:
    """What `Connections` knows of a session."""

    room: "Hall"
    participant: Participant
    info: SessionInfo

    @property
    def user_id(self) -> str:
        return self.info.user_id

    async def offer(self, sdp: str, **options: bool) -> str:
        return (await self.ask(sdp, **options)).sdp

    async def ask(self, sdp: str, **options: bool) -> OfferAck:
        """What an offer is answered with."""
        signal = Offer(ch=self.room.channel, rid=self.room.room.name, ss=self.info, sdp=sdp, op=OfferOptions(**options))
        return await self.room.connections.offer(self, signal, time.time())  # type: ignore[arg-type]

    async def watch(self, *publishers: "Seat") -> list[str]:
        wanted = [one.participant for one in publishers]
        offers = await self.room.connections.watch(self, wanted, time.time())  # type: ignore[arg-type]
        assert [one.id for one in offers] == [one.identity for one in wanted if one.is_publisher]
        return [one.sdp for one in offers]

    async def answer(self, sdp: str, *publishers: "Seat", to: To | None = None) -> None:
        signal = Answer(ch=self.room.channel, rid=self.room.room.name, ss=self.info, sdp=sdp, to=to)
        named = [one.participant for one in publishers]
        await self.room.connections.answer(self, signal, named, time.time())  # type: ignore[arg-type]

    def ice(self, sdp: str, *publishers: "Seat", to: To | None = None) -> None:
        signal = Ice(ch=self.room.channel, rid=self.room.room.name, ss=self.info, sdp=sdp, to=to)
        named = [one.participant for one in publishers]
        self.room.connections.ice(self, signal, named, time.time())  # type: ignore[arg-type]

    def select(self, layer: str, *publishers: "Seat") -> None:
        named = [one.participant for one in publishers]
        self.room.connections.select_layer(self, named, layer, time.time())  # type: ignore[arg-type]


@dataclass
class Hall:
    """The room."""

    room: Room
    channel: Channel
    connections: Connections
    engine: MediaEngine

    @property
    def name(self) -> str:
        return self.room.name

    def forward(self, streams: Streams, url: Callable[[Any], str]) -> None:
        """Let uplinks be offered as HLS from now on."""
        self.connections = Connections(self.engine, frozenset(), Forwarding(streams, url))

    def seat(self, identity: str, category: Category = Category.STREAM) -> Seat:
        participant = self.room.join(JoinRequest(identity=identity, auto_subscribe=False), time.time())
        return Seat(self, participant, SessionInfo(user_id=identity, session_id=identity, category=category))

    async def until(self, fact: Any) -> None:
        """Wait until something is true of the room."""
        done = asyncio.Event()

        def look(_: object = None) -> None:
            if fact():
                done.set()

        self.room.observers.add(look)
        look()
        async with asyncio.timeout(30):
            await done.wait()
        self.room.observers.discard(look)


@pytest.fixture
def channel() -> Channel:
    return Channel.M2M


@pytest.fixture
async def hall(channel: Channel) -> AsyncIterator[Hall]:
    rooms = Rooms()
    engine = MediaEngine(MediaConfig(udp=[[("127.0.0.1", 0)]], tcp=[], candidate_ips=["127.0.0.1"]))
    engine.start(asyncio.get_running_loop())
    rooms.on_opened.append(lambda room: engine.open_room(room.sid))
    rooms.on_closed.append(lambda room: engine.close_room(room.sid))
    room = rooms.create("hall", RoomOptions(), time.time())
    yield Hall(room, channel, Connections(engine, frozenset()), engine)
    engine.close()
