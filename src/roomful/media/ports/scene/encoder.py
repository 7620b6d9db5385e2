"""Pictures and samples into packets, once for all who want the same."""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec
from av.audio.frame import AudioFrame
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame

from roomful.media.ports.recorder.libav import open_output
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.mix import to_pcm
from roomful.media.ports.scene.voice import RATE, Samples


class Encoded(msgspec.Struct, frozen=True, eq=False):
    """One packet. Times are in ns from the encoder's beginning; audio may begin before it, by its codec's delay."""

    is_audio: bool
    data: bytes
    at: int
    duration: int
    keyframe: bool


class _Encoder:
    """An encoder in a container that nobody keeps: it is what gives other containers the codec's parameters."""

    def __init__(self, codec: str, rate: int, options: dict[str, str], **settings: Any) -> None:
        # MP4 is a format that wants parameters outside of the packets, which all others can make do with.
        self._bench = open_output(io.BytesIO(), "webm" if codec == "libvpx" else "mp4")
        self._stream: Any = self._bench.add_stream(codec, rate, options=options)
        for name, value in settings.items():
            setattr(self._stream, name, value)
        self._bench.start_encoding()

    @property
    def parameters(self) -> bytes:
        """What a decoder needs before the first packet, where the packets do not have it: for H.264 as Annex B."""
        return self._stream.codec_context.extradata or b""

    @property
    def template(self) -> Stream:
        """For `add_stream_from_template`."""
        return self._stream

    def _packets(self, frame: Any, *, is_audio: bool) -> Iterator[Encoded]:
        for packet in self._stream.encode(frame):
            scale = packet.time_base * SECOND
            yield Encoded(
                is_audio, bytes(packet), round(packet.pts * scale), round(packet.duration * scale), packet.is_keyframe
            )


class VideoEncoder(_Encoder):
    """Pictures at a fixed rate; some may be left out."""

    def __init__(self, codec: str, width: int, height: int, fps: int, bitrate: int, options: dict[str, str]) -> None:
        base = Fraction(1, fps)
        super().__init__(
            codec, fps, options, width=width, height=height, pix_fmt="yuv420p", bit_rate=bitrate, time_base=base
        )
        self._base = base

    def encode(self, picture: VideoFrame, number: int, *, keyframe: bool = False) -> Iterator[Encoded]:
        """Encode the picture with this number; pictures that are left out are missing numbers."""
        picture.pts, picture.time_base = number, self._base
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        return self._packets(picture, is_audio=False)

    def flush(self) -> Iterator[Encoded]:
        """Return what was held back; nothing can be encoded after."""
        return self._packets(None, is_audio=False)


class AudioEncoder(_Encoder):
    """Stereo at 48 kHz, chunks of any length."""

    def __init__(self, codec: str, bitrate: int, options: dict[str, str] | None = None, *, position: int = 0) -> None:
        """`position` is the first sample's, for encoders that join later."""
        super().__init__(codec, RATE, options or {}, layout="stereo", bit_rate=bitrate)
        self._position = position

    def encode(self, samples: Samples) -> Iterator[Encoded]:
        """Encode what follows the samples before."""
        frame = AudioFrame.from_ndarray(to_pcm(samples), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._position, Fraction(1, RATE)
        self._position += len(samples)
        return self._packets(frame, is_audio=True)

    def flush(self) -> Iterator[Encoded]:
        """Return what was held back; nothing can be encoded after."""
        return self._packets(None, is_audio=True)


def h264(width: int, height: int, fps: int, bitrate: int, profile: str, keyframe_every: int) -> VideoEncoder:
    """Make an encoder that holds nothing back; `keyframe_every` is in pictures."""
    options = {
        "preset": "superfast",
        "profile": profile,
        # No look-ahead and no B-frames: what a killed worker had encoded is in its files.
        "tune": "zerolatency",
        "threads": "1" if width * height * fps <= 1280 * 720 * 30 else "2",
        "forced-idr": "1",
        "maxrate": str(bitrate * 3 // 2),
        "bufsize": str(bitrate * 2),
        "x264-params": f"keyint={keyframe_every}:scenecut=0",
    }
    return VideoEncoder("libx264", width, height, fps, bitrate, options)


def vp8(width: int, height: int, fps: int, bitrate: int, keyframe_every: int) -> VideoEncoder:
    """Make an encoder for live viewers; `keyframe_every` is in pictures."""
    options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "error-resilient": "1",
        "threads": "1" if width * height * fps <= 1280 * 720 * 30 else "2",
        "g": str(keyframe_every),
        "maxrate": str(bitrate * 3 // 2),
        "bufsize": str(bitrate),
    }
    return VideoEncoder("libvpx", width, height, fps, bitrate, options)
