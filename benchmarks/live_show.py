"""A live show with a large audience: how long until everybody hears of a gift. specs/monibuca-rooms.md §14 (23).

Most of the audience only takes what comes, and counts frames; some listeners read every message. Senders, listeners and
server share the machine, so that what is measured includes the time in which the machine does the audience's work.
"""

import asyncio
import contextlib
import itertools
import json
import os
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.processes import cpu_seconds
from benchmarks.servers import KEY, SECRET, RunningServer

ROOM = "bench-show"
STREAMER = "host"
SENDERS = 10
LISTENERS = 20
JOINING_AT_ONCE = 50
HEARTBEAT_SECONDS = 10.0
HEARTBEAT_TURNS = 100
"""Each time another hundredth of the audience."""
HEARTBEAT = '{"action": "heartbeat"}'


@dataclass(frozen=True)
class Heard:
    """What a measuring window saw."""

    latency_ms_p50: float
    latency_ms_p95: float
    """From the moment a gift is sent to the moment a listener has read of it."""
    gifts_per_second: float
    delivered: float
    """Share of the listeners' messages that came."""
    cpu: float
    """CPU seconds of the server per second."""


@dataclass(frozen=True)
class Crowd:
    """What a room costs whose audience is large and silent."""

    joins_per_second: float
    cpu_per_join: float
    """Seconds of the server."""
    cpu: float
    """CPU seconds of the server per second, with everybody's heartbeats answered."""


@dataclass
class _Window:
    sent: dict[str, float] = field(default_factory=dict[str, float])
    """Gift record id → when it was sent."""
    heard: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """Gift record id, and when a listener heard of it."""


def measure(server: RunningServer, viewers: int, gifts: float, warmup: float, seconds: float) -> Heard:
    """Have `viewers` watch a show in which so many gifts are given per second."""
    return asyncio.run(_measure(server, viewers, gifts, warmup, seconds))


def measure_crowd(server: RunningServer, viewers: int, warmup: float, seconds: float) -> Crowd:
    """Let so many viewers into a show in which nothing happens."""
    return asyncio.run(_measure_crowd(server, viewers, warmup, seconds))


async def _measure_crowd(server: RunningServer, viewers: int, warmup: float, seconds: float) -> Crowd:
    async with contextlib.AsyncExitStack() as audience:
        await _begin(server, audience)
        began, cpu = time.perf_counter(), cpu_seconds(server.process)
        await _fill(server, viewers, audience)
        took, joining = time.perf_counter() - began, cpu_seconds(server.process) - cpu
        await asyncio.sleep(warmup)
        began, cpu = time.perf_counter(), cpu_seconds(server.process)
        await asyncio.sleep(seconds)
        idle = (cpu_seconds(server.process) - cpu) / (time.perf_counter() - began)
        await _check_present(server, viewers)
    return Crowd(joins_per_second=viewers / took, cpu_per_join=joining / viewers, cpu=idle)


async def _begin(server: RunningServer, audience: contextlib.AsyncExitStack) -> None:
    """Open the show and go live."""
    async with httpx.AsyncClient(base_url=server.url.replace("ws", "http", 1)) as http:
        show = {"room_id": ROOM, "streamer_id": STREAMER, "streamer_name": "Host"}
        (await http.post("/live/rooms", json=show)).raise_for_status()
    host = await audience.enter_async_context(_member(server, STREAMER))
    await host.send('{"action": "start_live"}')
    audience.enter_context(_task(_drain(host)))


async def _check_present(server: RunningServer, viewers: int) -> None:
    """Raises RuntimeError when the server has lost some."""
    async with httpx.AsyncClient(base_url=server.url.replace("ws", "http", 1)) as http:
        present = (await http.get(f"/live/rooms/{ROOM}")).json()["data"]["viewer_count"]
    if present != viewers:
        raise RuntimeError(f"{present} of {viewers} viewers have stayed")


async def _measure(server: RunningServer, viewers: int, gifts: float, warmup: float, seconds: float) -> Heard:
    window = _Window()
    async with contextlib.AsyncExitStack() as audience:
        await _begin(server, audience)
        listeners = [f"listener-{number}" for number in range(LISTENERS)]
        for name in listeners:
            audience.enter_context(_task(_listen(await audience.enter_async_context(_member(server, name)), window)))
        senders = [await audience.enter_async_context(_member(server, f"sender-{n}")) for n in range(SENDERS)]
        onlookers = await _fill(server, viewers - LISTENERS - SENDERS, audience)
        for sender in senders:
            audience.enter_context(_task(_give(sender, gifts / SENDERS, window)))
        await asyncio.sleep(warmup)
        began, cpu = time.perf_counter(), cpu_seconds(server.process)
        await asyncio.sleep(seconds)
        ended, cpu = time.perf_counter(), cpu_seconds(server.process) - cpu
        await asyncio.sleep(2)  # what is still under way
        await _check_present(server, viewers)
    if min(onlooker.gifts for onlooker in onlookers) < 0.9 * len(window.sent):
        raise RuntimeError("some of the audience did not hear of the gifts")
    return _evaluate(window, began, ended, cpu)


