"""How long voices have to be waited for: rule A5 of the NkMEDIA mixer. Times are in ns."""

from collections import deque

from roomful.media.ports.scene.clock import SECOND

LEAST = SECOND // 25
MOST = SECOND // 5
SPARE = SECOND // 100
"""What is waited beyond the latest packet."""
REMEMBERED = 10
"""Seconds for which a late packet counts."""


class Jitter:
    """Follows how late packets are: longer at once, shorter when all have been in time for a while."""

    def __init__(self, delay: int) -> None:
        """`delay` is what is waited at first."""
        self._latest: deque[tuple[int, int]] = deque()
        """Second and what its latest packet asks for, of the last seconds, oldest first."""
        self.delay = delay
        """How long a moment waits for packets."""

    def hear(self, late: int, now: int) -> None:
        """A packet came so long after it was captured. What is later than can be waited for is another's matter."""
        if late > MOST:
            return
        second = now // SECOND
        if not self._latest:
            self._latest.append((second, self.delay))
        wanted = min(max(late + SPARE, LEAST), MOST)
        if self._latest[-1][0] == second:
            wanted = max(wanted, self._latest.pop()[1])
        self._latest.append((second, wanted))
        while self._latest[0][0] <= second - REMEMBERED:
            self._latest.popleft()
        self.delay = max(wanted for _, wanted in self._latest)
