"""Bridges: what one takes for a peer's camera, and how much later its frames come than those of a participant."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import jwt
import numpy as np
import psutil
from av.video.frame import VideoFrame

from benchmarks.driver import Driver, DriverFailed, Load
from benchmarks.reports import Measured, Started
from benchmarks.servers import KEY, SECRET, Program, RunningServer, roomful
from roomful import p2p
from roomful.media.ports.peer import Player, film

ROOM = "bridged"
LOOPBACK = p2p.LiveConfig(preset="minimal", bind=("127.0.0.1:0",))
WITHIN = 60.0
"""Seconds for anything to happen."""
FILM_SECONDS, FPS, BITRATE = 4, 30, 4_000_000
SETTLE_SECONDS = 3.0

FRAME_BYTES = 6_000_000 // 8 // FPS
"""Of a stamped frame: 6 Mbit/s, as the film has."""
STAMP = b"load"
"""What the load driver's stamps begin with; a time in ns follows, and nothing after it."""


class BridgeFailed(Exception):
    """Something did not happen in time."""


def bridging() -> Program:
    """This checkout, whose rooms may be opened to peers on this machine."""
    settings = ["iroh.enabled=true", "iroh.offline=true", "iroh.bind=127.0.0.1"]
    arguments = [word for setting in settings for word in ("--set", setting)]
    plain = roomful()
    command: Callable[[Path], list[str]] = lambda config: [*plain.command(config), *arguments]  # noqa: E731
    return dataclasses.replace(plain, command=command)


def cpu(server: RunningServer, window: float) -> float:
    """Cores that a bridge's own process takes for one track of 1080p30 from a peer. Raises BridgeFailed."""
    return asyncio.run(_cpu(server, window))


def latency(server: RunningServer, driver: Driver, window: float) -> float:
    """Seconds that a frame of a peer's camera comes later to a participant than one of another participant's.

    From the frame being written, or its packet sent, to its last packet at the load driver; medians.

    Raises:
        DriverFailed: the participant could not join, or nothing came.
    """
    direct = _measured(driver.run(server, "direct", Load(video_publishers=1, subscribers=1, duration=window)))
    return (asyncio.run(_latency(server, driver, window)) - direct.latency_ms_p50) / 1e3


async def _latency(server: RunningServer, driver: Driver, window: float) -> float:
    epoch: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    load = Load(subscribers=1, warmup=SETTLE_SECONDS, duration=window)
    async with _opened(server) as bridge, bridge.peer() as room:
        camera = p2p.LocalBroadcast()
        config = p2p.VideoConfig(codec="vp8", coded_width=1920, coded_height=1080)
        writer = camera.add_video("video/vp8-1080p", config)
        await room.publish("camera", camera)
        writing = asyncio.create_task(_write_stamped(writer, epoch))
        loop = asyncio.get_running_loop()
        try:
            run = driver.run(server, ROOM, load)
            tell: Callable[[int], object] = lambda start: loop.call_soon_threadsafe(epoch.set_result, start)  # noqa: E731
            return (await asyncio.to_thread(_measured, run, tell)).latency_ms_p50
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def _write_stamped(writer: p2p.TrackWriter, epoch: asyncio.Future[int]) -> None:
    """Write what passes for VP8, each frame with the time it is written at its end."""
    start = await epoch
    began, number = time.perf_counter(), 0
    while True:
        keyframe = number % FPS == 0
        # RFC 6386 §9.1: the frame tag, and on keyframes start code and size.
        head = b"\x10\x02\x00\x9d\x01\x2a" + b"\x80\x07\x38\x04" if keyframe else b"\x11\x02\x00"
        body = head.ljust(FRAME_BYTES - 12, b"\xa5")
        stamp = STAMP + (time.time_ns() - start).to_bytes(8)
        writer.write(number * 1_000_000 // FPS, body + stamp, keyframe=keyframe)
        number += 1
        await asyncio.sleep(max(0.0, began + number / FPS - time.perf_counter()))


def _measured(
    run: contextlib.AbstractContextManager[Iterator[object]], started: Callable[[int], object] = lambda _: None
) -> Measured:
    with run as reports:
        for report in reports:
            match report:
                case Started(unix_ns=start):
                    started(start)
                case Measured(received_packets=received) if received:
                    return report
                case _:
                    pass
    raise DriverFailed("no packet arrived in the measuring window")


@dataclasses.dataclass(frozen=True)
class _Bridge:
    ticket: str
    endpoint: str
    workers: list[psutil.Process]

    @contextlib.asynccontextmanager
    async def peer(self) -> AsyncIterator[p2p.Room]:
        """A peer in its room."""
        async with p2p.Live.bind(LOOPBACK) as live:
            live.add_peer_addr(p2p.EndpointAddr.parse(self.endpoint))
            async with await live.join_room(self.ticket, display_name="camera") as room:
                yield room

    async def busy(self, window: float) -> float:
        """Cores that its process takes over so many seconds."""

        def seconds() -> float:
            times = [process.cpu_times() for process in self.workers]
            return sum(one.user + one.system for one in times)

        before, began = seconds(), time.perf_counter()
        await asyncio.sleep(window)
        return (seconds() - before) / (time.perf_counter() - began)


@contextlib.asynccontextmanager
async def _opened(server: RunningServer) -> AsyncIterator[_Bridge]:
    """Open the room to peers."""
    grants = {"iss": KEY, "sub": "bench", "exp": int(time.time()) + 600, "video": {"roomAdmin": True, "room": ROOM}}
    headers = {"authorization": f"Bearer {jwt.encode(grants, SECRET)}"}
    before = {child.pid for child in server.process.children(recursive=True)}
    async with httpx.AsyncClient(base_url=server.url.replace("ws", "http", 1), headers=headers, timeout=WITHIN) as http:
        answer = await http.put(f"/api/rooms/{ROOM}/bridge", json={"allow": ["*"]})
        answer.raise_for_status()
        opened: dict[str, Any] = answer.json()
        workers = [child for child in server.process.children(recursive=True) if child.pid not in before]
        yield _Bridge(opened["ticket"], opened["endpoint"], workers)
        await http.delete(f"/api/rooms/{ROOM}/bridge")


async def _cpu(server: RunningServer, window: float) -> float:
    path = server.folder / "film.mkv"
    _film(path)
    async with _opened(server) as bridge, bridge.peer() as room:
        idle = await bridge.busy(window / 2)
        player = Player(film(str(path)), loop=True)
        await p2p.RoomPublisherSync(room, player.sources).set_state(p2p.PublishOpts(camera=True))
        playing = asyncio.create_task(player.play())
        await asyncio.sleep(SETTLE_SECONDS)
        if not player.is_read(0):
            raise BridgeFailed("the bridge does not read the camera")
        loaded = await bridge.busy(window)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    return loaded - idle


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
