"""Who is speaking: loudness of microphone tracks turned into changes worth telling. specs/livekit.md §3.24."""

import math
from collections.abc import Mapping

from roomful.rooms.events import Speaker
from roomful.rooms.tracks import Track

ACTIVE_LEVEL = 10 ** (-35 / 20)
"""Smoothed linear level from which somebody counts as speaking: 35 dB below full scale."""
STEPS = 8
"""Levels are told in eighths, rounded up, so that small changes are no news."""


class Speakers:
    """Remembers what was told last. A participant is as loud as the loudest of its tracks."""

    __slots__ = ("_levels", "_told")

    def __init__(self) -> None:
        self._levels: dict[str, tuple[str, float]] = {}
        """Track sid → (participant sid, level), active ones only."""
        self._told: dict[str, float] = {}

    def hear(self, track: Track, level: float) -> None:
        """Take the smoothed linear level 0…1 of a track."""
        if level >= ACTIVE_LEVEL:
            self._levels[track.sid] = (track.publisher, min(math.ceil(STEPS * level) / STEPS, 1.0))
        else:
            self._levels.pop(track.sid, None)

    def hush(self, track_sid: str) -> None:
        """The track is gone or muted."""
        self._levels.pop(track_sid, None)

    def forget(self, participant_sid: str) -> None:
        """The participant is gone or hidden: there is nobody to tell about."""
        self._told.pop(participant_sid, None)
        self._levels = {sid: entry for sid, entry in self._levels.items() if entry[0] != participant_sid}

    def changes(self) -> tuple[Speaker, ...]:
        """Return what differs from the last answer, loudest first; those who ceased have level 0."""
        current = self._loudest()
        if current == self._told:
            return ()
        changed = [
            Speaker(sid=sid, level=level, active=True) for sid, level in current.items() if self._told.get(sid) != level
        ]
        changed += [Speaker(sid=sid, level=0.0, active=False) for sid in self._told if sid not in current]
        self._told = current
        return tuple(sorted(changed, key=lambda speaker: -speaker.level))

    def speaking(self) -> Mapping[str, float]:
        """Return participant sid → level as last told."""
        return self._told

    def _loudest(self) -> dict[str, float]:
        loudest: dict[str, float] = {}
        for participant_sid, level in self._levels.values():
            loudest[participant_sid] = max(level, loudest.get(participant_sid, 0.0))
        return loudest
