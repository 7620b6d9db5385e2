"""What the receiver is sent: sound without holes, and who is muted."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from roomful.media.ports.frames import Codec, Frame, Mark, Stop
from roomful.media.ports.pcm_stream.plan import BYTES_PER_SECOND, RATE
from roomful.media.ports.pcm_stream.session import LONGEST_FILL, Muted, Session
from tests.dtmf import keys_in
from tests.unit.media.ports.recorder.footage import SECOND, START, track
from tests.unit.media.ports.transcriber.calls import call, g711


def heard(session: Session, *records: Any, now: float = 0.0) -> NDArray[np.float64]:
    """The left side of what these records become."""
    pieces = [one for record in records for one in session.feed(record, now) if isinstance(one, bytes)]
    return np.frombuffer(b"".join(pieces), "<i2").reshape(-1, 2)[:, 0] / 32768


def seconds(messages: list[Any]) -> float:
    return sum(len(one) for one in messages) / BYTES_PER_SECOND


def mute(muted: bool) -> Mark:
    return Mark(START, {"mute": "TR_0", "muted": muted})


@pytest.mark.parametrize(("codec", "make"), [(Codec.OPUS, call), (Codec.PCMU, g711)])
def test_packets_become_sound_at_48_khz(codec: Codec, make: Any) -> None:
    frames = make(0, "147")
    sound = heard(Session(), track(0, codec), *frames)
    assert keys_in(sound, RATE) == ["1", "4", "7"]
    assert len(sound) / RATE == pytest.approx(len(frames) / 50, abs=0.03)


def test_what_is_lost_is_silence_of_the_same_length() -> None:
    frames = call(0, "1 7")
    whole, holed = heard(Session(), track(0, Codec.OPUS), *frames), Session()
    assert len(heard(holed, track(0, Codec.OPUS), *frames[:75], *frames[120:])) == pytest.approx(len(whole), abs=1)


def test_time_goes_on_while_nothing_comes() -> None:
    session, frames = Session(), call(0, "1")
    before = heard(session, track(0, Codec.OPUS), *frames[:50])
    assert seconds(session.tick(0.4)) == 0
    assert seconds(session.tick(1.5)) == pytest.approx(1.0)
    assert seconds(session.tick(2.5)) == pytest.approx(1.0)
    # Three seconds are missing when she goes on, and two of them have been sent.
    later = Frame(0, frames[50].rtp_time + 3 * RATE, frames[50].wall_ns + 3 * SECOND, frames[50].data)
    assert len(heard(session, later, now=3.0)) == pytest.approx(1.02 * RATE, abs=2)
    assert len(before) == pytest.approx(RATE, abs=1)


def test_silence_that_was_not_missing_is_made_up_for_by_the_next_that_is() -> None:
    session, frames = Session(), call(0, "1")
    heard(session, track(0, Codec.OPUS), *frames[:50])
    assert seconds(session.tick(1.5)) == pytest.approx(1.0)
    assert len(heard(session, frames[50], now=1.5)) == 960  # it was only late
    later = Frame(0, frames[51].rtp_time + 2 * RATE, frames[51].wall_ns + 2 * SECOND, frames[51].data)
    assert len(heard(session, later, now=1.6)) == pytest.approx(1.02 * RATE, abs=2)


def test_times_that_cannot_be_do_not_become_hours_of_silence() -> None:
    session, frames = Session(), call(0, "1")
    heard(session, track(0, Codec.OPUS), frames[0])
    later = Frame(0, frames[1].rtp_time, frames[1].wall_ns + 5000 * SECOND, frames[1].data)
    far = Frame(0, later.rtp_time + 5000 * RATE, later.wall_ns, later.data)
    assert len(heard(session, far)) <= LONGEST_FILL + 960


def test_nothing_is_sent_before_the_first_sound() -> None:
    session = Session()
    assert session.tick(100.0) == []
    assert session.feed(track(0, Codec.OPUS), 100.0) == []
    assert session.tick(200.0) == []


def test_muting_is_told_once_each() -> None:
    session = Session()
    said = [message for muted in (False, True, True, False) for message in session.feed(mute(muted), 0.0)]
    assert said == [Muted(True), Muted(False)]


def test_packets_that_are_no_opus_are_a_problem() -> None:
    session = Session()
    broken = [Frame(0, 960 * index, START + index * SECOND // 50, b"\xff" * 40) for index in range(100)]
    assert len(heard(session, track(0, Codec.OPUS), *broken)) == 0
    assert [(one.track, one.what) for one in session.problems()] == [("TR_0", "unreadable")]


def test_it_hears_when_it_is_over() -> None:
    session = Session()
    session.feed(Stop(), 0.0)
    assert session.stopped
