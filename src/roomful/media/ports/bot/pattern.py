"""A test pattern that shows and sounds whether picture and sound belong together."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from av.video.frame import VideoFrame

from roomful.media.ports.bot.plan import Pattern
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.voice import RATE, Samples

FLASH_NS = SECOND // 10
"""How long it flashes and beeps at each full second."""

AUDIO_FRAME = RATE // 50
"""Samples of one Opus packet: 20 ms."""

LOUDNESS = 0.4


def flashes(wall_ns: int) -> bool:
    """Whether the pattern flashes and beeps at this moment."""
    return wall_ns % SECOND < FLASH_NS


class Picture:
    """Draws: a background, a bar that crosses it once in two seconds, all white while it flashes."""

    def __init__(self, pattern: Pattern) -> None:
        self._size = pattern.width, pattern.height
        red, green, blue = (int(pattern.colour[at : at + 2], 16) for at in (1, 3, 5))
        # BT.601, limited range.
        self._background = (
            round(16 + 0.257 * red + 0.504 * green + 0.098 * blue),
            round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
            round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
        )

    def at(self, wall_ns: int) -> VideoFrame:
        """Draw the picture of this moment, as YUV 4:2:0."""
        width, height = self._size
        picture = VideoFrame(width, height, "yuv420p")
        bar = int(wall_ns % (2 * SECOND) / (2 * SECOND) * width) & ~1
        for index, plane in enumerate(picture.planes):
            scale = 1 if index == 0 else 2
            values = np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)
            if flashes(wall_ns):
                values[:] = 235 if index == 0 else 128
                continue
            values[:] = self._background[index]
            values[:, bar // scale : (bar + width // 16) // scale] = 235 if index == 0 else 128
        return picture


def sound(tone: float, from_ns: int) -> Samples:
    """Make 20 ms of stereo: the beep where the pattern flashes, else silence."""
    times = from_ns / SECOND % 1 + np.arange(AUDIO_FRAME) / RATE
    beeps = times % 1 < FLASH_NS / SECOND
    wave = np.where(beeps, LOUDNESS * np.sin(2 * np.pi * tone * times), 0).astype(np.float32)
    return np.stack([wave, wave], axis=1)


def moments(start_ns: int, every_ns: int) -> Iterator[int]:
    """Yield the moments from `start_ns` on, `every_ns` apart."""
    while True:
        yield start_ns
        start_ns += every_ns
