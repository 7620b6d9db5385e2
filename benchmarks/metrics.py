"""What is measured, and what it may be."""

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Bound:
    """A limit for a value. Without one side, that side is free."""

    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_set(self) -> bool:
        """Whether it limits anything."""
        return self.at_most is not None or self.at_least is not None

    def holds(self, value: float) -> bool:
        """Whether `value` keeps the limit."""
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def __str__(self) -> str:
        sides = [f"≤ {self.at_most:g}" if self.at_most is not None else ""]
        sides.append(f"≥ {self.at_least:g}" if self.at_least is not None else "")
        return " ".join(side for side in sides if side)


FREE = Bound()


@dataclass(frozen=True)
class _Row:
    title: str
    unit: str
    digits: int
    absolute: Bound = field(default=FREE)
    """For our own value."""
    ratio: Bound = field(default=FREE)
    """For our value divided by livekit-server's in the same run."""


class Metric(Enum):
    """The rows of the table, in order."""

    VIDEO_CPU = _Row("CPU per forwarded packet, video 1→40", "µs", 1, Bound(at_most=6), Bound(at_most=0.25))
    VIDEO_DELIVERED = _Row("delivered, video 1→40", "%", 2, Bound(at_least=99.9))
    VIDEO_LATENCY_P50 = _Row("publisher to subscriber, video 1→40, median", "ms", 1)
    VIDEO_LATENCY_P99 = _Row("publisher to subscriber, video 1→40, 99 %", "ms", 1)
    AUDIO_CPU = _Row("CPU per forwarded packet, audio 10→40", "µs", 1, Bound(at_most=6), Bound(at_most=0.25))
    AUDIO_DELIVERED = _Row("delivered, audio 10→40", "%", 2, Bound(at_least=99.9))
    AUDIO_LATENCY_P50 = _Row("publisher to subscriber, audio 10→40, median", "ms", 1)
    AUDIO_LATENCY_P99 = _Row("publisher to subscriber, audio 10→40, 99 %", "ms", 1)
    FIRST_FRAME = _Row("join to first decoded frame, Python SDK", "ms", 0, ratio=Bound(at_most=1))
    JOIN_RATE = _Row("joins per second, 8 at once", "1/s", 0, ratio=Bound(at_least=1))
    JOIN_CPU = _Row("CPU per join, 100 in one room", "ms", 1)
    MEMORY = _Row("memory per idle participant", "KiB", 0, ratio=Bound(at_most=0.5))
    RECORDED_CPU = _Row("CPU per recorded track, 50 at once", "% of a core", 2, Bound(at_most=2))
    RECORDED_WHOLE = _Row("frames in the files of 50 tracks", "%", 2, Bound(at_least=99.9))
    COMPOSED_CPU = _Row("CPU of a composed room, 3 people, 720p30", "% of a core", 0, Bound(at_most=100))

    @property
    def title(self) -> str:
        """What the row says."""
        return self.value.title

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return self.value.unit

    @property
    def absolute(self) -> Bound:
        """Budget for our own value."""
        return self.value.absolute

    @property
    def ratio(self) -> Bound:
        """Budget for our value divided by livekit-server's."""
        return self.value.ratio

    def format(self, value: float) -> str:
        """The value with its digits, without the unit."""
        return f"{value:.{self.value.digits}f}"


Values = dict[Metric, float]
"""What one run of one scenario measured."""
