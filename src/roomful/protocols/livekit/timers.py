"""Things to do later, on a clock that somebody else reads."""

import heapq
import logging
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

logger = logging.getLogger(__name__)

Action: TypeAlias = Callable[[float], None]


class Timer:
    """Something that will happen once."""

    __slots__ = ("_action", "due")

    def __init__(self, due: float, action: Action) -> None:
        self.due = due
        self._action: Action | None = action

    @property
    def pending(self) -> bool:
        return self._action is not None

    def cancel(self) -> None:
        self._action = None

    def fire(self, now: float) -> None:
        action, self._action = self._action, None
        if action is not None:
            action(now)


class Timers:
    """All timers of the protocol. The shell calls `tick` when `next_due` has come."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self.on_earlier: Callable[[], None] = _nothing
        """Called when `next_due` has become earlier."""

    def at(self, due: float, action: Action) -> Timer:
        """Run `action` with the time of the tick at `due`, unix seconds, or soon after."""
        timer = Timer(due, action)
        earliest = self.next_due()
        heapq.heappush(self._heap, (due, next(self._order), timer))
        if earliest is None or due < earliest:
            self.on_earlier()
        return timer

    def next_due(self) -> float | None:
        """When the next timer is due; None if there is none."""
        while self._heap and not self._heap[0][2].pending:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def tick(self, now: float) -> None:
        """Run what is due; what that adds for `now` or earlier runs too."""
        while (due := self.next_due()) is not None and due <= now:
            _, _, timer = heapq.heappop(self._heap)
            try:
                timer.fire(now)
            except Exception:  # one participant's trouble must not stop the clock of all the others
                logger.exception("a timer failed")


def _nothing() -> None:
    pass
