"""Recording time is wall time without what was left out."""

from roomful.media.ports.recorder.timeline import Timeline


def test_without_pauses_it_is_wall_time() -> None:
    assert Timeline().at(5) == 5


def test_nothing_is_wanted_before_the_start() -> None:
    timeline = Timeline(10)
    assert [timeline.at(time) for time in (9, 10)] == [None, 10]


def test_pauses_take_no_time() -> None:
    timeline = Timeline()
    timeline.pause(10)
    assert [timeline.at(time) for time in (9, 10, 15)] == [9, None, None]
    timeline.resume(20)
    timeline.pause(30)
    timeline.resume(35)
    assert [timeline.at(time) for time in (9, 15, 20, 29, 32, 35, 40)] == [9, None, 10, 19, None, 20, 25]


def test_pausing_and_resuming_twice_does_nothing() -> None:
    timeline = Timeline()
    timeline.resume(1)
    timeline.pause(10)
    timeline.pause(12)
    assert timeline.paused
    timeline.resume(20)
    timeline.resume(25)
    assert timeline.at(30) == 20


def test_a_clock_that_goes_back_makes_no_time() -> None:
    timeline = Timeline()
    timeline.pause(10)
    timeline.resume(5)
    assert timeline.at(12) == 12
