"""When a peer's frames were captured (specs/iroh-rooms.md §17.2)."""

from collections import deque

WINDOW_NS = 10_000_000_000
"""How long the quickest arrival counts."""

RESYNC_NS = 100_000_000
"""Sound is counted by its packets until that is so far from what its timestamps say."""


class CaptureClock:
    """Maps timestamps of one track to wall time: the frame that travelled quickest of late says what delay is.

    Two tracks of a publisher need not count from the same moment, but what is sent together arrives together.
    """

    def __init__(self) -> None:
        self._offsets: deque[tuple[int, int]] = deque()
        """Arrival and offset, ns; offsets grow."""
        self._last = 0

    def captured(self, timestamp_us: int, arrived_ns: int) -> int:
        """Return the wall time of a frame in ns. It never stands still and never goes back."""
        offset = arrived_ns - timestamp_us * 1000
        if self._offsets and abs(offset - self._offsets[-1][1]) > WINDOW_NS:
            self._offsets.clear()  # the publisher counts from another moment now
        while self._offsets and self._offsets[-1][1] >= offset:
            self._offsets.pop()
        self._offsets.append((arrived_ns, offset))
        while self._offsets[0][0] < arrived_ns - WINDOW_NS:
            self._offsets.popleft()
        self._last = max(self._last + 1, timestamp_us * 1000 + self._offsets[0][1])
        return self._last


class MediaTime:
    """Time of one track for RTP, in ns from its first frame: it goes on where it was when timestamps start again."""

    def __init__(self) -> None:
        self._previous: int | None = None
        self._now = 0
        self._step = 20_000_000

    def at(self, timestamp_us: int) -> int:
        """For video: as the timestamps say."""
        timestamp = timestamp_us * 1000
        if self._previous is not None:
            step = timestamp - self._previous
            if 0 < step < WINDOW_NS:
                self._step = step
            self._now += self._step
        self._previous = timestamp
        return self._now

    def after(self, timestamp_us: int, duration_ns: int) -> int:
        """For sound: the packet's time by what came before it, as timestamps of some peers jitter."""
        timestamp = timestamp_us * 1000
        if self._previous is None:
            self._previous = timestamp
        behind = timestamp - self._previous - self._now
        if RESYNC_NS < behind < WINDOW_NS:
            self._now += behind
        elif not -RESYNC_NS < behind < WINDOW_NS:
            self._previous = timestamp - self._now
        now = self._now
        self._now += duration_ns
        return now


def opus_duration_ns(packet: bytes) -> int:
    """How long an Opus packet lasts, by its first bytes (RFC 6716 §3.1)."""
    if not packet:
        return 0
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration < 12:
        frame_us = (10_000, 20_000, 40_000, 60_000)[configuration % 4]
    elif configuration < 16:
        frame_us = (10_000, 20_000)[configuration % 2]
    else:
        frame_us = (2_500, 5_000, 10_000, 20_000)[configuration % 4]
    frames = (1, 2, 2, (packet[1] & 0x3F) if len(packet) > 1 else 0)[code]
    return frames * frame_us * 1000
