"""Who talks, and who has the floor: rules V8, A4 and A9 of the NkMEDIA mixer. Times are in ns."""

import numpy as np

from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.voice import Samples

GATE_DBFS = -50.0
GATE_HOLD = 400_000_000
TALK_AFTER = 200_000_000
QUIET_AFTER = 800_000_000
FLOOR_AFTER = SECOND

_GATE_POWER = 10 ** (GATE_DBFS / 10)


class Talker:
    """Listens to one member."""

    def __init__(self) -> None:
        self._above_since: int | None = None
        self._last_above = -QUIET_AFTER
        self.talking_since: int | None = None
        """Since when without a longer pause; `None` while quiet."""
        self.open = False
        """Whether the member is loud enough to be mixed."""

    def hear(self, samples: Samples | None, at: int) -> None:
        """Take what the member says at this moment; `None` is silence."""
        loud = samples is not None and float(np.vdot(samples, samples)) / samples.size > _GATE_POWER
        if loud:
            if self._above_since is None:
                self._above_since = at
            self._last_above = at
            if self.talking_since is None and at - self._above_since >= TALK_AFTER:
                self.talking_since = self._above_since
        elif at - self._last_above >= QUIET_AFTER:
            self.talking_since = self._above_since = None
        elif self.talking_since is None and at - self._last_above >= TALK_AFTER:
            self._above_since = None
        self.open = loud or at - self._last_above < GATE_HOLD


class Floor:
    """Who is on show: the one who talks longest, from a second on; the last one while nobody does."""

    def __init__(self) -> None:
        self.pinned: str | None = None
        """Has the floor whatever the others say."""
        self._holder: str | None = None

    @property
    def holder(self) -> str | None:
        return self.pinned or self._holder

    def leave(self, member: str) -> None:
        """This member is gone."""
        if self._holder == member:
            self._holder = None
        if self.pinned == member:
            self.pinned = None

    def update(self, talkers: dict[str, Talker], at: int) -> None:
        """Give the floor to whom it belongs at this moment."""
        holder = talkers.get(self._holder or "")
        if holder is not None and holder.talking_since is not None:
            return
        since = {
            member: talker.talking_since
            for member, talker in talkers.items()
            if talker.talking_since is not None and at - talker.talking_since >= FLOOR_AFTER
        }
        if since:
            self._holder = min(since, key=lambda member: since[member])
