"""FFmpeg pushes to the worker: what comes out are frames that can be decoded, in real time."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import av
import pytest
from av.packet import Packet

from roomful.media.ports.frames import Codec, Frame, FrameDecoder, Record, Stop, TrackStarted
from roomful.media.ports.rtmp import Publishing, RtmpFailed, RtmpListener, RtmpPlan
from tests.ffmpeg_push import push

WITHIN = 30.0


@dataclass
class Studio:
    """A listener, and what came to it."""

    listener: RtmpListener
    asked: asyncio.Queue[Publishing] = field(default_factory=asyncio.Queue[Publishing])
    stopped: asyncio.Queue[tuple[int, str]] = field(default_factory=asyncio.Queue[tuple[int, str]])

    @property
    def port(self) -> int:
        return self.listener.status.port

    def url(self, key: str = "key") -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/{key}"

    async def frames(self, publishing: Publishing) -> list[Record]:
        """Accept, and read all that comes until the end."""
        decoder, records = FrameDecoder(), list[Record]()
        reader, writer = await asyncio.open_connection(
            sock=socket.socket(fileno=await self.listener.accept(publishing.stream))
        )
        try:
            async with asyncio.timeout(WITHIN):
                while data := await reader.read(65536):
                    records += decoder.feed(data)
        finally:
            writer.close()
        return records


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    listener = await RtmpListener.start(RtmpPlan(addresses=["127.0.0.1"], port=0))
    studio = Studio(listener)
    listener.on_publishing = studio.asked.put_nowait
    listener.on_stopped = lambda stream, reason: studio.stopped.put_nowait((stream, reason))
    yield studio
    await listener.stop()


def decoded(codec: Codec, frames: list[Frame]) -> list[Any]:
    """Everything decoded, nothing left out."""
    decoder: Any = av.CodecContext.create({Codec.H264: "h264", Codec.OPUS: "opus"}[codec], "r")
    packets = [Packet(frame.data) for frame in frames]
    return [picture for packet in [*packets, None] for picture in decoder.decode(packet)]


@pytest.mark.parametrize("b_frames", [False, True], ids=["as it is", "with B-frames, encoded anew"])
async def test_what_ffmpeg_pushes_comes_as_frames(studio: Studio, b_frames: bool) -> None:
    # No long look ahead: what comes in one burst at the beginning is not spread over time.
    options = ("-bf", "2", "-rc-lookahead", "0", "-threads", "1") if b_frames else ("-tune", "zerolatency")
    async with push(studio.url("the-key?token=1"), *options, seconds=3):
        publishing = await asyncio.wait_for(studio.asked.get(), WITHIN)
        assert (publishing.app, publishing.key, publishing.address) == ("live", "the-key?token=1", "127.0.0.1")
        records = await studio.frames(publishing)
    started = {one.track: one for one in records if isinstance(one, TrackStarted)}
    assert {(one.codec, one.info.source) for one in started.values()} == {
        (Codec.H264, "camera"),
        (Codec.OPUS, "microphone"),
    }
    assert isinstance(records[-1], Stop)
    assert await asyncio.wait_for(studio.stopped.get(), WITHIN) == (publishing.stream, "")
    for number, track in started.items():
        frames = [one for one in records if isinstance(one, Frame) and one.track == number]
        assert frames[0].keyframe
        times = [one.wall_ns for one in frames]
        assert times == sorted(times)
        assert (times[-1] - times[0]) / 1e9 == pytest.approx(3, abs=0.4)
        assert abs(frames[-1].rtp_time - frames[0].rtp_time - 3 * track.clock_rate) < track.clock_rate // 2
        pictures = decoded(track.codec, frames)
        assert len(pictures) >= len(frames) - 3


async def test_who_is_refused_is_told_and_others_go_on(studio: Studio) -> None:
    async with push(studio.url("wrong")) as refused:
        publishing = await asyncio.wait_for(studio.asked.get(), WITHIN)
        await studio.listener.refuse(publishing.stream, "no such stream key")
        assert await asyncio.wait_for(refused.wait(), WITHIN) != 0
    async with push(studio.url(), "-tune", "zerolatency", seconds=1):
        publishing = await asyncio.wait_for(studio.asked.get(), WITHIN)
        assert len(await studio.frames(publishing)) > 10


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x03" + os.urandom(8000), b""])
async def test_garbage_costs_only_who_sends_it(studio: Studio, garbage: bytes) -> None:
    async with push(studio.url(), "-tune", "zerolatency", seconds=2):
        publishing = await asyncio.wait_for(studio.asked.get(), WITHIN)
        reading = asyncio.create_task(studio.frames(publishing))
        reader, writer = await asyncio.open_connection("127.0.0.1", studio.port)
        writer.write(garbage)
        writer.write_eof()
        async with asyncio.timeout(WITHIN):
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
        writer.close()
        assert len(await reading) > 40


async def test_a_room_that_is_gone_ends_the_publisher(studio: Studio) -> None:
    async with push(studio.url(), "-tune", "zerolatency", seconds=30) as process:
        publishing = await asyncio.wait_for(studio.asked.get(), WITHIN)
        os.close(await studio.listener.accept(publishing.stream))
        stream, reason = await asyncio.wait_for(studio.stopped.get(), WITHIN)
        assert stream == publishing.stream
        assert reason
        await asyncio.wait_for(process.wait(), WITHIN)


async def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RtmpFailed, match=str(port)):
            await RtmpListener.start(RtmpPlan(addresses=["127.0.0.1"], port=port))
