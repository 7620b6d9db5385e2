"""A web server's side of an ASGI WebSocket, driven by a test."""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any, Self
from urllib.parse import urlencode

from livekit.protocol import rtc
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import Config
from roomful.protocols.livekit.transport import LiveKitSignal
from roomful.rooms.registry import Rooms
from roomful.sockets import EXTENSION, Receiver

from .recording import RecordingMedia

KEY, SECRET = "key", "a-secret-of-more-than-thirty-two-bytes"
WAIT = 5.0
"""Seconds any condition may take."""

Message = MutableMapping[str, Any]


class Server:
    """The application with its rooms and a recording engine."""

    def __init__(self) -> None:
        self.rooms = Rooms()
        self.media = RecordingMedia()
        verifier = TokenVerifier({KEY: SECRET})
        self.application = LiveKitSignal(
            rooms=self.rooms, media=self.media, verifier=verifier, config=Config(keys={KEY: SECRET})
        )

    def token(self, identity: str = "alice", *, now: float, **video: Any) -> str:
        rights = {"room_join": True, "room": "room", **video}
        return mint(Grant(identity=identity, video=VideoGrant(**rights)), KEY, SECRET, 600, now)

    async def get(self, path: str, token: str = "", **parameters: str) -> tuple[int, str]:
        """A plain GET; returns status and body."""
        answer: list[Message] = []
        await self.application(scope("http", path, token, parameters), nothing, appender(answer))
        return answer[0]["status"], answer[1]["body"].decode()


class Socket:
    """One WebSocket, both ends of it. `sent` has what the application sent, frames as ASGI messages."""

    def __init__(self, server: Server, path: str, token: str, **parameters: str) -> None:
        self.sent: list[Message] = []
        self.limit = 0
        self.buffered = 0
        self.audience = None
        self.paused = asyncio.Event()
        self.resumed = asyncio.Event()
        self._early: list[Message] = []
        self._is_accepted = False
        self._receiver: Receiver | None = None
        self._changed = asyncio.Event()
        of = scope("websocket", path, token, parameters)
        of["extensions"] = {"websocket.http.response": {}, EXTENSION: self}
        self.task = asyncio.create_task(server.application(of, connect, self._asgi_send))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await asyncio.wait_for(self.task, WAIT)
        self.hang_up()

    # What the tests look at

    @property
    def status(self) -> int:
        """Status of the handshake's answer."""
        first = self.sent[0]
        return 101 if first["type"] == "websocket.accept" else first["status"]

    @property
    def responses(self) -> list[rtc.SignalResponse]:
        return [
            rtc.SignalResponse.FromString(message["bytes"]) for message in self.sent if message.get("bytes") is not None
        ]

    @property
    def kinds(self) -> list[str]:
        return [response.WhichOneof("message") or "" for response in self.responses]

    @property
    def close_code(self) -> int | None:
        return next((message["code"] for message in self.sent if message["type"] == "websocket.close"), None)

    async def until(self, kind: str, count: int = 1) -> None:
        """Wait for so many responses of one kind."""
        await self._until(lambda: self.kinds.count(kind) >= count)

    async def closed(self) -> None:
        """Wait until the application has closed."""
        await self._until(lambda: self.close_code is not None)

    # What the client does

    def say(self, data: bytes | str) -> None:
        if self._receiver is not None:
            self._receiver.on_message(data)

    def ask(self, **request: Any) -> None:
        self.say(rtc.SignalRequest(**request).SerializeToString())

    def hang_up(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.on_disconnect(1006)

    # What the application calls

    @property
    def is_open(self) -> bool:
        return self.close_code is None and self._receiver is not None

    def send_frame(self, frame: bytes) -> None:
        self.buffered += len(frame)
        reader = StreamReader()
        reader.feed_data(frame)
        try:
            next(Frame.parse(reader.read_exact, mask=False))
        except StopIteration as parsed:
            data = bytes(parsed.value.data)
            is_text = parsed.value.opcode is Opcode.TEXT
            self._send({"type": "websocket.send", **({"text": data.decode()} if is_text else {"bytes": data})})

    def write(self, frame: bytes) -> None:
        self.send_frame(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._send({"type": "websocket.close", "code": code})

    def listen(self, receiver: Receiver, max_message: int | None = None, max_frame: int | None = None) -> None:
        self._receiver = receiver

    def pause_reading(self) -> None:
        self.paused.set()

    def resume_reading(self) -> None:
        self.resumed.set()

    def abort(self) -> None:
        self.hang_up()

    def _send(self, message: Message) -> None:
        if self._is_accepted:
            self.sent.append(message)
            self._changed.set()
        else:
            self._early.append(message)

    async def _asgi_send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "websocket.accept":
            self._is_accepted = True
            self.sent += self._early
        self._changed.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


async def connect() -> Message:
    return {"type": "websocket.connect"}


def scope(kind: str, path: str, token: str, parameters: dict[str, str]) -> dict[str, Any]:
    headers = [(b"authorization", b"Bearer " + token.encode())] if token else []
    return {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": urlencode(parameters).encode(),
        "headers": headers,
        "client": ("192.0.2.7", 5000),
    }


def appender(messages: list[Message]) -> Any:
    async def send(message: Message) -> None:
        messages.append(message)

    return send


async def nothing() -> Message:
    return {"type": "http.request", "body": b""}
