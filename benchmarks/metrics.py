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
    FANOUT_SMALL = _Row("CPU per WebSocket delivery, 1→500", "of picows", 2, Bound(at_most=1))
    FANOUT_LARGE = _Row("CPU per WebSocket delivery, 1→5000", "of picows", 2, Bound(at_most=1))
    FANOUT_BURST = _Row("CPU per WebSocket delivery, ten messages at once, 1→5000", "of picows", 2, Bound(at_most=1))
    FANOUT_CPU = _Row("CPU per WebSocket delivery, 1→5000", "µs", 1)
    FANOUT_LATENCY = _Row("chat to 5000 at 50,000 deliveries a second, 99 %", "ms", 0, Bound(at_most=50))
    HEARTBEATS = _Row("1,000 heartbeats a second, answered", "% of a core", 1, Bound(at_most=5))
    SOCKET_MEMORY = _Row("memory per idle WebSocket", "KiB", 1, Bound(at_most=20))
    RECORDED_CPU = _Row("CPU per recorded track, 50 at once", "% of a core", 2, Bound(at_most=2))
    RECORDED_WHOLE = _Row("frames in the files of 50 tracks", "%", 2, Bound(at_least=99.9))
    COMPOSED_CPU = _Row("CPU of a composed room, 3 people, 720p30", "% of a core", 0, Bound(at_most=100))
    MIXED_CPU = _Row("CPU of a mixed room, 3 people, 720p15", "% of a core", 0, Bound(at_most=120))
    MIXED_VOICES_CPU = _Row("CPU of a mixed room, 8 voices", "% of a core", 1, Bound(at_most=10))
    MIXED_LATENCY = _Row("voice through the mixer, later than forwarded", "ms", 0, Bound(at_most=60))
    SHOW_LATENCY_P50 = _Row("gift to viewer, 1000 viewers, 50 gifts/s, median", "ms", 1)
    SHOW_LATENCY_P95 = _Row("gift to viewer, 1000 viewers, 50 gifts/s, 95 %", "ms", 1, Bound(at_most=500))
    SHOW_DELIVERED = _Row("gifts heard of, 1000 viewers, 50 gifts/s", "%", 2, Bound(at_least=100))
    SHOW_CPU = _Row("CPU of a show, 1000 viewers, 50 gifts/s", "% of a core", 0)
    SIGNALS_HEARTBEAT = _Row("CPU per heartbeat of Room Signals, 50 publishers listed", "µs", 1, Bound(at_most=60))
    SIGNALS_SESSIONS = _Row(
        "20,000 sessions of Room Signals, a heartbeat each in 10 s", "% of a core", 1, Bound(at_most=50)
    )
    SIGNALS_JOIN = _Row("JOIN to ack among 1000 sessions of Room Signals, median", "ms", 2, Bound(at_most=5))

    NKMEDIA_ROOMS = _Row("rooms made and destroyed over NkMEDIA, client beside it", "1/s", 0, Bound(at_least=1000))
    NKMEDIA_ROOM_CPU = _Row("CPU per room of NkMEDIA made and destroyed", "ms", 2, Bound(at_most=1))
    NKMEDIA_LIST = _Row("10,000 rooms listed over NkMEDIA, median", "ms", 0, Bound(at_most=100))

    CROWD_JOIN_RATE = _Row("viewers joining a show, client on the same machine", "1/s", 0, Bound(at_least=1000))
    CROWD_JOIN_CPU = _Row("CPU per viewer joining a show, 10,000 in it", "ms", 2, Bound(at_most=1))
    CROWD_CPU = _Row("presence of 10,000 viewers", "% of a core", 1, Bound(at_most=5))

    REPORT_SITE = _Row("CPU of a report, a month of 1000 rooms", "ms", 0, Bound(at_most=300))
    REPORT_DAYS = _Row("CPU of a report, 30 days of 1000 rooms, in Kolkata", "ms", 0, Bound(at_most=300))
    REPORT_ROOM = _Row("CPU of a report, a month of one room with 20 pairs", "ms", 0, Bound(at_most=300))
    REPORT_ROWS = _Row("rows of heartbeats into SQLite, per second of CPU", "1/s", 0, Bound(at_least=20_000))

    PEERS_SEEN = _Row("50 iroh peers, until all see all", "s", 1, Bound(at_most=5))
    PEER_MEMORY = _Row("memory per iroh peer in a room of 50", "KiB", 0)
    PEER_FIRST_FRAME = _Row("join to first frame of a loopback peer, median", "ms", 0, Bound(at_most=1000))
    BRIDGED_LATENCY = _Row("frame of 1080p30 through a bridge, later than forwarded", "ms", 1, Bound(at_most=20))
    BRIDGED_CPU = _Row("CPU of a bridge, per 1080p30 track of a peer", "% of a core", 1, Bound(at_most=3))

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
