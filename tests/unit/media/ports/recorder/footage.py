"""Really encoded media with something to find in it: a flash each second, and a beep at the same instant."""

import functools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np

from roomful.media.ports.frames import Codec, Frame, TrackInfo, TrackStarted, encode

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
"""Wall time of the first instant of all footage."""

FPS = 25
FLASH_SECONDS = 0.12
RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)

ENCODERS: dict[Codec, tuple[str, dict[str, str]]] = {
    Codec.VP8: ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    Codec.VP9: ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    Codec.AV1: ("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1:lp=1"}),
    Codec.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
    Codec.H265: ("libx265", {"preset": "ultrafast", "tune": "zerolatency", "x265-params": "log-level=none:bframes=0"}),
}

Units = list[tuple[bytes, bool]]
"""Access units and whether each is a keyframe."""


@functools.cache
def video_units(
    codec: Codec,
    seconds: float,
    color: tuple[int, int, int] = RED,
    size: tuple[int, int] = (160, 120),
    keyframe_seconds: float = 1000,
) -> Units:
    """White for the first moment of each second, otherwise of one colour."""
    name, options = ENCODERS[codec]
    context: Any = av.CodecContext.create(name, "w")
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, FPS)
    context.framerate = Fraction(FPS)
    if codec is not Codec.AV1:
        context.bit_rate = 300_000
    context.gop_size = int(keyframe_seconds * FPS)
    context.max_b_frames = 0
    context.options = options
    units: Units = []
    for number in range(int(seconds * FPS)):
        flash = number % FPS < FLASH_SECONDS * FPS
        pixels = np.full((size[1], size[0], 3), (255, 255, 255) if flash else color, np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        units += [(bytes(packet), packet.is_keyframe) for packet in context.encode(frame)]
    units += [(bytes(packet), packet.is_keyframe) for packet in context.encode(None)]
    return units


@functools.cache
def opus_units(seconds: float) -> list[bytes]:
    """20 ms packets of stereo: 1 kHz for the first moment of each second, otherwise nothing."""
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = 48000, "stereo", "s16", 64000
    context.time_base = Fraction(1, 48000)
    times = np.arange(int(seconds * 48000)) / 48000
    tone = (np.sin(2 * np.pi * 1000 * times) * 12000 * (times % 1 < FLASH_SECONDS)).astype(np.int16)
    units: list[bytes] = []
    for number in range(int(seconds * 50)):
        mono = tone[number * 960 : (number + 1) * 960]
        frame = av.AudioFrame.from_ndarray(np.repeat(mono, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48000, number * 960
        units += [bytes(packet) for packet in context.encode(frame)]
    return units


def track(
    number: int, codec: Codec, *, identity: str = "alice", source: str = "", sid: str = "", session: str = "PA_1"
) -> TrackStarted:
    audio = codec.is_audio
    source = source or ("microphone" if audio else "camera")
    rate = {Codec.OPUS: 48000, Codec.PCMU: 8000, Codec.PCMA: 8000}.get(codec, 90000)
    channels = (2 if codec is Codec.OPUS else 1) if audio else 0
    return TrackStarted(number, codec, rate, channels, TrackInfo(sid or f"TR_{number}", session, identity, source))


def video(
    number: int,
    codec: Codec,
    seconds: float,
    *,
    at: float = 0.0,
    color: tuple[int, int, int] = RED,
    size: tuple[int, int] = (160, 120),
    keyframe_seconds: float = 1000,
) -> list[Frame]:
    """Frames of a video track, the first captured `at` seconds after `START`."""
    units = video_units(codec, seconds, color, size, keyframe_seconds)
    step = SECOND // FPS
    return [
        Frame(number, 1000 + index * 90000 // FPS, START + int(at * SECOND) + index * step, data, keyframe=key)
        for index, (data, key) in enumerate(units)
    ]


def opus(number: int, seconds: float, *, at: float = 0.0) -> list[Frame]:
    return [
        Frame(number, 5000 + index * 960, START + int(at * SECOND) + index * SECOND // 50, data, keyframe=True)
        for index, data in enumerate(opus_units(seconds))
    ]


def in_order(*tracks: list[Frame]) -> list[Frame]:
    """As the engine writes them: each when it was captured, roughly."""
    return sorted((frame for frames in tracks for frame in frames), key=lambda frame: frame.wall_ns)


def between(frames: list[Frame], start: float, end: float) -> list[Frame]:
    """Frames captured in these seconds after `START`."""
    return [frame for frame in frames if START + start * SECOND <= frame.wall_ns < START + end * SECOND]


def stream(*records: Any) -> Iterator[bytes]:
    for record in records:
        yield encode(record)
