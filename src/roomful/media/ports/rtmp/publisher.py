"""The media of one publisher on its way to the engine."""

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import av
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from av.packet import Packet

from roomful.media.ports.encoding import H264Encoder, OpusEncoder, Sound
from roomful.media.ports.frames import Codec, Frame, Record, Stop, TrackInfo, TrackStarted, encode
from roomful.media.ports.rtmp.flv import AvcReader, BadFlv, Picture, read_audio
from roomful.media.ports.rtmp.session import Audio, Video

PICTURE, SOUND = 0, 1
OPUS_SAMPLES = 960
RATE = 48_000
LATE_NS = 1_000_000_000
"""How late media may come before its time is taken anew: networks and machines have hiccups."""

EARLY_NS = 500_000_000
"""How early media may come: encoders begin with a burst. More means that its time was taken anew in a hiccup."""

SOUND_STRAY_NS = 100_000_000
"""How far sound may be from its time before it is put there: rounding to ms makes less."""

ASSUMED_FPS = 30


class MediaClock:
    """Places the publisher's ms on our wall clock.

    Times go back when that turns out wrong: what was held up counts as late, and then the publisher makes up for it.
    """

    def __init__(self) -> None:
        self._base_ns: int | None = None

    def wall_ns(self, ms: int) -> int:
        now = time.time_ns()
        if self._base_ns is None or not -LATE_NS <= self._base_ns + ms * 1_000_000 - now <= EARLY_NS:
            self._base_ns = now - ms * 1_000_000
        return self._base_ns + ms * 1_000_000


class Publisher:
    """H.264 goes through as it is, but for B-frames, which WebRTC cannot carry: then it is encoded anew."""

    def __init__(self, output: socket.socket) -> None:
        output.setblocking(False)
        self._output = output
        self._clock = MediaClock()
        self._avc = AvcReader()
        self._anew: _Anew | None = None
        self._sound = _Sound()
        self._last_picture_ns = 0
        self._started: set[int] = set()

    async def video(self, message: Video) -> None:
        """Pass on a picture.

        Raises:
            BadFlv: it cannot be used.
            OSError: the room takes no more.
        """
        picture = self._avc.read(message.data)
        if picture is None:
            return
        await self._start(PICTURE, Codec.H264, TrackInfo(source="camera"), 0)
        if self._anew is None and picture.shown_after == 0:
            await self._send_picture(message.time, picture.data, picture.keyframe)
            return
        if self._anew is None:
            self._anew = _Anew()
        # Off the loop: the other publishers of this process go on meanwhile.
        for at, data, keyframe in await asyncio.to_thread(self._anew.encode, message.time, picture):
            await self._send_picture(at, data, keyframe)

    async def audio(self, message: Audio) -> None:
        """Pass on sound.

        Raises:
            BadFlv: it cannot be used.
            OSError: the room takes no more.
        """
        for at_ns, packet in self._sound.encode(message.data, self._clock.wall_ns(message.time)):
            await self._start(SOUND, Codec.OPUS, TrackInfo(source="microphone"), 2)
            rtp_time = at_ns * RATE // 1_000_000_000
            await self._send(Frame(SOUND, rtp_time, at_ns, packet.data, keyframe=True, level=packet.level))

    async def stop(self) -> None:
        """Say that this is all.

        Raises:
            OSError: nobody listens any more.
        """
        await self._send(Stop())

    async def _send_picture(self, ms: int, data: bytes, keyframe: bool) -> None:
        # Every picture builds on the one before, so that none can be left out when times go back.
        wall_ns = max(self._clock.wall_ns(ms), self._last_picture_ns + 1_000_000)
        self._last_picture_ns = wall_ns
        await self._send(Frame(PICTURE, wall_ns * 9 // 100_000, wall_ns, data, keyframe=keyframe))

    async def _start(self, number: int, codec: Codec, info: TrackInfo, channels: int) -> None:
        if number not in self._started:
            self._started.add(number)
            await self._send(TrackStarted(number, codec, codec.clock_rate, channels, info))

    async def _send(self, record: Record) -> None:
        await asyncio.get_running_loop().sock_sendall(self._output, encode(record))


class _Anew:
    """Pictures decoded into the order in which they are shown, and encoded in that."""

    def __init__(self) -> None:
        self._decoder: Any = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        self._encoder: H264Encoder | None = None
        self._last = -1

    def encode(self, decoded_at: int, picture: Picture) -> list[tuple[int, bytes, bool]]:
        """Return encoded pictures with the ms at which they are shown."""
        packet = Packet(picture.data)
        packet.pts = decoded_at + picture.shown_after
        packet.dts = decoded_at
        try:
            frames: list[Any] = self._decoder.decode(packet)
        except FFmpegError:
            return []  # until the next keyframe
        encoded: list[tuple[int, bytes, bool]] = []
        for frame in frames:
            at = int(frame.pts or 0)
            if at <= self._last:
                continue
            self._last = at
            if self._encoder is None:
                self._encoder = H264Encoder(frame.width, frame.height, ASSUMED_FPS)
            encoded += [(at, data, keyframe) for data, keyframe in self._encoder.encode(frame, at)]
        return encoded


class _Sound:
    """AAC or MP3 to Opus."""

    def __init__(self) -> None:
        self._decoder: Any = None
        self._resampler = AudioResampler("s16", "stereo", RATE, OPUS_SAMPLES)
        self._opus = OpusEncoder()
        self._next_ns: int | None = None

    def encode(self, body: bytes, wall_ns: int) -> Iterator[tuple[int, Sound]]:
        """Yield Opus packets with the wall time at which they begin.

        Raises:
            BadFlv: it is not sound.
        """
        codec, configuration, data = read_audio(body)
        try:
            if configuration is not None or (self._decoder is None and codec == "mp3"):
                self._decoder = av.CodecContext.create(codec, "r")
                self._decoder.extradata = configuration
            if self._decoder is None or not data:
                return
            if self._next_ns is None or wall_ns - self._next_ns > SOUND_STRAY_NS:
                self._next_ns = wall_ns
            elif self._next_ns - wall_ns > SOUND_STRAY_NS:
                return  # there has been sound, or silence, for that time already
            for decoded in self._decoder.decode(Packet(data)):
                decoded.pts = None
                for piece in self._resampler.resample(decoded):
                    for packet in self._opus.encode_frame(piece):
                        yield self._next_ns, packet
                        self._next_ns += OPUS_SAMPLES * 1_000_000_000 // RATE
        except (FFmpegError, ValueError) as error:
            raise BadFlv(f"sound that cannot be decoded: {error}") from error
