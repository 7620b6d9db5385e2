"""What somebody sees and hears who plays a recording: everything is decoded."""

import bisect
import math
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
from av.error import FFmpegError


class Seen(msgspec.Struct):
    """A whole file, decoded. Times in seconds."""

    pictures: list[tuple[float, tuple[int, int, int]]] = []
    """Time and mean colour of each picture."""

    sizes: list[tuple[int, int]] = []
    """Sizes of pictures in the order they first came."""

    sound_starts: float = 0.0
    sound: Any = None
    """Mono samples in -1…1, end to end."""

    sound_times: list[tuple[int, float]] = []
    """For each decoded piece of sound its first sample and its time."""

    rate: int = 48000

    @property
    def sound_seconds(self) -> float:
        return len(self.sound) / self.rate

    @property
    def flashes(self) -> list[float]:
        """When pictures turn white."""
        white = [(at, min(color) > 180) for at, color in self.pictures]
        return [at for (at, now), (_, before) in zip(white, [(0.0, False), *white], strict=False) if now and not before]

    @property
    def beeps(self) -> list[float]:
        """When it becomes loud."""
        window = self.rate // 200
        levels = np.abs(self.sound[: len(self.sound) // window * window]).reshape(-1, window).max(axis=1) > 0.1
        starts: list[float] = []
        quiet = 100
        for index, loud in enumerate(levels):
            if loud and quiet > 20:
                starts.append(self._time_of(index * window))
            quiet = 0 if loud else quiet + 1
        return starts

    def _time_of(self, sample: int) -> float:
        first, at = self.sound_times[bisect.bisect_right(self.sound_times, (sample, math.inf)) - 1]
        return at + (sample - first) / self.rate

    @property
    def seconds(self) -> float:
        """From 0 to the end of the last picture or sound."""
        ends = [self.pictures[-1][0] + 0.04] if self.pictures else []
        if self.sound is not None:
            ends.append(self.sound_starts + self.sound_seconds)
        return max(ends, default=0.0)

    def color(self, at: float) -> tuple[int, int, int]:
        """Of the picture that is shown at this time."""
        return [color for time, color in self.pictures if time <= at + 0.001][-1]


def watch(path: str | Path) -> Seen:
    """Decode all of a file, as far as it goes."""
    seen = Seen()
    pieces: list[Any] = []
    count = 0
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type in {"video", "audio"}]
        try:
            for frame in container.decode(streams):
                if isinstance(frame, av.VideoFrame):
                    pixels = frame.to_ndarray(format="rgb24")
                    red, green, blue = (int(value) for value in pixels.mean(axis=(0, 1)))
                    seen.pictures.append((float(frame.time or 0.0), (red, green, blue)))
                    if (frame.width, frame.height) not in seen.sizes:
                        seen.sizes.append((frame.width, frame.height))
                elif isinstance(frame, av.AudioFrame):
                    samples = frame.to_ndarray().astype(np.float64)
                    if frame.format.name.startswith("s16"):
                        samples /= 32768
                    channels = frame.layout.nb_channels
                    mono = samples.reshape(-1, channels)[:, 0] if not frame.format.is_planar else samples[0]
                    if not pieces:
                        seen.sound_starts, seen.rate = float(frame.time or 0.0), frame.sample_rate
                    seen.sound_times.append((count, float(frame.time or 0.0)))
                    count += len(mono)
                    pieces.append(mono)
        except FFmpegError:
            # The last second of a file that was never finished.
            pass
    seen.sound = np.concatenate(pieces) if pieces else None
    return seen


def close_colors(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(one, other, strict=True))
