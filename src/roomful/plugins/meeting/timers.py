"""The clock of a meeting and that of one speaker. They count while the meeting is going on.

specs/monibuca-rooms.md §7.4. `now` is unix seconds. An alarm that comes late, after a restart even, still rings, each
once.
"""

from enum import StrEnum, auto

import msgspec

TOLD_EVERY = 60.0
"""Seconds between two announcements of the time."""
SPEAKER_WARNING = 10.0
"""Seconds before the end of a speaker's time."""


class Ring(StrEnum):
    """What a clock has to say."""

    MINUTE = auto()
    WARNING = auto()
    EXPIRED = auto()


class MeetingTimer(msgspec.Struct, kw_only=True):
    """Counts the seconds in which a meeting is going on."""

    max_duration: float
    """0: no end."""
    warning_before_end: float
    counted: float = 0.0
    """Seconds before `since`."""
    since: float | None = None
    """When counting went on; None: it does not."""
    warned: bool = False
    expired: bool = False
    told: float = 0.0
    """Counted seconds at the last announcement."""

    def run(self, now: float) -> None:
        if self.since is None:
            self.since = now

    def stop(self, now: float) -> None:
        self.counted, self.since = self.elapsed(now), None

    def extend(self, seconds: float, now: float) -> None:
        """More time; the warning comes again."""
        self.max_duration += seconds
        self.expired = self.elapsed(now) >= self.max_duration
        self.warned = self.elapsed(now) >= self._warning_at

    def elapsed(self, now: float) -> float:
        """Seconds counted until now."""
        return self.counted + (max(0.0, now - self.since) if self.since is not None else 0.0)

    def remaining(self, now: float) -> float | None:
        """Seconds until the end; None: there is none."""
        return max(0.0, self.max_duration - self.elapsed(now)) if self.max_duration else None

    def due(self) -> float | None:
        """When there is something to say; None: not before something changes."""
        if self.since is None:
            return None
        marks = [self.told + TOLD_EVERY]
        if self.max_duration and not self.warned:
            marks.append(self._warning_at)
        if self.max_duration and not self.expired:
            marks.append(self.max_duration)
        return self.since + min(marks) - self.counted

    def ring(self, now: float) -> list[Ring]:
        """What is to be said now."""
        if self.since is None:
            return []
        elapsed, rings = self.elapsed(now), list[Ring]()
        if elapsed >= self.told + TOLD_EVERY:
            self.told = elapsed
            rings.append(Ring.MINUTE)
        if self.max_duration and not self.warned and elapsed >= self._warning_at:
            self.warned = True
            rings.append(Ring.WARNING)
        if self.max_duration and not self.expired and elapsed >= self.max_duration:
            self.expired = True
            rings.append(Ring.EXPIRED)
        return rings

    @property
    def _warning_at(self) -> float:
        return max(0.0, self.max_duration - self.warning_before_end)


class SpeakerTimer(msgspec.Struct, kw_only=True):
    """The time of one speaker, in counted seconds of the meeting: it stops when the meeting does."""

    user_id: str
    seconds: float
    ends: float
    """Counted seconds of the meeting."""
    warned: bool = False

    def remaining(self, elapsed: float) -> float:
        return max(0.0, self.ends - elapsed)

    def due(self) -> float:
        """At which counted second there is something to say."""
        return self.ends if self.warned else max(0.0, self.ends - SPEAKER_WARNING)

    def ring(self, elapsed: float) -> Ring | None:
        """EXPIRED is its end."""
        if elapsed >= self.ends:
            return Ring.EXPIRED
        if not self.warned and elapsed >= self.ends - SPEAKER_WARNING:
            self.warned = True
            return Ring.WARNING
        return None
