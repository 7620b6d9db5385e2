"""Many voices into one, as loud as they are, and never beyond full scale."""

from collections.abc import Iterable

import numpy as np

from roomful.media.ports.scene.voice import CHUNK, Samples

CEILING = 0.95
ATTACK = 48
"""Samples in which it becomes quieter: 1 ms."""

RELEASE = 0.04
"""How much of the missing loudness comes back with each chunk: most of it within half a second."""

SILENCE: Samples = np.zeros((CHUNK, 2), np.float32)
SILENCE.flags.writeable = False

_ATTACK_RAMP = np.linspace(0, 1, ATTACK, dtype=np.float32)


def add(voices: Iterable[Samples]) -> Samples | None:
    """Return the sum; `None` if there is nothing to add."""
    total: Samples | None = None
    for samples in voices:
        total = samples.copy() if total is None else np.add(total, samples, out=total)
    return total


class Limiter:
    """Turns down what would clip, at once, and slowly up again."""

    def __init__(self) -> None:
        self._gain = 1.0

    def apply(self, samples: Samples) -> Samples:
        """Return the samples within ±1; a chunk that needs nothing comes back as it is."""
        peak = float(np.abs(samples).max())
        wanted = CEILING / peak if peak > CEILING else 1.0
        before = self._gain
        if wanted >= before > 0.999:
            self._gain = 1.0
            return samples
        gain = np.empty((len(samples), 1), np.float32)
        if wanted < before:
            self._gain = wanted
            gain[:] = wanted
            gain[:ATTACK, 0] = before + (wanted - before) * _ATTACK_RAMP
        else:
            self._gain = before + (wanted - before) * RELEASE
            gain[:, 0] = np.linspace(before, self._gain, len(samples), dtype=np.float32)
        return np.clip(samples * gain, -1.0, 1.0)


def to_pcm(samples: Samples) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Return 16-bit samples, interleaved, as encoders take them."""
    return (samples * np.float32(32767)).astype(np.int16).reshape(1, -1)
