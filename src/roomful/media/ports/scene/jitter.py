"""How long voices have to be waited for: rule A5 of the NkMEDIA mixer. Times are in ns."""

from collections import deque

from roomful.media.ports.scene.clock import SECOND

LEAST = 0
MOST = SECOND * 18 // 100
"""With the chunk itself, a sample waits 20 to 200 ms."""
SPARE = SECOND // 200
"""What is waited beyond the latest packet."""
REMEMBERED = 10
"""Seconds for which a late packet counts."""
EASE = SECOND // 250
"""By how much the wait becomes shorter in a second."""


class Jitter:
    """Follows how late packets are: longer at once, shorter little by little when all have been in time for a while."""

    def __init__(self, delay: int) -> None:
        """`delay` is what is waited at first."""
        self._latest: deque[tuple[int, int]] = deque()
        """Second and what its latest packet asks for, of the last seconds, oldest first."""
        self.delay = delay
        """How long a chunk waits for packets after its end."""

    def hear(self, late: int, now: int) -> None:
        """A packet came so long after the end of the chunk that it belongs into.

        What is later than can be waited for is another's matter.
        """
        if late > MOST:
            return
        second = now // SECOND
        if not self._latest:
            self._latest.append((second, self.delay))
        wanted = min(max(late + SPARE, LEAST), MOST)
        before, most = self._latest[-1]
        if before == second:
            if wanted <= most:
                return
            self._latest[-1] = second, wanted
        else:
            self._latest.append((second, wanted))
        while self._latest[0][0] <= second - REMEMBERED:
            self._latest.popleft()
        wanted = max(wanted for _, wanted in self._latest)
        self.delay = max(wanted, self.delay - EASE * (second - before))
