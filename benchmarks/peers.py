"""Rooms of iroh peers: how soon fifty see each other, what each costs, and what a bridge costs.

`python -m benchmarks.peers COUNT` is the crowd, in a process of its own: it prints seconds and bytes.
"""

import asyncio
import contextlib
import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import httpx
import jwt
import numpy as np
import psutil
from av.video.frame import VideoFrame

from benchmarks.metrics import Metric, Values
from benchmarks.servers import KEY, SECRET, Program, RunningServer, roomful
from roomful import p2p
from roomful.media.ports.peer import Player, film

ROOM = "peers"
PEERS = 50
WITHIN = 60.0
"""Seconds for anything to happen."""
LOOPBACK = p2p.LiveConfig(preset="minimal", bind=("127.0.0.1:0",))
FILM_SECONDS, FPS, BITRATE = 4, 30, 4_000_000
SETTLE_SECONDS = 3.0


class PeersFailed(Exception):
    """Something did not happen in time."""


def bridging() -> Program:
    """This checkout, whose rooms may be opened to peers on this machine."""
    settings = ["iroh.enabled=true", "iroh.offline=true", "iroh.bind=127.0.0.1"]
    arguments = [word for setting in settings for word in ("--set", setting)]
    plain = roomful()
    command: Callable[[Path], list[str]] = lambda config: [*plain.command(config), *arguments]  # noqa: E731
    return dataclasses.replace(plain, command=command)


def measure(server: RunningServer, window: float) -> Values:
    """Everything about peers that is in the table. Raises PeersFailed."""
    command = [sys.executable, "-m", "benchmarks.peers", str(PEERS)]
    crowd = subprocess.run(command, capture_output=True, text=True, check=False, timeout=4 * WITHIN)
    if crowd.returncode:
        raise PeersFailed(crowd.stderr[-2000:])
    found = json.loads(crowd.stdout)
    return {
        Metric.PEERS_SEEN: found["seconds"],
        Metric.PEER_MEMORY: found["bytes"] / 1024,
        Metric.BRIDGED_CPU: asyncio.run(_bridge(server, window)) * 100,
    }


async def crowd(count: int) -> dict[str, float]:
    """Let so many peers into a room, each told of the first alone: seconds until all see all, and bytes for each."""
    process = psutil.Process()
    async with contextlib.AsyncExitStack() as stack:
        host, first = await _enter(stack, None, 0)
        before = process.memory_full_info().uss
        began = time.perf_counter()
        others = await asyncio.gather(*(_enter(stack, (host, first), number) for number in range(1, count)))
        rooms = [first, *(room for _, room in others)]
        await asyncio.gather(*(_sees(room, count - 1) for room in rooms))
        seconds = time.perf_counter() - began
        memory = process.memory_full_info().uss - before
    return {"seconds": seconds, "bytes": memory / (count - 1)}


async def _enter(
    stack: contextlib.AsyncExitStack, host: tuple[p2p.Live, p2p.Room] | None, number: int
) -> tuple[p2p.Live, p2p.Room]:
    live = await stack.enter_async_context(p2p.Live.bind(LOOPBACK))
    ticket = None
    if host is not None:
        live.add_peer_addr(host[0].addr())
        ticket = host[1].ticket()
    return live, await stack.enter_async_context(await live.join_room(ticket, display_name=f"peer {number}"))


async def _sees(room: p2p.Room, count: int) -> None:
    async with asyncio.timeout(WITHIN):
        while len(room.peers) < count:
            await room.recv()


async def _bridge(server: RunningServer, window: float) -> float:
    """The cores that the bridge's process takes for one track of 1080p30 from a peer."""
    path = server.folder / "film.mkv"
    _film(path)
    grants = {"iss": KEY, "sub": "bench", "exp": int(time.time()) + 600, "video": {"roomAdmin": True, "room": ROOM}}
    headers = {"authorization": f"Bearer {jwt.encode(grants, SECRET)}"}
    before = {child.pid for child in server.process.children(recursive=True)}
    async with httpx.AsyncClient(base_url=server.url.replace("ws", "http", 1), headers=headers, timeout=WITHIN) as http:
        answer = await http.put(f"/api/rooms/{ROOM}/bridge", json={"allow": ["*"]})
        answer.raise_for_status()
        opened: dict[str, Any] = answer.json()
        workers = [child for child in server.process.children(recursive=True) if child.pid not in before]
        async with p2p.Live.bind(LOOPBACK) as live:
            live.add_peer_addr(p2p.EndpointAddr.parse(opened["endpoint"]))
            async with await live.join_room(opened["ticket"], display_name="camera") as room:
                idle = await _busy(workers, window / 2)
                player = Player(film(str(path)), loop=True)
                await p2p.RoomPublisherSync(room, player.sources).set_state(p2p.PublishOpts(camera=True))
                playing = asyncio.create_task(player.play())
                await asyncio.sleep(SETTLE_SECONDS)
                if not player.is_read(0):
                    raise PeersFailed("the bridge does not read the camera")
                loaded = await _busy(workers, window)
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
        await http.delete(f"/api/rooms/{ROOM}/bridge")
    return loaded - idle


async def _busy(processes: list[psutil.Process], window: float) -> float:
    """Cores that these take over so many seconds."""

    def seconds() -> float:
        times = [process.cpu_times() for process in processes]
        return sum(one.user + one.system for one in times)

    before, began = seconds(), time.perf_counter()
    await asyncio.sleep(window)
    return (seconds() - before) / (time.perf_counter() - began)


def _film(path: Path) -> None:
    """Noise at 1080p30, so that it has the bits of a camera, with a keyframe each second and no B-frames."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
        video: Any = container.add_stream("libx264", FPS, options=options)
        video.width, video.height, video.pix_fmt, video.bit_rate = 1920, 1080, "yuv420p", BITRATE
        video.codec_context.gop_size = FPS
        noise = np.random.default_rng(1).integers(16, 235, (1620, 1920), np.uint8)
        for number in range(FILM_SECONDS * FPS):
            picture = noise.copy()
            picture[:1080] = np.roll(noise[:1080], 8 * number, axis=1)
            container.mux(video.encode(VideoFrame.from_ndarray(picture, "yuv420p")))
        container.mux(video.encode(None))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(crowd(int(sys.argv[1])))))
