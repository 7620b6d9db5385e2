"""The recording's own time: wall time without what was left out."""

import bisect


class Timeline:
    """Maps wall time to recording time, both in ns. They differ by the pauses before, which take no time in files."""

    def __init__(self, start_ns: int = 0) -> None:
        self._start = start_ns
        self._paused_at: int | None = None
        self._ends: list[int] = []
        self._spans: list[tuple[int, int]] = []
        """Start of each finished pause, and how long all pauses up to its end were together."""

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    def pause(self, wall_ns: int) -> None:
        """Leave out what is captured from now on. Pausing twice does nothing."""
        if self._paused_at is None:
            self._paused_at = max(wall_ns, self._ends[-1] if self._ends else wall_ns)

    def resume(self, wall_ns: int) -> None:
        """Record again. Does nothing when not paused."""
        if self._paused_at is None:
            return
        end = max(wall_ns, self._paused_at)
        left_out = self._spans[-1][1] if self._spans else 0
        self._ends.append(end)
        self._spans.append((self._paused_at, left_out + end - self._paused_at))
        self._paused_at = None

    def at(self, wall_ns: int) -> int | None:
        """Return the recording time of an instant; `None` if it is not to be recorded."""
        if wall_ns < self._start or (self._paused_at is not None and wall_ns >= self._paused_at):
            return None
        before = bisect.bisect_right(self._ends, wall_ns)
        if before < len(self._spans) and wall_ns >= self._spans[before][0]:
            return None
        return wall_ns - (self._spans[before - 1][1] if before else 0)
