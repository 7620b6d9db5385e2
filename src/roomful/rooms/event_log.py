"""The log of a room: its last facts, numbered without a gap from 1."""

from collections import deque

from roomful.rooms.events import Fact


class EventLog:
    """Keeps the newest `capacity` facts. Idle rooms are many, so the storage is made with the first one."""

    __slots__ = ("_capacity", "_facts", "last")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._facts: deque[Fact] | None = None
        self.last = 0
        """Offset of the newest fact; 0 before the first."""

    @property
    def next(self) -> int:
        """Offset the next fact must have."""
        return self.last + 1

    def append(self, fact: Fact) -> None:
        if fact.offset != self.next:
            raise ValueError(f"offset {fact.offset} does not follow {self.last}")
        if self._facts is None:
            self._facts = deque(maxlen=self._capacity)
        self._facts.append(fact)
        self.last = fact.offset

    def covers(self, offset: int) -> bool:
        """Say whether nothing is missing from what `since(offset)` returns."""
        return offset >= self.last - len(self._facts or ())

    def since(self, offset: int) -> list[Fact]:
        """Return the kept facts after `offset`, oldest first."""
        return [fact for fact in self._facts or () if fact.offset > offset]
