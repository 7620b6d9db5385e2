"""What to leave out when the machine is too slow: pictures, never sound. Times are in ns."""

import logging

from roomful.media.ports.scene.clock import SECOND

log = logging.getLogger(__name__)

PATIENCE = 2 * SECOND
RELAX_AFTER = 5 * SECOND
LEAST_FPS = 5


class Haste:
    """Halves the rate of pictures, again and again, and doubles it when there has been time for a while."""

    def __init__(self, fps: int, *, slow: int = SECOND) -> None:
        """Behind by more than `slow` for as long as `PATIENCE`, every other picture is left out."""
        self._fps = fps
        self._slow = slow
        self._swift = slow // 3
        self.step = 1
        """One of this many pictures is made."""
        self._slow_since: int | None = None
        self._swift_since: int | None = None

    @property
    def fps(self) -> float:
        return self._fps / self.step

    def note(self, behind: int, at: int) -> None:
        """Take how far behind rendering is at this moment."""
        self._slow_since = None if behind <= self._slow else at if self._slow_since is None else self._slow_since
        self._swift_since = None if behind > self._swift else at if self._swift_since is None else self._swift_since
        if self._slow_since is not None and at - self._slow_since >= PATIENCE:
            self._slow_since = at
            if self._fps // (2 * self.step) >= LEAST_FPS:
                self.step *= 2
                log.warning("composing is too slow: pictures are left out", extra={"fps": self.fps})
        elif self._swift_since is not None and at - self._swift_since >= RELAX_AFTER and self.step > 1:
            self.step //= 2
            self._swift_since = at
