"""Rooms of iroh peers: how soon fifty see each other, what each costs, and how soon one sees another's picture.

`python -m benchmarks.peers COUNT` is the crowd, in a process of its own: it prints a line of JSON each second, the last
one with seconds and bytes.
"""

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator

import psutil

from benchmarks import bridging
from benchmarks.driver import Driver
from benchmarks.metrics import Metric, Values
from benchmarks.servers import RunningServer
from roomful import p2p

PEERS = 50
WITHIN = 60.0
"""Seconds for anything to happen."""
LOOPBACK = bridging.LOOPBACK
FPS = 30


class PeersFailed(Exception):
    """Something did not happen in time."""


def measure(server: RunningServer, driver: Driver, window: float, joins: int) -> Values:
    """Everything about peers that is in the table.

    Raises:
        PeersFailed: peers do not find each other.
        BridgeFailed: a bridge does not do its work.
        DriverFailed: a participant does not get what comes over it.
    """
    seconds, memory = crowd(PEERS)
    return {
        Metric.PEERS_SEEN: seconds,
        Metric.PEER_MEMORY: memory / 1024,
        Metric.PEER_FIRST_FRAME: asyncio.run(_first_frame(joins)) * 1e3,
        Metric.BRIDGED_LATENCY: bridging.latency(server, driver, window) * 1e3,
        Metric.BRIDGED_CPU: bridging.cpu(server, window) * 100,
    }


def crowd(count: int) -> tuple[float, float]:
    """Seconds until so many peers who join at once see each other, and the bytes of each. Raises PeersFailed."""
    command = [sys.executable, "-m", "benchmarks.peers", str(count)]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(2 * WITHIN, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                last = line
                if "bytes" in line:
                    break
        finally:
            process.kill()
            watchdog.cancel()
    found = json.loads(last or "{}")
    if "bytes" not in found:
        raise PeersFailed(f"{count} peers do not see each other: {last.strip() or 'nothing was said'}")
    return found["seconds"], found["bytes"]


async def gather(count: int) -> None:
    """Let so many peers into a room, each told of the first alone, until all see all. Tells how it goes."""
    process = psutil.Process()
    async with contextlib.AsyncExitStack() as stack:
        host, first = await stack.enter_async_context(entered(None, "peer 0"))
        before = process.memory_full_info().uss
        began = time.perf_counter()
        enter = stack.enter_async_context
        others = await asyncio.gather(*(enter(entered((host, first), f"peer {number}")) for number in range(1, count)))
        rooms = [first, *(room for _, room in others)]
        seen = [0] * count
        telling = asyncio.create_task(_tell(seen, began))
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*(_see(room, seen, number) for number, room in enumerate(rooms)))
        seconds = time.perf_counter() - began
        telling.cancel()
        memory = process.memory_full_info().uss - before
        _print(seconds=seconds, bytes=memory / (count - 1))
        # Fifty goodbyes, one after the other, take longer than what is measured: whoever started this ends it.
        await asyncio.sleep(WITHIN)


@contextlib.asynccontextmanager
async def entered(host: tuple[p2p.Live, p2p.Room] | None, name: str) -> AsyncIterator[tuple[p2p.Live, p2p.Room]]:
    """A peer in the host's room, or in a new one."""
    async with p2p.Live.bind(LOOPBACK) as live:
        ticket = None
        if host is not None:
            live.add_peer_addr(host[0].addr())
            ticket = host[1].ticket()
        async with await live.join_room(ticket, display_name=name) as room:
            yield live, room


async def _see(room: p2p.Room, seen: list[int], number: int) -> None:
    while seen[number] < len(seen) - 1:
        match await room.recv():
            case p2p.PeerJoined():
                seen[number] += 1
            case p2p.PeerLeft():
                seen[number] -= 1
            case _:
                pass


async def _tell(seen: list[int], began: float) -> None:
    while True:
        await asyncio.sleep(1)
        _print(seconds=time.perf_counter() - began, fewest=min(seen), mean=statistics.mean(seen))


def _print(**facts: float) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def _first_frame(joins: int) -> float:
    """Median seconds from an endpoint being opened until it has the first frame of a camera in the room."""
    async with asyncio.timeout(WITHIN), entered(None, "camera") as host:
        camera = p2p.LocalBroadcast()
        config = p2p.VideoConfig(codec="avc3.42e028", coded_width=1920, coded_height=1080)
        writer = camera.add_video("video/h264-1080p", config)
        await host[1].publish("camera", camera)
        filming = asyncio.create_task(_film(writer))
        forgetting = asyncio.create_task(_forget(host[1]))
        try:
            return statistics.median([await _one_first_frame(host) for _ in range(joins)])
        finally:
            filming.cancel()
            forgetting.cancel()


async def _one_first_frame(host: tuple[p2p.Live, p2p.Room]) -> float:
    began = time.perf_counter()
    async with entered(host, "viewer") as (_, room):
        while True:
            match await room.recv():
                case p2p.BroadcastSubscribed(broadcast):
                    async with await broadcast.video() as track:
                        async for _ in track:
                            return time.perf_counter() - began
                case _:
                    pass


async def _film(writer: p2p.TrackWriter) -> None:
    number = 0
    while True:
        keyframe = number % FPS == 0
        writer.write(number * 1_000_000 // FPS, bytes(bridging.FRAME_BYTES), keyframe=keyframe)
        number += 1
        await asyncio.sleep(1 / FPS)


async def _forget(room: p2p.Room) -> None:
    async for _ in room:
        pass


if __name__ == "__main__":
    asyncio.run(gather(int(sys.argv[1])))
