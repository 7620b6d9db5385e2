"""A server of Room Signals without sockets and clocks: clients that are written to, and a time that is set."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from roomful.extensions import Extensions
from roomful.protocols.room_signals.bearers import Bearer
from roomful.protocols.room_signals.codes import Code, SignalError
from roomful.protocols.room_signals.connection import Connection
from roomful.protocols.room_signals.ports import OfferAck, PublisherSdp
from roomful.protocols.room_signals.services import Services, Settings
from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signalling import Signalling
from roomful.protocols.room_signals.signals import ACTIONS, Answer, EngineName, Ice, Offer
from roomful.rooms.options import RoomDefaults
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.sockets.wheel import Wheel
from tests.protocols.monibuca.stage import FakeSocket

ROOM = "r1"
ACTION_OF = {signal.name: action for action, signal in ACTIONS.items()}


class Media:
    """Takes what it is given, and answers in its own words."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        """What was asked, and by which session."""
        self.gate: asyncio.Event | None = None
        """What offers wait for."""
        self.is_broken = False

    async def offer(self, session: Session, signal: Offer, now: float) -> OfferAck:
        self.calls.append(("offer", session.session_id))
        if self.is_broken:
            raise ZeroDivisionError
        return OfferAck(sdp=f"answer to {signal.sdp}")

    async def answer(self, session: Session, signal: Answer, publishers: Sequence[Participant], now: float) -> None:
        self.calls.append(("answer", session.session_id))

    def ice(self, session: Session, signal: Ice, publishers: Sequence[Participant], now: float) -> None:
        self.calls.append(("ice", session.session_id))

    async def watch(self, session: Session, publishers: Sequence[Participant], now: float) -> list[PublisherSdp]:
        self.calls.append(("watch", session.session_id))
        if self.gate is not None:
            await self.gate.wait()
        return [PublisherSdp(id=one.identity, sdp=f"offer of {one.identity}") for one in publishers]

    def select_layer(self, session: Session, publishers: Sequence[Participant], layer: str, now: float) -> None:
        self.calls.append(("select_layer", session.session_id))

    def restart(self, session: Session, now: float) -> None:
        self.calls.append(("restart", session.session_id))

    def left(self, session: Session, now: float) -> None:
        self.calls.append(("left", session.session_id))


class AllEngines:
    """Every engine is enabled."""

    is_broken = False

    def choose(self, wish: EngineName) -> EngineName:
        return wish

    def payload(self, session: Session, now: float) -> dict[str, Any]:
        if self.is_broken:
            raise SignalError(Code.INTERNAL_SERVER_ERROR, "no token can be made")
        return {"icfg": {"is": ["stun:stun.example.com"]}}


class Livestreams:
    def __init__(self) -> None:
        self.ended_in: list[str] = []

    def ended(self, room: object, now: float) -> None:
        self.ended_in.append("")


class Client:
    """One connection with one session, as its user sees it."""

    def __init__(self, stage: "Stage", user_id: str, channel: str, session_id: str, bearer: Bearer | None) -> None:
        self.stage = stage
        self.user_id = user_id
        self.channel = channel
        self.room = ROOM
        self.session_id = session_id or f"s-{user_id}"
        self.category = "stream"
        self.bearer = bearer
        self.connect()

    def connect(self) -> None:
        """Have a new connection; the old one is as it was."""
        self.socket = FakeSocket()
        self.connection = Connection(self.stage.signalling, self.bearer, self.socket, lambda _: None)

    def lose(self) -> None:
        """The connection ends without a word."""
        self.connection.on_disconnect(1006)

    @property
    def me(self) -> dict[str, str]:
        return {
            "userId": self.user_id,
            "sessionId": self.session_id,
            "category": self.category,
            "host": "Web",
            "deviceId": f"d-{self.user_id}",
        }

    @property
    def got(self) -> list[dict[str, Any]]:
        return self.socket.got

    @property
    def close_code(self) -> int | None:
        return self.socket.closed[0] if self.socket.closed else None

    def signal(self, name: str, **fields: Any) -> dict[str, Any]:
        return {"s": name, "ch": self.channel, "rid": self.room, "ss": self.me, **fields}

    async def say_raw(self, text: str | bytes) -> None:
        self.connection.on_message(text)
        await self.stage.settle()

    async def send(self, message: Any) -> list[dict[str, Any]]:
        """Send anything as JSON, and return what came of it here."""
        before = len(self.got)
        await self.say_raw(msgspec.json.encode(message).decode())
        return self.got[before:]

    async def say(self, name: str, **fields: Any) -> list[dict[str, Any]]:
        return await self.send({"action": ACTION_OF[name], "data": self.signal(name, **fields)})

    async def code(self, name: str, **fields: Any) -> int | None:
        """`c` of the ack of a signal; None if there is none."""
        said = "leave" if name == "LEAVE" else name
        acks = [
            message for message in await self.say(name, **fields) if message["s"] in (said, name) and "c" in message
        ]
        return acks[0]["c"] if acks else None

    async def join(self, *, creating: bool = False, ve: bool = True, ae: bool = True, **fields: Any) -> dict[str, Any]:
        """Join, and return the body of the ack."""
        options = {"roomCreating": creating, **fields.pop("op", {})}
        told = await self.say("JOIN", **{"ve": ve, "ae": ae, "eg": "native", "op": options, **fields})
        acks = [message for message in told if message["s"] == "JOIN"]
        assert [ack["c"] for ack in acks] == [200], told
        return acks[0]["b"]

    def told(self, name: str) -> list[dict[str, Any]]:
        return [message for message in self.got if message["s"] == name]

    @property
    def list(self) -> list[tuple[str, str]]:
        """Session id and role of those in the last list this client was told, by whatever message."""
        lists = [
            message["b"]["pps"] for message in self.got if message["s"] != "WATCH" and "pps" in message.get("b", {})
        ]
        return [(entry["id"], entry["role"]) for entry in lists[-1]]


class Stage:
    """See the module."""

    def __init__(self, **settings: Any) -> None:
        self.now = 1_700_000_000.0
        self.rooms = Rooms(RoomDefaults())
        self.media = Media()
        self.engines = AllEngines()
        self.livestreams = Livestreams()
        self.services = Services(
            rooms=self.rooms,
            extensions=Extensions(self.rooms, lambda: self.now),
            settings=Settings(**{"rate_limit": 0, **settings}),
            media=self.media,
            engines=self.engines,
            livestreams=self.livestreams,
            wheel=Wheel(),
            clock=lambda: self.now,
            steady=lambda: self.now,
        )
        self.signalling = Signalling(self.services)

    def client(
        self, user_id: str, channel: str = "m2m", *, session_id: str = "", bearer: Bearer | None = None
    ) -> Client:
        return Client(self, user_id, channel, session_id, bearer)

    @property
    def room(self) -> Room:
        return self.rooms.with_name(ROOM)

    async def settle(self) -> None:
        """Let everything happen that waits for nothing but its turn."""
        for _ in range(10):
            await asyncio.sleep(0)

    def wait(self, seconds: float) -> None:
        """Let time pass, second by second."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1)
            self.services.wheel.turn(self.now)
            self.rooms.tick(self.now)
