"""How much later a voice is in the mix, with networks whose delays are known and a clock that is set."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import numpy as np
import pytest

from roomful.media.ports.frames import Codec, Frame, Record
from roomful.media.ports.mixer import MixPlan
from roomful.media.ports.mixer.session import Session
from roomful.media.ports.mixer.worker import PROMPT
from tests.unit.media.ports.mixer.listening import Heard
from tests.unit.media.ports.recorder.footage import SECOND, START, track, video
from tests.unit.media.ports.scene.sounds import tone

MS = 1_000_000
RATE = 48_000
Plans = Callable[..., MixPlan]


class Mixed(Heard):
    """What a live mixer wrote, and when."""

    def __init__(self, session: Session, arrivals: Iterable[tuple[int, Record]], written: list[Record]) -> None:
        """Let each record come at its time, and the mixer do what is due."""
        self.times: list[int] = []
        self.delays: list[int] = []
        queue = [(at, number, record) for number, (at, record) in enumerate(arrivals)]
        heapq.heapify(queue)
        turn = 0
        while queue:
            due, turn = session.due(), turn + 1
            prompt = turn % PROMPT == 0
            while queue and queue[0][0] <= due:
                at, _, record = heapq.heappop(queue)
                session.feed(record, at if prompt else due, prompt=prompt)
            before = len(written)
            session.tick(due)
            self.times += [due] * (len(written) - before)
            self.delays.append(due - session.due() + 20 * MS)
        super().__init__(written)

    def latencies(self, member: str) -> list[float]:
        """How many ms after the beginning of its 20 ms each packet of a member was written."""
        number, first = self.number(member), len(self.records) - len(self.times)
        written = zip(self.records[first:], self.times, strict=True)
        return [(at - one.wall_ns) / MS for one, at in written if isinstance(one, Frame) and one.track == number]


@pytest.fixture
def live(plan: Plans) -> Callable[..., Mixed]:
    def run(*tracks: Record, frames: Iterable[Frame], delay: Callable[[Frame], float], **fields: Any) -> Mixed:
        """`delay` of a frame is in ms."""
        written: list[Record] = []
        session = Session(plan("PA_1", "PA_2", offline=False, **fields), written.append)
        session.open(START)
        for one in tracks:
            session.feed(one, START)
        arrivals = [(frame.wall_ns + round(delay(frame) * MS), frame) for frame in frames]
        return Mixed(session, sorted(arrivals, key=lambda entry: entry[0]), written)

    return run


def talker(number: int = 0) -> Record:
    return track(number, Codec.OPUS, session="PA_1", identity="PA_1")


def loudest_and_quietest(sound: Any, start: float, end: float) -> tuple[float, float]:
    """Root mean squares of the pieces of 10 ms."""
    pieces = sound[int(start * RATE) : int(end * RATE)].reshape(-1, RATE // 100)
    power = np.sqrt(np.mean(pieces**2, axis=1))
    return float(power.max()), float(power.min())


def test_who_is_always_in_time_is_heard_after_40_ms_and_soon_after_less(live: Callable[..., Mixed]) -> None:
    mixed = live(talker(), frames=tone(0, 30, 400), delay=lambda _: 2, video_codecs=[])
    latencies = mixed.latencies("PA_2")
    assert max(latencies) <= 40
    assert max(latencies[-50:]) <= 28, "the 20 ms themselves, and what is spared beyond the 2 ms at most"
    assert max(abs(b - a) for a, b in itertools.pairwise(latencies)) <= 4, "evenly"
    loud, quiet = loudest_and_quietest(mixed.sound("PA_2"), 1, 29)
    assert quiet == pytest.approx(loud, rel=0.1), "there is no gap in the tone"


def test_who_is_late_now_and_then_is_waited_for_after_the_first_time(live: Callable[..., Mixed]) -> None:
    random = Random(7)
    jittery = {n: random.uniform(0, 70) for n in range(100, 1500, 3)}
    mixed = live(
        talker(),
        frames=tone(0, 30, 400),
        delay=lambda frame: jittery.get((frame.wall_ns - START) * 50 // SECOND, 1),
        video_codecs=[],
    )
    latencies = mixed.latencies("PA_2")
    assert max(latencies[:100]) <= 40
    assert 60 <= latencies[1000] <= 80
    loud, quiet = loudest_and_quietest(mixed.sound("PA_2"), 6, 29)
    assert quiet == pytest.approx(loud, rel=0.1), "once the delay is known there is no gap in the tone"


def test_pictures_do_not_hold_up_voices(live: Callable[..., Mixed]) -> None:
    picture = track(1, Codec.VP8, session="PA_1", identity="PA_1")
    frames = [*tone(0, 3, 400), *video(1, Codec.VP8, 3)]
    mixed = live(talker(), picture, frames=sorted(frames, key=lambda one: one.wall_ns), delay=lambda _: 2)
    written = zip(mixed.records[-len(mixed.times) :], mixed.times, strict=True)
    order = [(one.track, at) for one, at in written if isinstance(one, Frame)]
    seen = [index for index, (number, _) in enumerate(order) if number == 0]
    assert len(seen) > 40
    heard = mixed.number("PA_2")
    for index in seen:
        moment = order[index][1]
        assert all(at > moment for number, at in order[index + 1 :] if number == heard), "sound first"
    frames_of = mixed.frames(0)
    sounds = {one.wall_ns for one in mixed.frames(heard)}
    assert all(min(abs(one.wall_ns - at) for at in sounds) <= 20 * MS for one in frames_of), "and of the same moment"
