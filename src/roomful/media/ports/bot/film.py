"""The pictures and the sound of a file, as frames that a browser can play."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeAlias, cast

import av
import msgspec
import numpy as np
from av.audio.resampler import AudioResampler
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from roomful.media.ports.bot.pattern import AUDIO_FRAME
from roomful.media.ports.encoding import H264Encoder, OpusEncoder, Vp8Encoder, to_ns
from roomful.media.ports.frames import Codec
from roomful.media.ports.loudness import level_of
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.voice import RATE
from roomful.media.ports.worker.states import Failed, Reason

AS_THEY_ARE = {"vp8": Codec.VP8, "vp9": Codec.VP9, "av1": Codec.AV1, "opus": Codec.OPUS}
"""Codecs that go through untouched; so does H.264 without B-frames, which WebRTC has no way to put in order."""

BROWSERS = frozenset({Codec.H264, *AS_THEY_ARE.values()})
"""What browsers play, and so need not be encoded anew."""

MAX_WIDTH = 1280
"""Of pictures that are encoded anew."""


Encode: TypeAlias = Callable[[VideoFrame, int, bool], Iterator[tuple[bytes, bool]]]
"""A picture, its time in ns and whether it is to be a keyframe, to frames and whether they are keyframes."""


class FilmFrame(msgspec.Struct, frozen=True):
    """A frame at a time of the film, in ns."""

    number: int
    at: int
    data: bytes
    keyframe: bool
    level: int | None = None
    """Of sound, see `loudness`."""


class Strip:
    """One stream of the film, and how its packets become frames."""

    def __init__(
        self,
        number: int,
        stream: Any,
        keyframe_wanted: Callable[[int], bool],
        volume: float = 1.0,
        taken: Collection[Codec] = BROWSERS,
    ) -> None:
        self.number = number
        self._volume = volume
        self.stream = stream
        self._keyframe_wanted = keyframe_wanted
        self._filter: Any = None
        name = stream.codec_context.name
        if AS_THEY_ARE.get(name) in taken and (stream.type == "video" or volume == 1.0):
            self.codec = AS_THEY_ARE[name]
            self._frames = self._opus_unchanged if self.codec is Codec.OPUS else self._unchanged
        elif name == "h264" and Codec.H264 in taken and not stream.codec_context.has_b_frames:
            self.codec, self._frames = Codec.H264, self._unchanged
            self._filter = BitStreamFilterContext("h264_mp4toannexb", stream)
        elif stream.type == "video":
            self.codec, self._frames = Codec.VP8 if Codec.VP8 in taken else Codec.H264, self._pictures
            self._prepare_pictures()
        else:
            self.codec, self._frames = Codec.OPUS, self._sound
            self._resampler = AudioResampler("s16", "stereo", RATE, AUDIO_FRAME)
            self._opus = OpusEncoder()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures in the file; zeros for sound."""
        context = self.stream.codec_context
        return (context.width, context.height) if self.stream.type == "video" else (0, 0)

    @property
    def sent_size(self) -> tuple[int, int]:
        """As `size`, of what `frames` gives."""
        return (self._width, self._height) if self._frames == self._pictures else self.size

    def frames(self, packet: Any) -> Iterator[FilmFrame]:
        """Yield the frames of a packet; the packet without data gives what was held back."""
        return self._frames(packet)

    def _unchanged(self, packet: Any) -> Iterator[FilmFrame]:
        for one in self._filter.filter(packet if packet.size else None) if self._filter else [packet]:
            if one.size and one.pts is not None:
                yield FilmFrame(self.number, to_ns(one.pts, one.time_base), bytes(one), one.is_keyframe)

    def _opus_unchanged(self, packet: Any) -> Iterator[FilmFrame]:
        """Decode it too, only to know how loud it is."""
        for frame in self._unchanged(packet):
            try:
                samples = [decoded.to_ndarray() for decoded in packet.decode()]
            except (FFmpegError, ValueError):
                samples = []
            level = min((level_of(one) for one in samples), default=None)
            yield msgspec.structs.replace(frame, level=level)

    def _prepare_pictures(self) -> None:
        context = self.stream.codec_context
        scale = min(1.0, MAX_WIDTH / context.width)
        self._width, self._height = (max(16, int(side * scale) & ~1) for side in (context.width, context.height))
        self._fps = min(30, max(1, round(self.stream.average_rate or 25)))
        self._encode = _encoder(self.codec, self._width, self._height, self._fps)
        self._reformatter = VideoReformatter()
        self._next_picture = 0

    def _pictures(self, packet: Any) -> Iterator[FilmFrame]:
        for decoded in packet.decode():
            at = to_ns(decoded.pts or 0, decoded.time_base)
            if at < self._next_picture:
                continue
            self._next_picture = at + SECOND // self._fps - SECOND // 200
            picture = self._reformatter.reformat(decoded, self._width, self._height, "yuv420p")
            for data, keyframe in self._encode(picture, at, self._keyframe_wanted(self.number)):
                yield FilmFrame(self.number, at, data, keyframe)

    def _sound(self, packet: Any) -> Iterator[FilmFrame]:
        for decoded in packet.decode():
            for piece in self._resampler.resample(decoded):
                if self._volume != 1.0:
                    _amplify(piece, self._volume)
                at = to_ns(piece.pts or 0, cast(Any, piece.time_base))
                for sound in self._opus.encode_frame(piece):
                    yield FilmFrame(self.number, at, sound.data, keyframe=True, level=sound.level)


