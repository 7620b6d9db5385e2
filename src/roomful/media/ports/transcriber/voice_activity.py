"""Whether somebody speaks in 20 ms of sound.

Two detectors have to agree. WebRTC's knows what voices are like, but takes any loud steady noise for one: of a fan at
10 dB below a voice, it calls a third of the pauses speech. The other one follows the noise floor of five bands and
knows only what stands out; steady noise is over for it after `FLOOR_WINDOWS`, be it as loud as it may.
"""

from typing import Any

import numpy as np
import webrtcvad  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

RATE = 16000
"""Samples per second of everything that is transcribed, mono."""

WINDOW = RATE // 50
"""Samples of one decision: 20 ms."""

MODE = 2
"""Of WebRTC's detector, 0 … 3; 3 misses half of a quiet voice."""

FLOOR_WINDOWS = 150
"""The quietest of the last 3 s is the floor: every speaker draws breath within that time."""

ABOVE_FLOOR_DB = 9.0
LOWEST_FLOOR_DB = -70.0
"""Digital silence, and what comes near it, must not make every rustle stand out."""

SMOOTHING = 0.7

_EDGES = np.array([4, 8, 14, 24, 40, 70])
"""Of the bands: 200 Hz to 3500 Hz, in bins of 50 Hz."""

_TAPER = np.hanning(WINDOW).astype(np.float32)
_SCALE = 2 / (WINDOW * WINDOW * 0.375)

Samples = NDArray[np.int16]


class VoiceActivity:
    """Fed with consecutive windows of one track."""

    def __init__(self) -> None:
        self._voices: Any = webrtcvad.Vad(MODE)
        self._history = np.full((FLOOR_WINDOWS, len(_EDGES) - 1), np.inf, np.float32)
        self._smoothed: NDArray[np.float32] | None = None
        self._count = 0
        self.level = LOWEST_FLOOR_DB
        """Of the last window: the loudest band, in dB below full scale."""

    def is_voice(self, window: Samples) -> bool:
        """Take `WINDOW` samples."""
        bands = _bands(window)
        self.level = float(bands.max())
        before = bands if self._smoothed is None else self._smoothed
        self._smoothed = (before + (1 - SMOOTHING) * (bands - before)).astype(np.float32)
        self._history[self._count % FLOOR_WINDOWS] = self._smoothed
        self._count += 1
        floor = np.maximum(self._history.min(axis=0), LOWEST_FLOOR_DB)
        stands_out = bool((bands > floor + ABOVE_FLOOR_DB).any())
        # Asked every time: it has a memory of its own.
        voiced: bool = self._voices.is_speech(window.tobytes(), RATE)
        return voiced and stands_out


def _bands(window: Samples) -> NDArray[np.float32]:
    """Power in each band, in dB of full scale."""
    spectrum = np.abs(np.fft.rfft(window.astype(np.float32) * (_TAPER / 32768))) ** 2
    power = np.add.reduceat(spectrum[: _EDGES[-1]], _EDGES[:-1]) * _SCALE
    return (10 * np.log10(power + 1e-12)).astype(np.float32)
