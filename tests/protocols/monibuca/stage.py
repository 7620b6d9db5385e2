"""A server of the room service without sockets and clocks: clients that are written to, and a time that is set."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from roomful.auth import TokenVerifier
from roomful.auth.stream_tokens import stream_tokens
from roomful.config import RoomAuthConfig
from roomful.extensions import Extensions
from roomful.extensions.operations import RoomOperations
from roomful.extensions.ports import Ports
from roomful.protocols.monibuca.connection import Connection
from roomful.protocols.monibuca.joining import Upgrade
from roomful.protocols.monibuca.services import Services, Settings
from roomful.protocols.monibuca.sessions import Sessions
from roomful.protocols.monibuca.verification import Question, Reply, Verification
from roomful.rooms.extension import ExtensionProps, RoomCallbacks
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.options import RoomDefaults
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.sockets import Audience
from roomful.sockets.wheel import Wheel

KEYS = {"APItest": "a-secret-of-more-than-32-characters"}
ROOM = "100001"
NONE = RoomAuthConfig(mode="none")


def messages(data: bytes) -> list[dict[str, Any]]:
    """The messages in a server's text frames."""
    found: list[dict[str, Any]] = []
    while data:
        assert data[0] == 0x81
        head = {126: 4, 127: 10}.get(data[1], 2)
        end = head + (int.from_bytes(data[2:head], "big") if head > 2 else data[1])
        found.append(msgspec.json.decode(data[head:end]))
        data = data[end:]
    return found


class FakeSocket:
    """A `Socket` that remembers."""

    def __init__(self) -> None:
        self.limit = 1024 * 1024
        self.audience: Audience | None = None
        self.write = self._write
        self.descriptor = -1
        self.got: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.paused = False

    @property
    def is_open(self) -> bool:
        return self.closed is None

    @property
    def buffered(self) -> int:
        return 0

    def send_frame(self, frame: bytes) -> None:
        if self.audience is not None and self.audience.waiting:
            self.audience.send_frame_to(self, frame)
        else:
            self.write(frame)

    def _write(self, data: bytes) -> None:
        if self.closed is None:
            self.got += messages(data)

    def listen(self, receiver: object, max_message: int | None = None, max_frame: int | None = None) -> None:
        raise NotImplementedError

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self.audience is not None:
            self.audience.flush_to(self)
        if self.closed is None:
            self.closed = (int(code), reason)

    def abort(self) -> None:
        self.close(1006)


class Client:
    """One connection, as its user sees it."""

    def __init__(self, stage: "Stage", upgrade: Upgrade) -> None:
        self.stage = stage
        self.socket = FakeSocket()
        self.connection = Connection(stage.sessions, upgrade, self.socket, lambda _: None)

    @property
    def got(self) -> list[dict[str, Any]]:
        return self.socket.got

    @property
    def close_code(self) -> int | None:
        return self.socket.closed[0] if self.socket.closed else None

    async def say(self, action: str, **fields: Any) -> None:
        await self.say_raw(msgspec.json.encode({"action": action, **fields}).decode())

    async def say_raw(self, message: str | bytes) -> None:
        self.connection.on_message(message)
        await self.stage.settle()

    async def join(self, user_id: str, **fields: Any) -> dict[str, Any]:
        """Join, and return the answer."""
        await self.say("join_room", room_id=ROOM, user_id=user_id, user_name=user_id.title(), **fields)
        return self.got[-1] if not self.told("room_joined") else self.told("room_joined")[-1]

    def told(self, action: str) -> list[dict[str, Any]]:
        return [message for message in self.got if message["action"] == action]

    def last(self, action: str) -> dict[str, Any]:
        found = self.told(action)
        assert found, f"no {action} among {[message['action'] for message in self.got]}"
        return found[-1]

    def refusal(self) -> int:
        """The code of the last error."""
        return self.last("error")["code"]

    def forget(self) -> None:
        self.got.clear()

    async def vanish(self, code: int = 1006) -> None:
        """The connection is lost."""
        self.socket.closed = self.socket.closed or (code, "")
        self.connection.on_disconnect(code)
        await self.stage.settle()


class Stage:
    """See the module."""

    def __init__(
        self,
        auth: RoomAuthConfig = NONE,
        settings: Settings | None = None,
        defaults: RoomDefaults | None = None,
        ask: Callable[[Question], Awaitable[Reply | None]] | None = None,
    ) -> None:
        self.now = 1_000_000.0
        self.rooms = Rooms(defaults or RoomDefaults(empty_timeout=30, departure_timeout=30))
        self.extensions = Extensions(self.rooms, lambda: self.now)
        ports = Ports()
        self.api = RoomOperations(self.rooms, self.extensions, ports, lambda: self.now)
        self.questions: list[Question] = []
        self.reports: list[tuple[str, str, dict[str, Any]]] = []
        """Kind, who reported, and what."""
        self.reply: Reply | None = None
        self.wheel: Wheel[Any] = Wheel()
        self._tasks: set[asyncio.Future[None]] = set()
        self.sessions = Sessions(
            Services(
                rooms=self.rooms,
                api=self.api,
                extensions=self.extensions,
                verification=Verification(auth, TokenVerifier(KEYS)),
                stream_token=stream_tokens(KEYS),
                settings=settings or Settings(),
                wheel=self.wheel,
                clock=lambda: self.now,
                ask=ask or self._ask,
                run=self._run,
                report=self._report,
            )
        )

        ports.movers["monibuca"] = self.sessions.move

    def _report(self, kind: str, room: Room, participant: Participant, report: dict[str, Any]) -> None:
        if "bad" in report:
            raise bad_field("report", "that is no report")
        self.reports.append((kind, participant.user_id, report))

    def client(self, room_id: str = ROOM, **upgrade: Any) -> Client:
        return Client(self, Upgrade(room_id=room_id, ip="203.0.113.7", **upgrade))

    async def member(self, user_id: str, **fields: Any) -> Client:
        """Somebody who has joined."""
        client = self.client()
        answer = await client.join(user_id, **fields)
        assert answer["action"] == "room_joined", answer
        return client

    def register(self, callbacks: RoomCallbacks, **props: Any) -> None:
        """Add an extension."""
        named = ExtensionProps(name="test", room_type="test", **props)
        self.extensions.register(named.room_type, callbacks, named)
        self.extensions.start()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, second by second."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 1.0)
            self.wheel.turn(self.now)
            self.sessions.on_time(self.now)
            self.rooms.tick(self.now)
            await self.settle()

    async def settle(self) -> None:
        """Let everything that can go on go on."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def _ask(self, question: Question) -> Reply | None:
        self.questions.append(question)
        return self.reply

    def _run(self, work: Awaitable[None]) -> None:
        future = asyncio.ensure_future(work)
        self._tasks.add(future)
        future.add_done_callback(self._tasks.discard)
