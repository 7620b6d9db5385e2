"""Encoded sound is measured right, and silence is silent."""

from typing import Any

import av
import numpy as np
import pytest

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder.sound import opus_samples, samples_of, silence, written


def decoder(name: str, rate: int, layout: str) -> Any:
    context: Any = av.CodecContext.create(name, "r")
    context.sample_rate, context.layout = rate, layout
    return context


@pytest.mark.parametrize("milliseconds", ["2.5", "5", "10", "20", "40", "60", "120"])
@pytest.mark.parametrize("application", ["voip", "audio", "lowdelay"])
def test_opus_packets_last_as_long_as_libopus_made_them(milliseconds: str, application: str) -> None:
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = 48000, "mono", "s16", 24000
    context.options = {"frame_duration": milliseconds, "application": application}
    samples = int(float(milliseconds) * 48)
    frame = av.AudioFrame.from_ndarray(np.ones((1, samples), np.int16), format="s16", layout="mono")
    frame.sample_rate = 48000
    packets = [*context.encode(frame), *context.encode(None)]
    assert opus_samples(bytes(packets[0])) == samples


@pytest.mark.parametrize("packet", [b"", b"\x03", b"\xfb\x3f"])
def test_what_is_no_opus_packet_lasts_no_time(packet: bytes) -> None:
    assert opus_samples(packet) == 0


@pytest.mark.parametrize("samples", [120, 960, 48000, 48000 + 960 + 240])
def test_opus_silence_lasts_as_long_as_wanted_and_is_silent(samples: int) -> None:
    context = decoder("libopus", 48000, "stereo")
    heard = 0
    for payload, length in silence(Codec.OPUS, samples, 2):
        assert opus_samples(payload) == length
        for frame in context.decode(av.Packet(payload)):
            heard += frame.samples
            assert not frame.to_ndarray().any()
    assert heard == samples


def test_less_than_a_packet_of_opus_is_left_over() -> None:
    assert sum(length for _, length in silence(Codec.OPUS, 1079, 2)) == 960


@pytest.mark.parametrize(("codec", "name"), [(Codec.PCMU, "pcm_mulaw"), (Codec.PCMA, "pcm_alaw")])
def test_telephone_codes_become_the_samples_that_libavcodec_decodes(codec: Codec, name: str) -> None:
    codes = bytes(range(256))
    (frame,) = decoder(name, 8000, "mono").decode(av.Packet(codes))
    assert written(codec, codes) == frame.to_ndarray().astype("<i2").tobytes()
    assert samples_of(codec, codes, 1) == 256
