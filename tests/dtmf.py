"""Digits as the tones of a telephone's keys, made and recognized. Source: ITU-T Q.23, Q.24; Goertzel (1958)."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = dict(zip("123456789*0#", itertools.product(ROWS, COLUMNS), strict=True))
"""Key → its two frequencies in Hz."""

AMPLITUDE = 0.25
"""Of each of the two tones; full scale is 1."""

BLOCK_SECONDS = 0.02

Samples = NDArray[np.float64]


def tones(keys: str, rate: int, *, tone_seconds: float = 0.2, pause_seconds: float = 0.2) -> Samples:
    """The keys one after the other, with a pause after each; full scale is 1."""
    times = np.arange(round(tone_seconds * rate)) / rate
    fade = np.minimum(1, np.minimum(times, times[::-1]) * 200)  # no click
    pause = np.zeros(round(pause_seconds * rate))
    pieces: list[Samples] = []
    for key in keys:
        if key == " ":
            pieces.append(np.zeros(rate))
            continue
        sound = sum(AMPLITUDE * np.sin(2 * math.pi * frequency * times) for frequency in KEYS[key])
        pieces += [np.asarray(sound * fade), pause]
    return np.concatenate(pieces)


def keys_in(samples: Samples, rate: int) -> list[str]:
    """The keys that were pressed; full scale is 1."""
    size = round(BLOCK_SECONDS * rate)
    heard = [_key_of(samples[at : at + size], rate) for at in range(0, len(samples) - size + 1, size)]
    return [str(key) for key, blocks in itertools.groupby(heard) if key is not None and len(list(blocks)) >= 3]


def _key_of(block: Samples, rate: int) -> str | None:
    energy = float(np.mean(block**2))
    if energy < 1e-4:
        return None
    powers = {frequency: _goertzel(block, frequency, rate) for frequency in (*ROWS, *COLUMNS)}
    pair = (max(ROWS, key=powers.__getitem__), max(COLUMNS, key=powers.__getitem__))
    if sum(powers[frequency] for frequency in pair) < 0.6 * energy or min(powers[one] for one in pair) < 0.1 * energy:
        return None
    return next(key for key, frequencies in KEYS.items() if frequencies == pair)


def _goertzel(block: Samples, frequency: int, rate: int) -> float:
    """Power of a sine of this frequency in the block."""
    coefficient = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for sample in block:
        before, last = last, sample + coefficient * last - before
    return 2 * (before**2 + last**2 - coefficient * before * last) / len(block) ** 2
