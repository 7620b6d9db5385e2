"""What comes of a remote track: pictures with a size and a colour, sound with a level and a pitch."""

import asyncio
import contextlib
import math
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
    _planes: tuple[np.ndarray, ...] = ()

    def shows(self, colour: Colour) -> bool:
        return self.frames > 0 and is_like(self.colour, colour)

    def colour_in(self, left: float, top: float, width: float, height: float) -> Colour:
        """The median of a part of the latest frame; all four are fractions of its sides."""
        if not self._planes:
            return (0, 0, 0)
        luma, blue, red = (
            float(
                np.median(
                    plane[
                        round(top * len(plane)) : round((top + height) * len(plane)),
                        round(left * len(plane[0])) : round((left + width) * len(plane[0])),
                    ]
                )
            )
            for plane in self._planes
        )
        return colour_of(luma, blue, red)

    async def watch(self, track: rtc.Track) -> None:
        """Follows a track until cancelled."""
        while True:
            stream = rtc.VideoStream(track, capacity=4, format=rtc.VideoBufferType.I420)
            async with contextlib.aclosing(stream):
                with contextlib.suppress(TimeoutError):
                    while True:
                        # Not `wait_for`: in Python 3.11 it forgets that it was cancelled if a frame is there already,
                        # and on a busy machine one always is.
                        async with asyncio.timeout(REOPEN_AFTER):
                            event = await anext(stream)
                        self._see(event.frame)

    def _see(self, frame: rtc.VideoFrame) -> None:
        pixels, quarter = frame.width * frame.height, (frame.width + 1) // 2 * ((frame.height + 1) // 2)
        data = np.frombuffer(frame.data, np.uint8)
        planes = (data[:pixels], data[pixels : pixels + quarter], data[pixels + quarter : pixels + 2 * quarter])
        luma, blue, red = (float(np.median(plane[::7])) for plane in planes)
        self.colour = colour_of(luma, blue, red)
        half = (frame.height + 1) // 2
        self._planes = tuple(
            plane.reshape(rows, -1) for plane, rows in zip(planes, (frame.height, half, half), strict=True)
        )
        self.size = (frame.width, frame.height)
        self.frames += 1
        self.times.append(time.monotonic())


@dataclass
class Sound:
    """The audio of one track so far."""

    level: float = 0.0
    """Root mean square of the latest piece, full scale 1."""
    pieces: int = 0
    """How many have come, silent ones too."""
    pitch: int = 0
    """Hz of what is strongest in the latest piece."""
    _spectrum: np.ndarray = field(default_factory=lambda: np.zeros(1))
    heard_at: list[float] = field(default_factory=list[float])
    """When each piece came that was no silence, seconds of CLOCK_MONOTONIC."""

    def is_tone(self, frequency: int) -> bool:
        return self.level > 5 * SILENCE and abs(self.pitch - frequency) <= 10

    def level_at(self, frequency: int) -> float:
        """Root mean square of what is in the latest piece at so many Hz, full scale 1."""
        place = round(frequency * LISTENING_MS / 1000)
        return float(np.sqrt(np.sum(self._spectrum[max(0, place - 1) : place + 2] ** 2)))

    @property
    def is_silent(self) -> bool:
        return self.level < SILENCE

    async def listen(self, track: rtc.Track) -> None:
        """Follows a track until cancelled."""
        stream = rtc.AudioStream(track, sample_rate=SAMPLE_RATE, num_channels=1, frame_size_ms=LISTENING_MS)
        async with contextlib.aclosing(stream):  # one that is left open keeps the event loop from closing (SDK 1.2.0)
            async for event in stream:
                self._hear(np.frombuffer(event.frame.data, np.int16).astype(np.float64) / 32768)

    def _hear(self, samples: np.ndarray) -> None:
        self.level = float(np.sqrt(np.mean(samples**2)))
        spectrum = np.abs(np.fft.rfft(samples))
        self._spectrum = spectrum * math.sqrt(2) / len(samples)
        self.pieces += 1
        self.pitch = round(float(np.argmax(spectrum)) * SAMPLE_RATE / len(samples))
        if not self.is_silent:
            self.heard_at.append(time.monotonic())


def largest_gap(times: list[float], start: float, end: float) -> float:
    """Seconds of the longest time without any of these between `start` and `end`."""
    moments = [start, *(moment for moment in times if start < moment < end), end]
    return max(later - earlier for earlier, later in pairwise(moments))
