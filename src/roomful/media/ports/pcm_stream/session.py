"""One stream, sans-IO: records of the stream of frames → messages for the receiver."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.frames import Frame, Mark, Record, Stop, TrackStarted
from roomful.media.ports.pcm_stream.plan import CHANNELS, RATE
from roomful.media.ports.transcriber.ear import Ear
from roomful.media.ports.worker.states import Problem

PATIENCE_SECONDS = 0.5
"""Without a packet for so long, silence is sent in its place; what comes later than this is heard later."""

LONGEST_FILL = 10 * RATE
"""Samples of silence at once, at most: times that differ by more are wrong."""

PIECE = RATE // 50
"""Samples of a message of silence: 20 ms, as of most packets."""

UNREADABLE_PACKETS = 50
"""So many in a row are a problem worth telling: one second."""


class Muted(msgspec.Struct, frozen=True):
    """The track has been muted, or unmuted. As JSON it is what the receiver is told."""

    muted: bool


Message: TypeAlias = bytes | Muted


class Session:
    """Takes records of one track. Without `tick` there is no silence while nothing comes."""

    def __init__(self) -> None:
        self._ear: Ear | None = None
        self._heard_at: float | None = None
        self._filled = 0
        """Samples of silence since the last packet."""
        self._ahead = 0
        """Samples of silence that were sent and are not known to have been missing."""
        self._muted = False
        self.stopped = False

    def feed(self, record: Record, now: float) -> list[Message]:
        """Take one record; `now` is monotonic seconds."""
        match record:
            case Frame() if self._ear is not None:
                return self._hear(self._ear, record, now)
            case TrackStarted() if record.codec.is_audio:
                self._ear = Ear(record, RATE, CHANNELS)
            case Mark(control={"mute": str(), "muted": bool(muted)}) if muted is not self._muted:
                self._muted = muted
                return [Muted(muted)]
            case Stop():
                self.stopped = True
            case _:
                pass
        return []

    def tick(self, now: float) -> list[Message]:
        """Silence, as much as is missing by now."""
        if self._heard_at is None:
            return []
        missing = round((now - self._heard_at - PATIENCE_SECONDS) * RATE) - self._filled
        if missing <= 0:
            return []
        missing = min(missing, LONGEST_FILL)
        self._filled += missing
        self._ahead += missing
        return _silence(missing)

    @property
    def track(self) -> str:
        """Sid of the track; empty before it has begun."""
        return self._ear.track.info.sid if self._ear is not None else ""

    def problems(self) -> list[Problem]:
        if self._ear is None or self._ear.unreadable < UNREADABLE_PACKETS:
            return []
        return [Problem(track=self.track, what="unreadable")]

    def _hear(self, ear: Ear, frame: Frame, now: float) -> list[Message]:
        sound = ear.hear(frame)
        if sound is None:
            return []
        missing = round(sound.missing * RATE) - self._ahead
        self._heard_at, self._filled, self._ahead = now, 0, max(0, -missing)
        return [*_silence(min(missing, LONGEST_FILL)), sound.samples.astype("<i2").tobytes()]


def _silence(samples: int) -> list[Message]:
    return [bytes(2 * CHANNELS * min(PIECE, samples - at)) for at in range(0, samples, PIECE)]
