"""Samples of a track are where its times say, whatever its clock and its network do."""

import msgspec
import numpy as np
import pytest

from roomful.media.ports.frames import Codec, Frame
from roomful.media.ports.scene.voice import CHUNK, QUIET_FOR, RATE, TRUSTED_FOR, WARM_UP, Voice
from tests.unit.media.ports.recorder.footage import SECOND, START, track
from tests.unit.media.ports.scene.sounds import loudness, tone


def listen(voice: Voice, seconds: float) -> np.ndarray:
    chunks = [voice.read(n * CHUNK, CHUNK) for n in range(int(seconds * 50))]
    return np.concatenate([np.zeros((CHUNK, 2), np.float32) if one is None else one for one in chunks])[:, 0]


def feed(voice: Voice, frames: list[Frame], speed: float = 1.0) -> None:
    """Feed frames whose sender's clock runs at this speed."""
    for frame in frames:
        voice.feed(frame, round((frame.wall_ns - START) * speed * RATE / SECOND), 0)


def test_silence_is_nothing() -> None:
    assert Voice(track(1, Codec.OPUS)).read(0, CHUNK) is None


@pytest.mark.parametrize("speed", [0.9995, 1.0005])
def test_a_clock_that_drifts_is_followed_without_holes(speed: float) -> None:
    voice = Voice(track(1, Codec.OPUS))
    feed(voice, tone(1, 8, 440), speed)
    heard = listen(voice, 8 * speed)
    steps = np.abs(np.diff(heard[4800:-4800]))
    assert steps.max() < 0.03, "no jump that a tone of 440 Hz does not have"
    assert loudness(heard[-48000:-4800], 440) > 0.25


def test_a_hole_is_silent_and_what_follows_is_in_its_place() -> None:
    voice = Voice(track(1, Codec.OPUS))
    frames = tone(1, 2, 440)
    feed(voice, frames[:50] + frames[75:])
    heard = listen(voice, 2)
    assert np.abs(heard[50 * CHUNK : 75 * CHUNK]).max() == 0
    assert loudness(heard[76 * CHUNK :], 440) > 0.2


def test_what_was_sent_twice_is_heard_once() -> None:
    voice = Voice(track(1, Codec.OPUS))
    frames = tone(1, 1, 440)
    feed(voice, frames + frames[:40])
    assert loudness(listen(voice, 1)[4800:], 440) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("codec", [Codec.PCMU, Codec.PCMA])
def test_telephone_sound_is_resampled(codec: Codec) -> None:
    voice = Voice(track(1, codec))
    silent = {Codec.PCMU: 0xFF, Codec.PCMA: 0xD5}[codec]
    loud = {Codec.PCMU: 0x8F, Codec.PCMA: 0xA5}[codec]
    wave = bytes(([loud] * 4 + [loud ^ 0x80] * 4) * 20)
    feed(voice, [Frame(1, n * 160, START + n * SECOND // 50, wave, True) for n in range(50)])
    heard = listen(voice, 1)
    assert loudness(heard[4800:], 1000) > 0.3
    feed(voice, [Frame(1, 0, START + 2 * SECOND, bytes([silent]) * 160, True)])


def test_frames_of_nonsense_are_counted_and_left_out() -> None:
    voice = Voice(track(1, Codec.OPUS))
    frames = tone(1, 1, 440)
    for frame in frames[:10]:
        voice.feed(msgspec.structs.replace(frame, data=b"\xff" * 30), 0, 0)
    assert voice.unreadable == 10
    feed(voice, frames)
    assert voice.unreadable == 0
    assert loudness(listen(voice, 1)[4800:], 440) > 0.25


def test_what_says_that_it_is_quiet_is_not_decoded_until_it_is_loud_again() -> None:
    voice = Voice(track(1, Codec.OPUS))
    nonsense = [
        msgspec.structs.replace(frame, data=b"\xff" * 30, level=127) for frame in tone(1, (QUIET_FOR + 40) / 50, 440)
    ]
    for frame in nonsense:
        voice.feed(frame, 0, 0, spare=True)
    assert voice.unreadable == QUIET_FOR, "the others were not looked at"
    start = len(nonsense) * CHUNK
    for index, frame in enumerate(tone(1, 1, 440)):
        voice.feed(msgspec.structs.replace(frame, level=10), start + index * CHUNK, 0, spare=True)
    heard = voice.read(start, CHUNK)
    assert heard is not None
    assert loudness(heard[:, 0], 440) > 0.2, "in its place, from its first packet on"


@pytest.mark.parametrize("level", [60, 127])
def test_who_says_to_be_quiet_and_is_not_is_heard(level: int) -> None:
    voice = Voice(track(1, Codec.OPUS))
    for index, frame in enumerate(tone(1, 4, 440)):
        # As one whose microphone was really off at first.
        quiet = msgspec.structs.replace(frame, level=level, data=b"\xf8\xff\xfe" if index < 50 else frame.data)
        voice.feed(quiet, index * CHUNK, 0, spare=True)
    heard = listen(voice, 4)[: 4 * RATE]
    trusted = QUIET_FOR + TRUSTED_FOR
    assert loudness(heard[(trusted + WARM_UP) * CHUNK :], 440) > 0.25, "nobody is believed for ever"


def test_what_has_to_be_heard_however_quiet_is_decoded() -> None:
    voice = Voice(track(1, Codec.OPUS))
    for index, frame in enumerate(tone(1, 2, 440, level=0.0005)):
        voice.feed(msgspec.structs.replace(frame, level=70), index * CHUNK, 0)
    assert loudness(listen(voice, 2)[RATE:], 440) > 0.0003
