"""`roomful demo`: rooms of simulated people that report how it goes, so that the dashboards show something."""

import asyncio
import contextlib
import math
import random
import ssl
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection, connect

from roomful.auth import Grant, VideoGrant, mint
from roomful.cli.connection import Connection, http_url
from roomful.cli.output import CommandError, done, out

PEOPLE = ("ann", "bob", "cleo", "dan", "eve", "finn", "gala", "hugo")
REPORT_SECONDS = 2.5
"""The server takes one report in two seconds of each."""
VISIT_REPORTS = 12
"""Reports of the last one in a room until they go, to come again."""
TOKEN_SECONDS = 24 * 3600.0
BAD_LOSS = 0.08
"""Of whoever has the bad line, the second one in each room."""


def demo(
    rooms: int = 2,
    people: int = 4,
    /,
    *,
    seconds: float = 0,
    connection: Connection | None = None,
) -> None:
    """Fill rooms of a running server with simulated people, for the dashboards to show something.

    They come in over the room WebSocket as others do, chat, come and go, and report what they would have measured: one
    in each room has a bad line. No media flows. Ctrl-C ends it.

    Args:
        rooms: How many, 1 to 20: demo-1, demo-2, …
        people: In each room, 2 to 8.
        seconds: How long; 0 is until it is stopped.
        connection: Which server, and with which key.
    """
    if not 1 <= rooms <= 20 or not 2 <= people <= len(PEOPLE):
        raise CommandError(f"there are 1 to 20 rooms with 2 to {len(PEOPLE)} people", status=2)
    asyncio.run(_fill(connection or Connection(), rooms, PEOPLE[:people], seconds))


async def _fill(connection: Connection, rooms: int, people: Sequence[str], seconds: float) -> None:
    connection.credentials()
    out.print(f"{http_url(connection.url)}/dashboard", soft_wrap=True, highlight=False, markup=False)
    guests = [Person(connection, f"demo-{number}", name, people) for number in range(1, rooms + 1) for name in people]
    try:
        async with asyncio.timeout(seconds or None):
            await _stay_together(guests)
    except TimeoutError:
        done(f"{len(guests)} people have left")


async def _stay_together(guests: Sequence["Person"]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for guest in guests:
                group.create_task(guest.stay())
    except* CommandError as errors:
        raise errors.exceptions[0] from None


class Person:
    """One simulated person in one room."""

    def __init__(self, connection: Connection, room: str, name: str, people: Sequence[str]) -> None:
        self._connection = connection
        self._room = room
        self._name = name
        self._people = people
        self._random = random.Random(f"{room}/{name}")  # noqa: S311 - nothing secret
        self._beats = 0

    async def stay(self) -> None:
        """Be there for ever; the last one goes now and then. Raises CommandError."""
        while True:
            await self._visit(VISIT_REPORTS if self._name == self._people[-1] else None)

    async def _visit(self, reports: int | None) -> None:
        token = self._token()
        address = f"{_ws_url(self._connection.url)}/room/{quote(self._room, safe='')}?token={token}"
        try:
            async with connect(address, ssl=_tls(self._connection)) as socket:
                await _say(socket, "join_room", room_id=self._room, user_id=self._name, user_name=self._name.title())
                await _admitted(socket)
                listening = asyncio.create_task(_listen(socket))
                try:
                    await self._report(socket, reports)
                    await _say(socket, "leave_room")
                finally:
                    listening.cancel()
        except websockets.InvalidStatus as error:
            raise CommandError(f"the server refuses ({error.response.status_code})") from None
        except (OSError, websockets.WebSocketException) as error:
            raise CommandError(f"cannot reach {self._connection.url}: {error}") from None

    async def _report(self, socket: ClientConnection, reports: int | None) -> None:
        opened = {"latency_ms": round(self._random.uniform(40, 400)), "timestamp": round(time.time() * 1000)}
        await _say(socket, "report_kv", report={"event": "camera_open", **opened})
        await _say(socket, "report_kv", report={"event": "first_video_frame", **opened})
        while reports is None or reports > 0:
            await _say(socket, "report_heartbeat", report=self.heartbeat())
            if self._random.random() < 0.05:
                await _say(socket, "chat", content=self._random.choice(("hello", "yes", "one moment")))
            if reports is not None:
                reports -= 1
            await asyncio.sleep(REPORT_SECONDS)

    def heartbeat(self) -> dict[str, Any]:
        """What a client would report. specs/monibuca-rooms.md §9.2."""
        self._beats += 1
        others = [name for name in self._people if name != self._name]
        return {
            "sdk_version": "demo",
            "upstream": self._direction(self._name),
            "downstream": [{"publisher_id": name, **self._direction(name)} for name in others],
            "device": {"terminal": "demo", "device_name": "simulated", "network_type": "wifi"},
        }

    def _direction(self, publisher: str) -> dict[str, Any]:
        """The line is as bad as that of the worse of both ends."""
        is_bad = self._people[1] in (self._name, publisher)
        wave = 1 + 0.3 * math.sin(self._beats / 4 + len(publisher))
        bitrate = round(1_200_000 * wave * (0.6 if is_bad else 1) * self._random.uniform(0.9, 1.1))
        freezes = int(is_bad and self._random.random() < 0.3)
        return {
            "video": {
                "bitrate": bitrate,
                "fps": round((14 if is_bad else 25) * self._random.uniform(0.9, 1.0), 1),
                "width": 640 if is_bad else 1280,
                "height": 360 if is_bad else 720,
                "codec": "VP8",
                "freeze_count": freezes,
                "freeze_duration_ms": freezes * self._random.randint(200, 900),
            },
            "audio": {"bitrate": 32_000, "codec": "opus"},
            "network": {
                "bitrate": bitrate + 32_000,
                "rtt_ms": round(self._random.uniform(20, 40) + 180 * is_bad, 1),
                "packet_loss": round(BAD_LOSS * self._random.uniform(0.7, 1.3) if is_bad else 0.001, 4),
                "jitter_ms": round(self._random.uniform(1, 5) + 20 * is_bad, 1),
            },
        }

    def _token(self) -> str:
        key, secret = self._connection.credentials()
        grant = Grant(identity=self._name, video=VideoGrant(room_join=True, room=self._room))
        return mint(grant, key, secret, TOKEN_SECONDS, time.time())


async def _say(socket: ClientConnection, action: str, **fields: Any) -> None:
    await socket.send(msgspec.json.encode({"action": action, **fields}).decode())


async def _admitted(socket: ClientConnection) -> None:
    """Raises CommandError for a refusal."""
    async for message in socket:
        answer = msgspec.json.decode(message, type=dict[str, Any])
        if answer["action"] == "room_joined":
            return
        if answer["action"] == "error":
            raise CommandError(f"the server refuses: {answer.get('message') or answer.get('code')}")


async def _listen(socket: ClientConnection) -> None:
    with contextlib.suppress(websockets.ConnectionClosed):
        async for _ in socket:
            pass


def _ws_url(url: str) -> str:
    return "ws" + http_url(url).removeprefix("http")


def _tls(connection: Connection) -> ssl.SSLContext | None:
    if not http_url(connection.url).startswith("https"):
        return None
    context = ssl.create_default_context()
    if connection.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
