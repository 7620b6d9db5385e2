"""Really encoded tones."""

import functools
from typing import Any

import av
import numpy as np

from roomful.media.ports.frames import Frame
from tests.unit.media.ports.recorder.footage import SECOND, START


@functools.cache
def tone_units(seconds: float, hertz: float, level: float) -> list[bytes]:
    """20 ms packets of Opus; `level` is the amplitude, full scale 1."""
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = 48000, "stereo", "s16", 96000
    times = np.arange(int(seconds * 48000)) / 48000
    wave = (np.sin(2 * np.pi * hertz * times) * level * 32767).astype(np.int16)
    units: list[bytes] = []
    for number in range(int(seconds * 50)):
        mono = wave[number * 960 : (number + 1) * 960]
        frame = av.AudioFrame.from_ndarray(np.repeat(mono, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48000, number * 960
        units += [bytes(packet) for packet in context.encode(frame)]
    return units


def tone(number: int, seconds: float, hertz: float, *, at: float = 0.0, level: float = 0.3) -> list[Frame]:
    """Frames of an Opus track with a tone, the first captured `at` seconds after `START`."""
    return [
        Frame(number, 7000 + index * 960, START + int(at * SECOND) + index * SECOND // 50, data, keyframe=True)
        for index, data in enumerate(tone_units(seconds, hertz, level))
    ]


def loudness(samples: Any, hertz: float, rate: int = 48000) -> float:
    """Return the amplitude of a frequency in mono samples, full scale 1."""
    times = np.arange(len(samples)) / rate
    return float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * hertz * times))))
