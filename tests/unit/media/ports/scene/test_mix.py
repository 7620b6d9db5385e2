import numpy as np

from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.floor import Floor, Talker
from roomful.media.ports.scene.mix import Limiter, add, to_pcm
from roomful.media.ports.scene.voice import CHUNK, Samples

LOUD: Samples = np.full((CHUNK, 2), 0.1, np.float32)


def wave(level: float) -> Samples:
    return np.repeat((level * np.sin(np.arange(CHUNK) / 10)).astype(np.float32), 2).reshape(-1, 2)


def talk(talker: Talker, seconds: float, start: float = 0.0, samples: Samples | None = LOUD) -> None:
    for tick in range(int(seconds * 50)):
        talker.hear(samples, int(start * SECOND) + tick * SECOND // 50)


def test_what_does_not_clip_is_left_alone() -> None:
    samples = wave(0.5)
    assert Limiter().apply(samples) is samples


def test_what_would_clip_is_turned_down_and_comes_back_slowly() -> None:
    limiter = Limiter()
    assert np.abs(limiter.apply(wave(4.0))).max() <= 1
    after = [float(np.abs(limiter.apply(wave(0.5))).max()) for _ in range(100)]
    assert after[0] < 0.2 < 0.45 < after[-1]
    assert after == sorted(after)


def test_two_at_full_scale_do_not_wrap_around() -> None:
    total = add([wave(1.0), wave(1.0)])
    assert total is not None
    mixed = to_pcm(Limiter().apply(total))
    assert np.all(np.sign(mixed[0, ::2]) * np.sign(wave(1.0)[:, 0]) >= 0)


def test_talking_begins_after_a_while_and_ends_after_a_pause() -> None:
    talker = Talker()
    talk(talker, 0.1)
    assert talker.talking_since is None
    talk(talker, 0.3, start=0.1)
    assert talker.talking_since == 0
    talk(talker, 0.5, start=0.4, samples=None)
    assert talker.talking_since == 0
    talk(talker, 1, start=0.9, samples=None)
    assert (talker.talking_since, talker.open) == (None, False)


def test_the_floor_goes_to_who_talks_a_second_and_stays_while_they_do() -> None:
    floor, talkers = Floor(), {"a": Talker(), "b": Talker()}
    talk(talkers["a"], 0.8)
    floor.update(talkers, 8 * SECOND // 10)
    assert floor.holder is None
    talk(talkers["a"], 1.2, start=0.8)
    floor.update(talkers, 2 * SECOND)
    talk(talkers["b"], 2, start=1)
    talk(talkers["a"], 1, start=2)
    floor.update(talkers, 3 * SECOND)
    assert floor.holder == "a", "whoever interrupts does not take it"
    talk(talkers["a"], 1, start=3, samples=None)
    talk(talkers["b"], 1, start=3)
    floor.update(talkers, 4 * SECOND)
    assert floor.holder == "b"
    talk(talkers["b"], 2, start=4, samples=None)
    floor.update(talkers, 6 * SECOND)
    assert floor.holder == "b", "the last speaker stays"
    floor.pinned = "a"
    assert floor.holder == "a"
    floor.leave("a")
    floor.leave("b")
    assert floor.holder is None
