"""Telephone calls: really encoded Opus with tones of keys in it."""

import functools
from fractions import Fraction
from typing import Any

import av
import numpy as np

from roomful.media.ports.frames import Frame
from tests.dtmf import Samples, tones
from tests.unit.media.ports.recorder.footage import SECOND, START

RATE = 48000
PACKET = 960


@functools.cache
def packets(keys: str, noise: float = 0.001) -> tuple[bytes, ...]:
    """20 ms packets of mono Opus: a second of nothing, the keys, a second of nothing; a space is a long pause."""
    silence = np.zeros(RATE)
    sound = np.concatenate([silence, tones(keys, RATE), silence])
    return opus(sound + np.random.default_rng(1).standard_normal(len(sound)) * noise)


def opus(sound: Samples) -> tuple[bytes, ...]:
    """20 ms packets of mono Opus; full scale is 1."""
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = RATE, "mono", "s16", 32000
    context.time_base = Fraction(1, RATE)
    units: list[bytes] = []
    for at in range(0, len(sound) - PACKET + 1, PACKET):
        pcm = (sound[at : at + PACKET] * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, at
        units += [bytes(packet) for packet in context.encode(frame)]
    return tuple(units)


def call(number: int, keys: str, *, at: float = 0.0) -> list[Frame]:
    """The frames of a track, the first captured `at` seconds after `START`."""
    return frames(number, packets(keys), at=at)


def frames(number: int, sound: tuple[bytes, ...], *, at: float = 0.0) -> list[Frame]:
    """Packets of 20 ms as frames of a track, the first captured `at` seconds after `START`."""
    start = START + round(at * SECOND)
    return [
        Frame(number, round((10 + at) * RATE) + index * PACKET, start + index * SECOND // 50, data, keyframe=True)
        for index, data in enumerate(sound)
    ]


def g711(number: int, keys: str) -> list[Frame]:
    """The same as µ-law at 8 kHz (ITU-T G.711)."""
    silence = np.zeros(8000)
    sound = np.concatenate([silence, tones(keys, 8000), silence])
    context: Any = av.CodecContext.create("pcm_mulaw", "w")
    context.sample_rate, context.layout, context.format = 8000, "mono", "s16"
    context.time_base = Fraction(1, 8000)
    said: list[Frame] = []
    for index in range(len(sound) // 160):
        pcm = (sound[index * 160 : (index + 1) * 160] * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8000, index * 160
        data = b"".join(bytes(packet) for packet in context.encode(frame))
        said.append(Frame(number, index * 160, START + index * SECOND // 50, data, keyframe=True))
    return said
