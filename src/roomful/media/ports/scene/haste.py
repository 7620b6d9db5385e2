"""What to leave out when the machine is too slow: pictures, never sound. Times are in ns."""

import logging

from roomful.media.ports.scene.clock import SECOND

log = logging.getLogger(__name__)

SLOW = SECOND // 2
"""Behind by this much, every other picture is left out."""

SWIFT = SECOND // 10
RELAX_AFTER = 5 * SECOND
LEAST_FPS = 5


class Haste:
    """Halves the rate of pictures, again and again, and doubles it when there has been time for a while."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self.step = 1
        """One of this many pictures is made."""
        self._busy_at = 0

    @property
    def fps(self) -> float:
        return self._fps / self.step

    def note(self, behind: int, at: int) -> None:
        """Take how far behind rendering is at this moment."""
        if behind > SLOW and self._fps // (2 * self.step) >= LEAST_FPS:
            self.step *= 2
            self._busy_at = at
            log.warning("composing is too slow: pictures are left out", extra={"fps": self.fps})
        elif behind > SWIFT:
            self._busy_at = at
        elif self.step > 1 and at - self._busy_at > RELAX_AFTER:
            self.step //= 2
            self._busy_at = at
