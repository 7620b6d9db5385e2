"""Times never go back, however unevenly media comes: RTP receivers would take that for a loss."""

import itertools
import socket
from collections.abc import Iterator
from typing import Any

import av
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from roomful.media.ports.frames import Frame, FrameDecoder
from roomful.media.ports.rtmp import publisher as publishing
from roomful.media.ports.rtmp.publisher import EARLY_NS, PICTURE, SOUND, SOUND_STRAY_NS, Publisher
from roomful.media.ports.rtmp.session import Audio, Video

START_NS = 1_700_000_000_000_000_000
AAC_MS = 1024 * 1000 / 48_000


def aac() -> Iterator[bytes]:
    """Bodies of FLV audio tags: the configuration, then silence without end."""
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "fltp"
    encoder.open()
    yield bytes([0xAF, 0]) + encoder.extradata
    silence: Any = AudioFrame("fltp", "stereo", 1024)
    silence.sample_rate = 48_000
    for plane in silence.planes:
        plane.update(bytes(plane.buffer_size))
    while True:
        silence.pts = None
        for packet in encoder.encode(silence):
            yield bytes([0xAF, 1]) + bytes(packet)


def avc() -> Iterator[bytes]:
    """Bodies of FLV video tags: the configuration, then pictures without end."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 64, 48, "yuv420p", 30
    encoder.options = {"tune": "zerolatency", "x264-params": "annexb=0"}
    encoder.flags |= 1 << 22  # global header: as FLV has it
    encoder.open()
    yield bytes([0x17, 0, 0, 0, 0]) + encoder.extradata
    number = 0
    while True:
        picture = VideoFrame(64, 48, "yuv420p")
        picture.pts, number = number, number + 1
        for packet in encoder.encode(picture):
            yield bytes([0x17 if packet.is_keyframe else 0x27, 1, 0, 0, 0]) + bytes(packet)


@pytest.mark.parametrize("stall_ms", [1500, 3000])
async def test_times_go_on_after_a_stall_that_the_publisher_makes_up_for(
    monkeypatch: pytest.MonkeyPatch, stall_ms: int
) -> None:
    """Two seconds in time, a stall, what was missed at once, and two seconds in time again."""
    now = START_NS
    monkeypatch.setattr(publishing.time, "time_ns", lambda: now)
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    pictures, sounds = avc(), aac()
    with ours, theirs:
        publisher = Publisher(ours)
        await publisher.video(Video(0, next(pictures)))
        await publisher.audio(Audio(0, next(sounds)))
        for number in range(round((4000 + stall_ms) / AAC_MS)):
            ms = round(number * AAC_MS)
            # Nothing comes from 2 s on, for as long as the stall; what was missed comes all together.
            now = START_NS + max(ms, 2000 + stall_ms if ms >= 2000 else 0) * 1_000_000
            await publisher.audio(Audio(ms, next(sounds)))
            if number % 2:
                await publisher.video(Video(ms, next(pictures)))
        ours.shutdown(socket.SHUT_WR)
        theirs.setblocking(False)
        decoder, frames = FrameDecoder(), list[Frame]()
        while data := theirs.recv(1 << 20):
            frames += [record for record in decoder.feed(data) if isinstance(record, Frame)]
    for track in (PICTURE, SOUND):
        times = [frame.wall_ns for frame in frames if frame.track == track]
        assert len(times) > 50
        assert all(later > earlier for earlier, later in itertools.pairwise(times))
        assert times[-1] == pytest.approx(now, abs=EARLY_NS + SOUND_STRAY_NS)
