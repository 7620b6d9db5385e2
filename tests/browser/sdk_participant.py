"""A participant on LiveKit's Python SDK that looks, listens, and shows something easy to recognise."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import numpy as np
from livekit import rtc

SAMPLE_RATE = 48_000
FRAME_SAMPLES = SAMPLE_RATE // 100
PATTERN_SIZE = (640, 360)
PATTERN_RATE = 15.0
"""Frames per second."""
PATTERN_COLOUR = (70, 84, 170)
"""Red, green, blue of most of the pattern; a white bar wanders over it."""
STILL = 0.5
"""Mean change of brightness, of 255, from one frame to the next below which a picture stands still."""


class Watched(msgspec.Struct):
    """What came of one participant's video so far."""

    frames: int = 0
    changes: int = 0
    """Frames that differ from the one before."""
    size: tuple[int, int] = (0, 0)
    deviation: float = 0.0
    """Standard deviation of the brightness in the latest frame; a picture of one colour has none."""


class Heard(msgspec.Struct):
    """What came of one participant's audio so far."""

    frames: int = 0
    loudest: float = 0.0
    """Largest root mean square of one frame, full scale 1."""


class SdkParticipant:
    """In a room, watching and listening to everybody. Made by `join`."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.watched: dict[str, Watched] = {}
        """By identity."""
        self.heard: dict[str, Heard] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.room.on("track_subscribed", self._on_track)

    @classmethod
    @asynccontextmanager
    async def join(cls, url: str, token: str) -> AsyncIterator["SdkParticipant"]:
        """Enters a room by its server's WebSocket address, and leaves it afterwards. Raises rtc.ConnectError."""
        participant = cls()
        await participant.room.connect(url, token)
        try:
            yield participant
        finally:
            for task in participant._tasks:
                task.cancel()
            await asyncio.gather(*participant._tasks, return_exceptions=True)
            await participant.room.disconnect()

    async def publish_tone(self, frequency: float) -> None:
        """A sine of that many Hz at half of full scale, as the microphone, until the end."""
        source = rtc.AudioSource(SAMPLE_RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("tone", source)
        await self.room.local_participant.publish_track(track, _as(rtc.TrackSource.SOURCE_MICROPHONE))
        self._start(_play_tone(source, frequency))

    async def publish_pattern(self, *, simulcast: bool = True) -> None:
        """A moving picture, mostly of PATTERN_COLOUR, as the camera, until the end."""
        source = rtc.VideoSource(*PATTERN_SIZE)
        track = rtc.LocalVideoTrack.create_video_track("pattern", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=simulcast)
        await self.room.local_participant.publish_track(track, options)
        self._start(_play_pattern(source))

    def _on_track(self, track: rtc.Track, _: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant) -> None:
        if isinstance(track, rtc.RemoteVideoTrack):
            self._start(self._watch(track, self.watched.setdefault(participant.identity, Watched())))
        elif isinstance(track, rtc.RemoteAudioTrack):
            self._start(self._listen(track, self.heard.setdefault(participant.identity, Heard())))

    async def _watch(self, track: rtc.RemoteVideoTrack, watched: Watched) -> None:
        before: np.ndarray | None = None
        async for event in rtc.VideoStream(track, format=rtc.VideoBufferType.I420):
            frame = event.frame
            luma = np.frombuffer(frame.data, np.uint8, frame.width * frame.height)
            brightness = luma.reshape(frame.height, frame.width)[::4, ::4].astype(np.float32)
            if before is not None and before.shape == brightness.shape:
                watched.changes += bool(np.abs(brightness - before).mean() > STILL)
            before = brightness
            watched.frames += 1
            watched.size = (frame.width, frame.height)
            watched.deviation = float(brightness.std())

    async def _listen(self, track: rtc.RemoteAudioTrack, heard: Heard) -> None:
        async for event in rtc.AudioStream(track, sample_rate=SAMPLE_RATE, num_channels=1):
            samples = np.frombuffer(event.frame.data, np.int16).astype(np.float64) / 32768
            heard.frames += 1
            heard.loudest = max(heard.loudest, float(np.sqrt(np.mean(samples**2))))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.create_task(coroutine))


def _as(source: rtc.TrackSource.ValueType) -> rtc.TrackPublishOptions:
    return rtc.TrackPublishOptions(source=source)


async def _play_tone(source: rtc.AudioSource, frequency: float) -> None:
    position = 0
    while True:
        phase = 2 * np.pi * frequency * (position + np.arange(FRAME_SAMPLES)) / SAMPLE_RATE
        position += FRAME_SAMPLES
        samples = (np.sin(phase) * 0.5 * 32767).astype(np.int16)
        # Returns when there is room in the source's queue, which keeps real time.
        await source.capture_frame(rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, FRAME_SAMPLES))


async def _play_pattern(source: rtc.VideoSource) -> None:
    width, height = PATTERN_SIZE
    step = 0
    while True:
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = PATTERN_COLOUR
        left = (step * 20) % (width - 80)
        picture[:, left : left + 80] = 255
        source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.RGB24, picture.tobytes()))
        step += 1
        await asyncio.sleep(1 / PATTERN_RATE)
