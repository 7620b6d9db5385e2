"""Encoders of what workers send into rooms: what every browser decodes."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import msgspec
from av.audio.frame import AudioFrame
from av.video.frame import PictureType, VideoFrame

from roomful.media.ports.loudness import level_of
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.mix import to_pcm
from roomful.media.ports.scene.voice import RATE, Samples

KEYFRAME_SECONDS = 4
BITS_PER_PIXEL = 0.1
MIN_BITRATE = 150_000
AUDIO_BITRATE = 64_000


class Vp8Encoder:
    """Pictures to VP8 frames, one for one."""

    def __init__(self, width: int, height: int, fps: int) -> None:
        context: Any = av.CodecContext.create("libvpx", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, fps)
        context.bit_rate = max(MIN_BITRATE, round(width * height * fps * BITS_PER_PIXEL))
        context.gop_size = fps * KEYFRAME_SECONDS
        context.thread_count = 1
        context.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1"}
        self._context = context
        self._count = 0

    def encode(self, picture: VideoFrame, *, keyframe: bool) -> Iterator[tuple[bytes, bool]]:
        """Yield the frame of a picture, and whether it is a keyframe."""
        picture.pts, picture.time_base = self._count, self._context.time_base
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        self._count += 1
        for packet in self._context.encode(picture):
            yield bytes(packet), packet.is_keyframe


class H264Encoder:
    """Pictures to H.264 in Annex B, one for one, in the order they come."""

    def __init__(self, width: int, height: int, fps: int, *, keyframe_seconds: int = KEYFRAME_SECONDS) -> None:
        context: Any = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, 1000)
        context.framerate = Fraction(fps, 1)
        context.bit_rate = max(MIN_BITRATE, round(width * height * fps * BITS_PER_PIXEL))
        context.gop_size = fps * keyframe_seconds
        context.thread_count = 1
        context.options = {"preset": "superfast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"}
        self._context = context

    def encode(self, picture: VideoFrame, at_ms: int, *, keyframe: bool = False) -> Iterator[tuple[bytes, bool]]:
        """Yield the frame of a picture, and whether it is a keyframe; times must grow."""
        picture.pts, picture.time_base = at_ms, self._context.time_base
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        for packet in self._context.encode(picture):
            yield bytes(packet), packet.is_keyframe


class Sound(msgspec.Struct, frozen=True):
    """One packet of Opus."""

    data: bytes
    level: int
    """How loud it is, see `loudness`."""


class OpusEncoder:
    """20 ms of stereo at 48 kHz to one packet."""

    def __init__(self, bitrate: int = AUDIO_BITRATE, options: dict[str, str] | None = None) -> None:
        context: Any = av.CodecContext.create("libopus", "w")
        context.sample_rate, context.layout, context.format = RATE, "stereo", "s16"
        context.bit_rate = bitrate
        context.options = {"frame_duration": "20", "application": "audio"} | (options or {})
        self._context = context
        self._position = 0

    def encode(self, samples: Samples) -> Iterator[Sound]:
        frame = AudioFrame.from_ndarray(to_pcm(samples), format="s16", layout="stereo")
        yield from self.encode_frame(frame, level_of(samples))

    def encode_frame(self, frame: AudioFrame, level: int | None = None) -> Iterator[Sound]:
        """Yield the packets of 960 samples of interleaved 16-bit stereo, whose level is measured if it is not known."""
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._position, Fraction(1, RATE)
        self._position += frame.samples
        if level is None:
            level = level_of(frame.to_ndarray())
        for packet in self._context.encode(frame):
            yield Sound(bytes(packet), level)


def to_ns(pts: int, time_base: Fraction) -> int:
    return int(pts * time_base * SECOND)
