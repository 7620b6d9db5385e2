"""Levels are those of RFC 6464: dB below full scale, of all samples together."""

import numpy as np
import pytest

from roomful.media.ports.encoding import OpusEncoder
from roomful.media.ports.loudness import QUIETEST, level_of
from roomful.media.ports.scene.voice import CHUNK, RATE, Samples


def sine(peak: float) -> Samples:
    wave = peak * np.sin(2 * np.pi * 400 * np.arange(CHUNK) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


@pytest.mark.parametrize(("peak", "level"), [(1.0, 3), (0.1, 23), (0.01, 43), (0.0, QUIETEST), (1e-9, QUIETEST)])
def test_a_sine_is_so_loud(peak: float, level: int) -> None:
    assert level_of(sine(peak)) == level
    if peak > 0.001:
        assert level_of((sine(peak) * 32767).astype(np.int16)) == level


def test_full_scale_is_zero_and_nothing_is_silence() -> None:
    assert level_of(np.full((CHUNK, 2), -32768, np.int16)) == 0
    assert level_of(np.full(10, 1.5, np.float32)) == 0
    assert level_of(np.zeros(0, np.float32)) == QUIETEST


def test_what_is_encoded_comes_with_its_level() -> None:
    opus = OpusEncoder()
    packets = [packet for peak in (0.1, 0.0) for packet in opus.encode(sine(peak))]
    assert [packet.level for packet in packets] == [23, QUIETEST]
    assert all(packet.data for packet in packets)
