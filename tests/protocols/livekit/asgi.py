"""A web server's side of an ASGI WebSocket, driven by a test."""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Self
from urllib.parse import urlencode

from livekit.protocol import rtc

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import Config
from roomful.protocols.livekit.transport import ABORT, LiveKitSignal
from roomful.rooms.registry import Rooms

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
    """One WebSocket. `sent` has what the application sent; `block` keeps it from sending any more."""

    def __init__(self, server: Server, path: str, token: str, **parameters: str) -> None:
        self.sent: list[Message] = []
        self.aborted = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        self._changed = asyncio.Condition()
        of = scope("websocket", path, token, parameters)
        of["extensions"] = {"websocket.http.response": {}, ABORT: self._abort}
        self.task = asyncio.create_task(server.application(of, self._incoming.get, self._send))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.hang_up()
        self.writable.set()
        await asyncio.wait_for(self.task, WAIT)

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

    def say(self, data: bytes | str) -> None:
        kind = "bytes" if isinstance(data, bytes) else "text"
        self._incoming.put_nowait({"type": "websocket.receive", kind: data})

    def ask(self, **request: Any) -> None:
        self.say(rtc.SignalRequest(**request).SerializeToString())

    def hang_up(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def until(self, kind: str, count: int = 1) -> None:
        """Wait for so many responses of one kind."""
        await self._until(lambda: self.kinds.count(kind) >= count)

    async def until_sent(self, kind: str) -> None:
        """Wait for an ASGI message of this type."""
        await self._until(lambda: any(message["type"] == kind for message in self.sent))

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(WAIT), self._changed:
            await self._changed.wait_for(condition)

    async def _send(self, message: Message) -> None:
        await self.writable.wait()
        if self.aborted.is_set():
            raise ConnectionResetError
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.hang_up()
        async with self._changed:
            self._changed.notify_all()

    def _abort(self) -> None:
        self.aborted.set()
        self.writable.set()
        self.hang_up()


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
