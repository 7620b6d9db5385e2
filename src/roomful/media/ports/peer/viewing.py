"""A broadcast of somebody else: its best picture and sound, decoded and counted."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import av
import msgspec
import numpy as np
from av.audio.frame import AudioFrame
from av.error import FFmpegError
from av.video.frame import VideoFrame

from roomful.media.ports.bridge.h264 import BadAccessUnit, ToWebRtc
from roomful.media.ports.bridge.timeline import CaptureClock
from roomful.media.ports.frames import Codec
from roomful.p2p import AudioConfig, Catalog, IrohRoomsError, MediaFrame, RemoteBroadcast, VideoConfig

RETRY_SECONDS = 0.5
FULL_SCALE = 32768

_DECODERS = {Codec.H264: "h264", Codec.VP8: "vp8", Codec.OPUS: "libopus"}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a broadcast in a while."""

    pictures: int = 0
    """Decoded."""
    width: int = 0
    height: int = 0
    video_kbps: float = 0.0
    sounds: int = 0
    """Decoded packets."""
    peak: float = 0.0
    """Loudest sample, full scale is 1."""
    audio_kbps: float = 0.0
    broken: int = 0
    """Frames that could not be decoded."""
    seconds: float = 0.0
    """How long the while was."""


class Taken(msgspec.Struct, frozen=True):
    """A frame as it was encoded: H.264 as Annex B."""

    codec: Codec
    data: bytes
    keyframe: bool
    wall_ns: int
    """When it was captured, as far as can be told from when it came."""


def codec_of(config: VideoConfig | AudioConfig) -> Codec | None:
    """The codec of a rendition; None: it is not decoded here."""
    if isinstance(config, AudioConfig):
        return Codec.OPUS if config.codec == "opus" else None
    if config.codec.startswith(("avc1", "avc3")):
        return Codec.H264
    return Codec.VP8 if config.codec == "vp8" else None


class Viewing:
    """Follows the catalog of a broadcast and reads what is best of it, from `run` to the end of the broadcast."""

    def __init__(
        self,
        broadcast: RemoteBroadcast,
        *,
        on_frame: Callable[[Taken], None] = lambda frame: None,
        on_refusal: Callable[[str], None] = lambda what: None,
    ) -> None:
        """`on_frame` hears of every frame, `on_refusal` of each codec that is not decoded here, once."""
        self.broadcast = broadcast
        self._on_frame = on_frame
        self._on_refusal = on_refusal
        self._tracks: dict[str, asyncio.Task[None]] = {}
        self._refused: set[str] = set()
        self._counts = _Counts()

    async def run(self) -> None:
        """Read until the broadcast is over. Raises what `on_frame` raises."""
        async with asyncio.TaskGroup() as reading:
            async for catalog in self.broadcast.catalog_updates():
                self._follow(catalog, reading)
            for task in self._tracks.values():
                task.cancel()

    def seen(self) -> Seen:
        """What came since it was asked last."""
        counts, self._counts = self._counts, _Counts()
        return counts.summed_up()

    def _follow(self, catalog: Catalog, reading: asyncio.TaskGroup) -> None:
        wanted = {name for name in (self._best(catalog.video), self._best(catalog.audio)) if name is not None}
        for name in self._tracks.keys() - wanted:
            self._tracks.pop(name).cancel()
        for name in wanted - self._tracks.keys():
            self._tracks[name] = reading.create_task(self._read(name, is_video=name in catalog.video))

    def _best(self, renditions: dict[str, VideoConfig] | dict[str, AudioConfig]) -> str | None:
        readable = {name: config for name, config in renditions.items() if codec_of(config) is not None}
        if renditions and not readable:
            self._refuse(", ".join(sorted({config.codec for config in renditions.values()})))
        return max(readable, key=lambda name: _size(readable[name]), default=None)

    async def _read(self, name: str, *, is_video: bool) -> None:
        while True:
            try:
                track = await (self.broadcast.video(name) if is_video else self.broadcast.audio(name))
            except IrohRoomsError:
                return  # the catalog or the broadcast says the rest
            codec = codec_of(track.config)
            if codec is None:
                return  # it is another one than it was
            line = _Line(codec, track.config)
            async with track:
                async for frame in track:
                    taken = line.take(frame)
                    if taken is None:
                        self._counts.broken += 1
                        continue
                    self._on_frame(taken)
                    # Decoding a large picture takes milliseconds, in which nothing else would be heard.
                    await asyncio.to_thread(line.decode, taken, self._counts)
            # It broke off, and is offered still.
            await asyncio.sleep(RETRY_SECONDS)

    def _refuse(self, what: str) -> None:
        if what not in self._refused:
            self._refused.add(what)
            self._on_refusal(what)


def _size(config: VideoConfig | AudioConfig) -> tuple[int, int]:
    pixels = (config.coded_width or 0) * (config.coded_height or 0) if isinstance(config, VideoConfig) else 0
    return pixels, config.bitrate or 0


class _Line:
    """One rendition, from its frames to pictures or samples."""

    def __init__(self, codec: Codec, config: VideoConfig | AudioConfig) -> None:
        self._codec = codec
        self._h264 = ToWebRtc(config.description if isinstance(config, VideoConfig) else None)
        self._clock = CaptureClock()
        self._decoder: Any = av.CodecContext.create(_DECODERS[codec], "r")

    def take(self, frame: MediaFrame) -> Taken | None:
        data, keyframe = frame.payload, frame.keyframe or self._codec.is_audio
        if self._codec is Codec.H264:
            try:
                data, keyframe = self._h264.convert(frame.payload)
            except BadAccessUnit:
                return None
        if not data:
            return None
        return Taken(self._codec, data, keyframe, self._clock.captured(frame.timestamp_us, time.time_ns()))

    def decode(self, taken: Taken, counts: "_Counts") -> None:
        counts.heard(taken)
        try:
            for decoded in self._decoder.decode(av.Packet(taken.data)):
                counts.decoded(decoded)
        except (FFmpegError, ValueError):
            counts.broken += 1


class _Counts:
    def __init__(self) -> None:
        self._since = time.monotonic()
        self._bytes = {True: 0, False: 0}
        self._pictures, self._sounds, self._peak = 0, 0, 0.0
        self._size = (0, 0)
        self.broken = 0

    def heard(self, taken: Taken) -> None:
        self._bytes[taken.codec.is_audio] += len(taken.data)

    def decoded(self, frame: VideoFrame | AudioFrame) -> None:
        if isinstance(frame, VideoFrame):
            self._pictures += 1
            self._size = frame.width, frame.height
            return
        self._sounds += 1
        samples = frame.to_ndarray()
        if samples.size:
            scale = FULL_SCALE if samples.dtype == np.int16 else 1
            self._peak = max(self._peak, float(np.abs(samples.astype(np.float32)).max()) / scale)

    def summed_up(self) -> Seen:
        seconds = max(1e-3, time.monotonic() - self._since)
        return Seen(
            pictures=self._pictures,
            width=self._size[0],
            height=self._size[1],
            video_kbps=round(self._bytes[False] * 8 / 1000 / seconds, 1),
            sounds=self._sounds,
            peak=round(self._peak, 3),
            audio_kbps=round(self._bytes[True] * 8 / 1000 / seconds, 1),
            broken=self.broken,
            seconds=round(seconds, 2),
        )
