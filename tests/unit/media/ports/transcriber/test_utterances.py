"""What counts as somebody speaking, and where what is said is cut."""

import itertools

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from roomful.media.ports.transcriber.utterances import Piece, Utterances
from roomful.media.ports.transcriber.voice_activity import RATE, WINDOW, VoiceActivity
from tests.dtmf import tones

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
Sound = NDArray[np.float64]


class Said(msgspec.Struct):
    """A whole utterance, in seconds after `START`."""

    start: float
    sound: Sound
    last: bool

    @property
    def end(self) -> float:
        return self.start + len(self.sound) / RATE


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE))


def noise(seconds: float, level: float) -> Sound:
    return np.random.default_rng(3).standard_normal(round(seconds * RATE)) * level


def voice(seconds: float, level: float = 0.2) -> Sound:
    """Like speech to a detector: a buzz with overtones, shaped by two resonances, in syllables of a quarter second."""
    times = np.arange(round(seconds * RATE)) / RATE
    pitch = 120 + 10 * np.sin(2 * np.pi * 1.5 * times)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    overtones = sum(
        np.sin(n * phase) * (1 / (1 + ((n * 120 - 600) / 200) ** 2) + 0.5 / (1 + ((n * 120 - 1700) / 300) ** 2))
        for n in range(1, 30)
    )
    syllables = np.abs(np.sin(np.pi * times / 0.25)) ** 0.5
    sound = np.asarray(overtones * syllables)
    return sound * (level / np.sqrt(np.mean(sound**2)))


def cut(sound: Sound, *, max_seconds: float = 15.0, portion: int = 317) -> list[Said]:
    """Feed it in odd portions; return what was said."""
    pcm = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    utterances = Utterances(max_seconds)
    pieces: list[Piece] = []
    for at in range(0, len(pcm), portion):
        pieces += utterances.feed(pcm[at : at + portion], START + at * SECOND // RATE)
    pieces += utterances.end()
    said: dict[str, Said] = {}
    for piece in pieces:
        one = said.setdefault(piece.id, Said((piece.start_ns - START) / SECOND, np.empty(0), False))
        assert not one.last
        one.sound = np.append(one.sound, np.frombuffer(piece.samples, "<i2") / 32768)
        one.last = piece.last
    assert all(one.last for one in said.values())
    return list(said.values())


def test_a_voice_is_cut_out_with_some_room_around_it() -> None:
    (said,) = cut(np.concatenate([silence(2), voice(3), silence(2)]))
    assert 1.6 < said.start < 2.0
    assert 5.3 < said.end < 6.0


def test_pauses_within_a_sentence_do_not_cut_it() -> None:
    assert len(cut(np.concatenate([silence(1), voice(1), silence(0.5), voice(1), silence(1)]))) == 1


def test_a_longer_pause_does() -> None:
    first, second = cut(np.concatenate([silence(1), voice(1), silence(1.2), voice(1), silence(1)]))
    assert second.start > first.end - 0.001


def test_the_sound_is_what_went_in() -> None:
    sound = np.concatenate([silence(1), voice(2), silence(2)])
    (said,) = cut(sound)
    at = round(said.start * RATE)
    assert np.abs(sound[at : at + len(said.sound)] - said.sound).max() < 0.001


@pytest.mark.parametrize(
    "sound", [silence(3), noise(10, 0.2), noise(10, 0.01)], ids=["silence", "loud fan", "quiet fan"]
)
def test_steady_noise_is_no_voice(sound: Sound) -> None:
    # A fan is news when it is switched on, and only then.
    assert sum(len(said.sound) for said in cut(sound)) <= 5 * RATE
    assert all(said.start < 1 for said in cut(sound))


def test_a_click_is_no_voice() -> None:
    click = silence(2)
    click[RATE : RATE + 300] = 0.8
    assert cut(click) == []


def test_a_hum_is_no_voice_after_a_while() -> None:
    hum = 0.1 * np.sin(2 * np.pi * 450 * np.arange(20 * RATE) / RATE)
    assert all(said.end < 8 for said in cut(hum))


def test_a_voice_over_a_fan_is_found() -> None:
    sound = np.concatenate([silence(4), voice(2), silence(3)]) + noise(9, 0.01)
    spoken = [said for said in cut(sound) if said.start > 3]
    assert len(spoken) == 1
    assert 3.5 < spoken[0].start < 4.1


def test_a_quiet_voice_is_found() -> None:
    (said,) = cut(np.concatenate([silence(2), voice(2, 0.02), silence(2)]))
    assert 1.5 < said.start < 2.2


def test_keys_of_a_telephone_are_found() -> None:
    (said,) = cut(np.concatenate([silence(1), tones("123", RATE), silence(2)]))
    assert 0.5 < said.start < 1.0


def test_a_long_speech_is_cut_where_it_is_quietest() -> None:
    breath = 8.0
    speech = np.concatenate([silence(1), voice(breath), silence(0.2), voice(8), silence(2)])
    first, second = cut(speech, max_seconds=10)
    assert abs(first.end - (1 + breath + 0.1)) < 0.15
    assert second.start == pytest.approx(first.end)


def test_speech_without_a_breath_is_cut_all_the_same_and_nothing_is_lost() -> None:
    sound = np.concatenate([silence(1), voice(40), silence(2)])
    said = cut(sound, max_seconds=10)
    assert len(said) >= 4
    assert all(len(one.sound) <= 10 * RATE for one in said)
    for one, following in itertools.pairwise(said):
        assert following.start == pytest.approx(one.end)


def test_long_gaps_end_what_is_said_and_short_ones_do_not() -> None:
    pcm = (voice(1) * 32767).astype(np.int16)
    utterances = Utterances(15)
    utterances.feed(np.zeros(RATE, np.int16), START)
    utterances.feed(pcm, START + SECOND)
    assert utterances.speaking
    assert not any(piece.last for piece in utterances.skip(0.1, START + 2 * SECOND))
    assert utterances.skip(5, START + 2 * SECOND)[-1].last
    assert not utterances.speaking


def test_levels_are_of_full_scale() -> None:
    detector = VoiceActivity()
    sine = np.sin(2 * np.pi * 500 * np.arange(WINDOW) / RATE)
    detector.is_voice((sine * 32767).astype(np.int16))
    assert -6 < detector.level < 0
