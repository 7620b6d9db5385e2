"""One audio track: packets in, samples where they belong out: 48 kHz, stereo, 32-bit float."""

from collections import deque
from typing import Any, TypeAlias

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from roomful.media.ports.frames import Codec, Frame, TrackStarted

RATE = 48000
CHUNK = RATE // 50
"""Samples of what is mixed at once: 20 ms."""

STEP = RATE * 60 // 1000
"""A difference between time and samples that cannot be the clocks': something is missing, or was sent twice."""

SLACK = RATE // 500
"""A difference that is left alone: 2 ms."""

STRETCH = 4
"""Samples by which a packet is made longer or shorter, to follow a clock that runs differently; inaudible."""

QUIET_LEVEL = 60
"""A packet that says that it is so many dB below full scale is below every gate, by far."""
QUIET_BYTES = 3
"""A packet of Opus that is no longer holds nothing to hear (RFC 6716 §3.1, §4.3)."""
QUIET_FOR = 25
"""Quiet packets in a row, after which the next ones may be left out."""
TRUSTED_FOR = 50
"""Packets that are left out until a few are decoded, to know that they are quiet."""
WARM_UP = 3
"""Packets that a decoder gets before the first that counts, so that nothing is heard of what it has missed."""
LIE = 10**-4.5
"""Power of what is louder than its level says: -45 dBFS."""

MAX_AHEAD = 10 * RATE
"""Samples that may wait for their time; more cannot be real."""

Samples: TypeAlias = NDArray[np.float32]
"""Shape (samples, 2), full scale ±1."""

_NAMES = {Codec.OPUS: "libopus", Codec.PCMU: "pcm_mulaw", Codec.PCMA: "pcm_alaw"}


class Voice:
    """Decodes at once, since packets of audio are small and stand for themselves, and keeps samples until they are due.

    Positions are samples since the epoch that the caller chooses.
    """

    def __init__(self, track: TrackStarted) -> None:
        self.track = track
        self.unreadable = 0
        """Packets in a row that could not be decoded."""
        self._decoder: Any = open_decoder(track)
        if track.codec is Codec.OPUS:
            self._decoder.options = {"request_sample_fmt": "flt"}
        self._resampler: Any = av.AudioResampler(format="flt", layout="stereo", rate=RATE)
        self._waiting: deque[tuple[int, Samples]] = deque()
        self._next: int | None = None
        self._drift = 0.0
        self._quiet = 0
        """Quiet packets in a row."""
        self._left_out: deque[bytes] = deque(maxlen=WARM_UP)
        """The last ones that were not decoded, since one was."""
        self._lies = False
        """Its packets were louder than they say."""

    def feed(self, frame: Frame, position: int, due: int, *, spare: bool = False) -> None:
        """Take a packet whose first sample belongs to `position`; everything before `due` is over.

        With `spare`, one is left out that says that it is quiet, as the ones before it.
        """
        if self._can_spare(frame, spare=spare):
            self._left_out.append(frame.data)
            return
        lost = frame.gap or frame.muted_gap or bool(self._left_out)
        while self._left_out:
            self._decode(self._left_out.popleft())
        samples = self._decode(frame.data)
        if samples is None:
            return
        if self._quiet and not self._lies:
            self._lies = float(np.vdot(samples, samples)) / samples.size > LIE
        at = self._place(position, len(samples), lost=lost)
        if at is None or at > due + MAX_AHEAD:
            return
        if at == self._next:
            samples = self._stretch(samples)
        self._next = at + len(samples)
        if self._next > due:
            self._waiting.append((at, samples))

    def read(self, start: int, count: int) -> Samples | None:
        """Return the samples from a position on; `None` if there is nothing but silence. Earlier ones are forgotten."""
        end = start + count
        out: Samples | None = None
        while self._waiting and self._waiting[0][0] < end:
            at, samples = self._waiting[0]
            first, last = max(start, at), min(end, at + len(samples))
            if first < last:
                if out is None:
                    out = np.zeros((count, 2), np.float32)
                out[first - start : last - start] = samples[first - at : last - at]
            if at + len(samples) > end:
                break
            self._waiting.popleft()
        return out

    def _can_spare(self, frame: Frame, *, spare: bool) -> bool:
        level = frame.level is not None and frame.level >= QUIET_LEVEL
        if self._lies or not (level or (self.track.codec is Codec.OPUS and len(frame.data) <= QUIET_BYTES)):
            self._quiet = 0
            return False
        self._quiet += 1
        if self._quiet > QUIET_FOR + TRUSTED_FOR:
            self._quiet = QUIET_FOR - WARM_UP
        return spare and self._quiet > QUIET_FOR

    def _decode(self, data: bytes) -> Samples | None:
        try:
            decoded = [samples for frame in self._decoder.decode(av.Packet(data)) for samples in self._convert(frame)]
        except (FFmpegError, ValueError):
            self.unreadable += 1
            return None
        self.unreadable = 0
        return None if not decoded else decoded[0] if len(decoded) == 1 else np.concatenate(decoded)

    def _convert(self, frame: Any) -> list[Samples]:
        if self.track.codec is Codec.OPUS:
            return [frame.to_ndarray().reshape(-1, 2)]
        frame.pts = None
        return [piece.to_ndarray().reshape(-1, 2) for piece in self._resampler.resample(frame)]

    def _place(self, wanted: int, count: int, *, lost: bool) -> int | None:
        """Return where samples go: behind the ones before, unless too much is missing or it is said to be."""
        if self._next is None:
            return wanted
        late = wanted - self._next
        if late <= -STEP:
            return None
        if late >= (count // 2 if lost else STEP):
            self._drift = 0.0
            return wanted
        self._drift += (late - self._drift) / 32
        return self._next

    def _stretch(self, samples: Samples) -> Samples:
        if abs(self._drift) < SLACK:
            return samples
        change = STRETCH if self._drift > 0 else -STRETCH
        self._drift -= change
        places = np.linspace(0, len(samples) - 1, len(samples) + change)
        source = np.arange(len(samples))
        return np.stack([np.interp(places, source, samples[:, side]) for side in (0, 1)], axis=1).astype(np.float32)


def open_decoder(track: TrackStarted, layout: str = "stereo") -> Any:
    """Return a codec context that decodes the track. `layout` is what becomes of Opus."""
    decoder: Any = av.CodecContext.create(_NAMES[track.codec], "r")
    if track.codec is Codec.OPUS:
        # libopus makes either of either, and counts at 48 kHz whatever is inside (RFC 7587 §4.1).
        decoder.sample_rate, decoder.layout = RATE, layout
    else:
        decoder.sample_rate, decoder.layout = track.clock_rate, "stereo" if track.channels == 2 else "mono"
    return decoder
