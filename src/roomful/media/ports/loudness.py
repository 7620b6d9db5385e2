"""How loud a piece of sound is, as receivers of RTP are told it (RFC 6464)."""

from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUIETEST = 127
"""Level of silence, and of all that is quieter than can be told."""


def level_of(samples: NDArray[Any]) -> int:
    """Return dB below full scale, 0 to 127, over all samples and channels: 16-bit integers, or floats of ±1.

    0 is a square wave at full scale (RFC 6465 §2), so that the loudest sine has 3.
    """
    if not samples.size:
        return QUIETEST
    full_scale = 32768 if samples.dtype.kind == "i" else 1
    exact = samples.astype(np.float32) if samples.dtype.kind == "i" else samples
    power = float(np.vdot(exact, exact)) / samples.size / full_scale**2
    return min(QUIETEST, max(0, round(-10 * log10(power)))) if power > 0 else QUIETEST
