"""Which moment is due, and when frames happened. All times are wall time in ns since the Unix epoch."""

from typing import Protocol

SECOND = 1_000_000_000

STRAY = 5 * SECOND
"""A frame that is further in the future than this has a wrong time."""

MARGIN = SECOND // 10
"""By how much frames are in time that came too late for too long."""

STRAY_PATIENCE = SECOND
"""How long all frames of a track are too late, or wrong, before their times are corrected."""


class Clock(Protocol):
    """Says up to which moment frames can be expected to be here."""

    live: bool
    """Whether time passes without frames."""

    def hear(self, at: int) -> None:
        """A frame of this moment came."""
        ...

    def position(self, now: int) -> int:
        """Return the newest moment of the room; `now` is the machine's wall time, without its steps."""
        ...

    def end(self, now: int) -> int:
        """Return the last moment of the room, when it is known `now` that it is over."""
        ...


class LiveClock:
    """The machine's own. Late frames are late, and a moment without frames passes like any other."""

    live = True

    def __init__(self) -> None:
        self._newest = 0

    def hear(self, at: int) -> None:
        self._newest = max(self._newest, at)

    def position(self, now: int) -> int:
        return now

    def end(self, now: int) -> int:
        # A busy machine learns of the end late; where media came until just before, it is where that ended.
        return self._newest if 0 <= now - self._newest < SECOND else now


class FrameClock:
    """The newest frame is now: for frames that come faster or slower than they were captured."""

    live = False

    def __init__(self) -> None:
        self._newest = 0

    def hear(self, at: int) -> None:
        self._newest = max(self._newest, at)

    def position(self, now: int) -> int:
        return self._newest

    def end(self, now: int) -> int:
        return self._newest


class TrackTime:
    """Corrects the times of one track whose sender, or whose mapping to wall time, is off, or whose network is slow.

    It costs that track its sync with the others, and the others nothing.
    """

    def __init__(self) -> None:
        self._shift = 0
        self._stray_since: int | None = None

    def captured(self, wall_ns: int) -> int:
        """When a frame was captured that says so, as far as is known."""
        return wall_ns + self._shift

    def place(self, wall_ns: int, now: int, due: int) -> int | None:
        """Return when a frame that comes `now` was captured; `None` leaves it out.

        What was captured before `due` comes too late.
        """
        at = self.captured(wall_ns)
        if due <= at <= now + STRAY:
            self._stray_since = None
            return at
        if self._stray_since is None:
            self._stray_since = now
        if now - self._stray_since < STRAY_PATIENCE:
            return None
        self._stray_since = None
        at = min(now, due + MARGIN)
        self._shift = at - wall_ns
        return at
