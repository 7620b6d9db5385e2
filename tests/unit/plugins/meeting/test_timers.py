"""The clock of a meeting: it counts while the meeting goes on, warns, and ends. specs/monibuca-rooms.md §7.4."""

from roomful.plugins.meeting.timers import MeetingTimer, Ring, SpeakerTimer

START = 1000.0


def timer(max_duration: float = 7200, warning_before_end: float = 300) -> MeetingTimer:
    return MeetingTimer(max_duration=max_duration, warning_before_end=warning_before_end)


def rings(clock: MeetingTimer, until: float) -> list[tuple[float, Ring]]:
    """What rings when it is asked exactly when it says that it is due."""
    told: list[tuple[float, Ring]] = []
    while (due := clock.due()) is not None and due <= until:
        told += [(due - START, ring) for ring in clock.ring(due)]
    return told


def test_a_warning_comes_five_minutes_before_the_end_and_the_end_after_two_hours() -> None:
    clock = timer()
    clock.run(START)
    told = rings(clock, START + 8000)
    assert [one for one in told if one[1] is not Ring.MINUTE] == [(6900, Ring.WARNING), (7200, Ring.EXPIRED)]
    assert [at for at, ring in told if ring is Ring.MINUTE][:3] == [60, 120, 180]


def test_a_pause_stops_the_clock() -> None:
    clock = timer(max_duration=100, warning_before_end=10)
    clock.run(START)
    clock.stop(START + 80)
    assert clock.due() is None
    assert clock.remaining(START + 5000) == 20
    clock.run(START + 5000)
    assert [one for one in rings(clock, START + 6000) if one[1] is not Ring.MINUTE] == [
        (5010, Ring.WARNING),
        (5020, Ring.EXPIRED),
    ]


def test_more_time_brings_the_warning_again() -> None:
    clock = timer(max_duration=100, warning_before_end=10)
    clock.run(START)
    assert Ring.EXPIRED in clock.ring(START + 100)
    clock.extend(50, START + 100)
    assert not clock.expired
    assert [one for one in rings(clock, START + 1000) if one[1] is not Ring.MINUTE] == [
        (140, Ring.WARNING),
        (150, Ring.EXPIRED),
    ]


def test_a_clock_that_was_not_asked_for_long_says_each_thing_once() -> None:
    clock = timer(max_duration=100, warning_before_end=10)
    clock.run(START)
    assert clock.ring(START + 9999) == [Ring.MINUTE, Ring.WARNING, Ring.EXPIRED]
    assert clock.ring(START + 9999) == []


def test_without_a_longest_duration_there_is_no_end() -> None:
    clock = timer(max_duration=0)
    clock.run(START)
    assert clock.remaining(START + 1e6) is None
    assert {ring for _, ring in rings(clock, START + 10_000)} == {Ring.MINUTE}


def test_a_speaker_is_warned_ten_seconds_before_the_end() -> None:
    speaker = SpeakerTimer(user_id="ann", seconds=30, ends=130)
    assert speaker.due() == 120
    assert speaker.ring(119) is None
    assert speaker.ring(120) is Ring.WARNING
    assert speaker.due() == 130
    assert speaker.ring(130) is Ring.EXPIRED


def test_a_short_speech_is_warned_of_at_once() -> None:
    speaker = SpeakerTimer(user_id="ann", seconds=5, ends=105)
    assert speaker.ring(100) is Ring.WARNING
