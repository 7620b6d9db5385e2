"""Who is told what happens in a room, and in which order."""

import logging
from collections import deque
from collections.abc import Callable

from roomful.rooms.events import RoomEvent

Observer = Callable[[RoomEvent], None]

logger = logging.getLogger(__name__)


class Observers:
    """Delivers events to everyone who observes, in the order of the events.

    An observer may change the room: the change happens at once, its events wait until the current one is told to all.
    So an observer can find the room newer than the event it is told, never older. An observer gets the events from its
    `add` to its `discard`. One that raises is logged and counted, and the others are told all the same.
    """

    __slots__ = ("_audience", "_delivering", "_observers", "_queue", "failures")

    def __init__(self) -> None:
        self._observers: dict[Observer, None] = {}
        self._audience: tuple[Observer, ...] | None = None
        self._queue: deque[tuple[RoomEvent, tuple[Observer, ...]]] | None = None
        self._delivering = False
        self.failures = 0
        """Exceptions that came out of observers."""

    def __len__(self) -> int:
        return len(self._observers)

    def add(self, observer: Observer) -> None:
        self._observers[observer] = None
        self._audience = None

    def discard(self, observer: Observer) -> None:
        self._observers.pop(observer, None)
        self._audience = None

    def enqueue(self, event: RoomEvent) -> None:
        """Remember the event for those who observe now."""
        if not self._observers:
            return
        if self._audience is None:
            self._audience = tuple(self._observers)
        if self._queue is None:
            self._queue = deque()
        self._queue.append((event, self._audience))

    def deliver(self) -> None:
        """Tell what is queued; inside a delivery, leave it to the outer one."""
        if self._delivering or self._queue is None:
            return
        self._delivering = True
        try:
            while self._queue:
                event, audience = self._queue.popleft()
                for observer in audience:
                    if observer in self._observers:
                        self._tell(observer, event)
        finally:
            self._delivering = False
            self._queue = None

    def _tell(self, observer: Observer, event: RoomEvent) -> None:
        try:
            observer(event)
        except Exception:
            self.failures += 1
            logger.exception("observer %r failed on %s", observer, type(event).__name__)
