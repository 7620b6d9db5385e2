"""One audio track: packets in, sound out, with what is missing between."""

from typing import Any

import av
import msgspec
import numpy as np
from av.error import FFmpegError

from roomful.media.ports.frames import Frame, TrackStarted
from roomful.media.ports.scene.voice import open_decoder
from roomful.media.ports.transcriber.voice_activity import RATE, Samples

SECOND = 1_000_000_000

LONGEST_GAP = 60.0
"""Seconds. RTP times that differ by more, or go back, are another source's; then the wall clock says what is there."""

TOLERANCE = 0.005
"""Seconds that times may differ without anything being missing."""


class Sound(msgspec.Struct, frozen=True):
    """Some sound, and when its first sample was captured, in ns since the Unix epoch."""

    at_ns: int
    samples: Samples
    missing: float
    """Seconds that are missing before it."""


class Ear:
    """Decodes at once: packets of audio stand for themselves."""

    def __init__(self, track: TrackStarted, rate: int = RATE, channels: int = 1) -> None:
        """`rate` in Hz and `channels`, 1 or 2 in turn, are those of the sound that comes out, of 16 bits."""
        self.track = track
        self._per_second = rate * channels
        self.unreadable = 0
        """Packets in a row that could not be decoded."""
        layout = "stereo" if channels == 2 else "mono"
        self._decoder: Any = open_decoder(track, layout)
        self._resampler: Any = av.AudioResampler(format="s16", layout=layout, rate=rate)
        self._next_rtp: float | None = None
        self._next_wall = 0

    def hear(self, frame: Frame) -> Sound | None:
        """Take a packet. One that was heard before, or cannot be decoded, is silent."""
        missing = self._missing(frame)
        if missing is None:
            return None
        samples = self._decode(frame.data)
        if samples is None:
            return None
        seconds = len(samples) / self._per_second
        self._next_rtp = frame.rtp_time + seconds * self.track.clock_rate
        self._next_wall = frame.wall_ns + round(seconds * SECOND)
        return Sound(frame.wall_ns, samples, missing)

    def _missing(self, frame: Frame) -> float | None:
        """Seconds between the last packet and this one; `None` if it repeats what was heard."""
        if self._next_rtp is None:
            return 0.0
        gap = (frame.rtp_time - self._next_rtp) / self.track.clock_rate
        if not -1.0 < gap < LONGEST_GAP:
            gap = max(0.0, (frame.wall_ns - self._next_wall) / SECOND)
        if gap < -TOLERANCE:
            return None
        return gap if gap > TOLERANCE else 0.0

    def _decode(self, data: bytes) -> Samples | None:
        try:
            pieces: list[Samples] = []
            for frame in self._decoder.decode(av.Packet(data)):
                frame.pts = None
                pieces += [piece.to_ndarray().reshape(-1) for piece in self._resampler.resample(frame)]
        except (FFmpegError, ValueError):
            self.unreadable += 1
            return None
        self.unreadable = 0
        return np.concatenate(pieces) if pieces else None