def _encoder(codec: Codec, width: int, height: int, fps: int) -> Encode:
    if codec is Codec.VP8:
        vp8 = Vp8Encoder(width, height, fps)
        return lambda picture, at, keyframe: vp8.encode(picture, keyframe=keyframe)
    # Whoever takes no VP8 may be unable to ask for keyframes, too.
    h264 = H264Encoder(width, height, fps, keyframe_seconds=1)
    return lambda picture, at, keyframe: h264.encode(picture, at // 1_000_000, keyframe=keyframe)


class Film:
    """A file that is played once."""

    def __init__(
        self,
        path: str,
        keyframe_wanted: Callable[[int], bool],
        *,
        volume: float = 1.0,
        pictures: bool = True,
        taken: Collection[Codec] = BROWSERS,
    ) -> None:
        """Open it. `volume` is a factor; without `pictures` there is only the sound.

        What is in none of the codecs `taken` is encoded: sound as Opus, pictures as VP8, or H.264 where that is not.

        Raises:
            Failed: it cannot be read, or has neither pictures nor sound.
        """
        try:
            self._container = self._opened(path)
            streams = [*self._container.streams.video[: int(pictures)], *self._container.streams.audio[:1]]
            self.strips = [
                Strip(number, stream, keyframe_wanted, volume, taken) for number, stream in enumerate(streams)
            ]
        except (FFmpegError, OSError, ValueError) as error:
            raise Failed(Reason.BAD_INPUT, f"{path} cannot be played: {error}") from error
        if not self.strips:
            what = "neither pictures nor sound" if pictures else "no sound"
            raise Failed(Reason.BAD_INPUT, f"{path} has {what}")

    def frames(self) -> Iterator[FilmFrame]:
        """Yield the frames in the order of the file.

        Raises:
            Failed: the file breaks off.
        """
        strips = {strip.stream.index: strip for strip in self.strips}
        try:
            for packet in self._container.demux([strip.stream for strip in self.strips]):
                yield from strips[packet.stream.index].frames(packet)
        except (FFmpegError, OSError) as error:
            raise Failed(Reason.BAD_INPUT, f"the file breaks off: {error}") from error

    @property
    def duration(self) -> int:
        """In ns; 0: nobody knows."""
        return (self._container.duration or 0) * 1000

    def seek(self, at: int) -> None:
        """Let `frames` begin with the last keyframe before this time, in ns.

        Raises:
            Failed: there is no way to that place.
        """
        try:
            self._container.seek(at // 1000)
        except (FFmpegError, OSError) as error:
            raise Failed(Reason.BAD_INPUT, f"the film cannot be put elsewhere: {error}") from error

    def close(self) -> None:
        self._container.close()

    def _opened(self, path: str) -> InputContainer:
        # What the file names, as a playlist does, has to be a file too.
        return av.open(path, options={"protocol_whitelist": "file"})


def _amplify(piece: Any, volume: float) -> None:
    """Change the samples (s16) in place; what is too loud is clipped."""
    samples = np.frombuffer(piece.planes[0], np.int16)
    louder = np.clip(samples * volume, -32768, 32767).astype(np.int16)
    piece.planes[0].update(louder.tobytes())