def _evaluate(window: _Window, began: float, ended: float, cpu: float) -> Heard:
    sent = {name: at for name, at in window.sent.items() if began <= at < ended}
    latencies = [(at - sent[name]) * 1e3 for name, at in window.heard if name in sent]
    if len(latencies) < 2:
        raise RuntimeError("no gift was heard of in the measuring window")
    cuts = statistics.quantiles(latencies, n=20)
    return Heard(
        latency_ms_p50=cuts[9],
        latency_ms_p95=cuts[18],
        gifts_per_second=len(sent) / (ended - began),
        delivered=len(latencies) / (len(sent) * LISTENERS),
        cpu=cpu / (ended - began),
    )


@contextlib.asynccontextmanager
async def _member(server: RunningServer, name: str) -> AsyncIterator[ClientConnection]:
    async with connect(_address(server, name), max_size=None, compression=None, max_queue=None) as socket:
        await socket.send(_joining(name))
        while json.loads(await socket.recv())["action"] != "room_joined":
            pass
        with _task(_stay_alive(socket)):
            yield socket


async def _stay_alive(socket: ClientConnection) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await socket.send(HEARTBEAT)


async def _drain(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def _listen(socket: ClientConnection, window: _Window) -> None:
    async for text in socket:
        at = time.perf_counter()
        message = json.loads(text)
        if message["action"] == "gift_received":
            window.heard.append((message["gift_record_id"], at))


async def _give(socket: ClientConnection, per_second: float, window: _Window) -> None:
    """Give a rose at an even pace, whatever becomes of it; the acknowledgement says which record it is."""
    sent: dict[int, float] = {}

    async def read() -> None:
        async for text in socket:
            message = json.loads(text)
            if message["action"] == "ack" and "gift_record_id" in message:
                window.sent[message["gift_record_id"]] = sent.pop(message["seq"])

    with _task(read()):
        began = time.perf_counter()
        for number in itertools.count():
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            sent[number] = time.perf_counter()
            await socket.send(json.dumps({"action": "send_gift", "gift_id": "rose", "seq": number}))


class _Onlooker(asyncio.Protocol):
    """A viewer that joins and takes what comes: as little of this process's time as can be."""

    def __init__(self, path: str, name: str) -> None:
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gifts = 0
        """Heard of; one whose name is cut in two by the network is missed."""
        self._path = path
        self._name = name
        self._transport: asyncio.Transport
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        head = f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        transport.write(
            f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.gifts += data.count(b'"gift_received"')
        if not self._upgraded:
            self._upgraded = True
            self.say(_joining(self._name))
        elif not self.joined.done() and b"room_joined" in data:
            self.joined.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.joined.done():
            self.joined.set_exception(exc or ConnectionError("closed before it had joined"))

    def say(self, text: str) -> None:
        payload, mask = text.encode(), os.urandom(4)
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._transport.write(b"\x81" + length + mask + masked)

    def close(self) -> None:
        self._transport.close()


async def _fill(server: RunningServer, count: int, audience: contextlib.AsyncExitStack) -> list[_Onlooker]:
    """Let so many onlookers in, and keep them alive."""
    onlookers: list[_Onlooker] = []
    loop = asyncio.get_running_loop()
    port = int(server.url.rpartition(":")[2])

    async def enter(number: int) -> None:
        name = f"viewer-{number}"
        path = "/" + _address(server, name).split("/", 3)[3]
        _, onlooker = await loop.create_connection(lambda: _Onlooker(path, name), "127.0.0.1", port)
        audience.callback(onlooker.close)
        await onlooker.joined
        onlookers.append(onlooker)

    async def stay_alive() -> None:
        for turn in itertools.count():
            for onlooker in onlookers[turn % HEARTBEAT_TURNS :: HEARTBEAT_TURNS]:
                onlooker.say(HEARTBEAT)
            await asyncio.sleep(HEARTBEAT_SECONDS / HEARTBEAT_TURNS)

    audience.enter_context(_task(stay_alive()))
    for first in range(0, count, JOINING_AT_ONCE):
        await asyncio.gather(*(enter(number) for number in range(first, min(count, first + JOINING_AT_ONCE))))
    return onlookers


@contextlib.contextmanager
def _task(work: Any) -> Any:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()


def _address(server: RunningServer, name: str) -> str:
    claims = {"iss": KEY, "sub": name, "exp": time.time() + 3600, "video": {"roomJoin": True, "room": ROOM}}
    return f"{server.url}/room/{ROOM}?token={jwt.encode(claims, SECRET, 'HS256')}"


def _joining(name: str) -> str:
    return json.dumps({"action": "join_room", "room_id": ROOM, "user_id": name, "user_name": name})
