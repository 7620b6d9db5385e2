"""What comes of a remote track: pictures with a size and a colour, sound with a level and a pitch."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from livekit import rtc

from .showing import SAMPLE_RATE, Colour, colour_of, is_like

SILENCE = 0.02
"""Root mean square, full scale 1, below which nothing is heard; the tone that clients play has 0.35."""
REOPEN_AFTER = 3.0
"""Seconds without a frame after which a track is looked at anew: some of the SDK's streams are born stuck (1.2.0)."""
LISTENING_MS = 100
"""Sound is judged in pieces of this length, which makes the pitch exact to 10 Hz."""


@dataclass
class Picture:
    """The video of one track so far."""

    frames: int = 0
    size: tuple[int, int] = (0, 0)
    """Width and height in pixels of the latest frame."""
    colour: Colour = (0, 0, 0)
    """The median of the latest frame."""
    times: list[float] = field(default_factory=list[float])
    """When each frame was decoded, seconds of CLOCK_MONOTONIC."""

    def shows(self, colour: Colour) -> bool:
        return self.frames > 0 and is_like(self.colour, colour)

    async def watch(self, track: rtc.Track) -> None:
        """Follows a track until cancelled."""
        while True:
            stream = rtc.VideoStream(track, capacity=4, format=rtc.VideoBufferType.I420)
            async with contextlib.aclosing(stream):
                with contextlib.suppress(asyncio.TimeoutError):
                    while True:
                        event = await asyncio.wait_for(anext(stream), REOPEN_AFTER)
                        self._see(event.frame)

    def _see(self, frame: rtc.VideoFrame) -> None:
        pixels, quarter = frame.width * frame.height, (frame.width + 1) // 2 * ((frame.height + 1) // 2)
        data = np.frombuffer(frame.data, np.uint8)
        planes = (data[:pixels], data[pixels : pixels + quarter], data[pixels + quarter : pixels + 2 * quarter])
        luma, blue, red = (float(np.median(plane[::7])) for plane in planes)
        self.colour = colour_of(luma, blue, red)
        self.size = (frame.width, frame.height)
        self.frames += 1
        self.times.append(time.monotonic())


@dataclass
class Sound:
    """The audio of one track so far."""

    level: float = 0.0
    """Root mean square of the latest piece, full scale 1."""
    pitch: int = 0
    """Hz of what is strongest in the latest piece."""
    heard_at: list[float] = field(default_factory=list[float])
    """When each piece came that was no silence, seconds of CLOCK_MONOTONIC."""

    def is_tone(self, frequency: int) -> bool:
        return self.level > 5 * SILENCE and abs(self.pitch - frequency) <= 10

    @property
    def is_silent(self) -> bool:
        return self.level < SILENCE

    async def listen(self, track: rtc.Track) -> None:
        """Follows a track until cancelled."""
        stream = rtc.AudioStream(track, sample_rate=SAMPLE_RATE, num_channels=1, frame_size_ms=LISTENING_MS)
        async for event in stream:
            self._hear(np.frombuffer(event.frame.data, np.int16).astype(np.float64) / 32768)

    def _hear(self, samples: np.ndarray) -> None:
        self.level = float(np.sqrt(np.mean(samples**2)))
        spectrum = np.abs(np.fft.rfft(samples))
        self.pitch = round(float(np.argmax(spectrum)) * SAMPLE_RATE / len(samples))
        if not self.is_silent:
            self.heard_at.append(time.monotonic())


def largest_gap(times: list[float], start: float, end: float) -> float:
    """Seconds of the longest time without any of these between `start` and `end`."""
    moments = [start, *(moment for moment in times if start < moment < end), end]
    return max(later - earlier for earlier, later in pairwise(moments))
