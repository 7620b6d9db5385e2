"""Voices are waited for as long as they are late, and no longer."""

from roomful.media.ports.scene.jitter import EASE, LEAST, MOST, REMEMBERED, SPARE, Jitter

MS = 1_000_000
FIRST = 60 * MS


def listened(*late: int, every: int = 20) -> Jitter:
    """Packets that come so many milliseconds late, one after the other."""
    jitter = Jitter(FIRST)
    for index, one in enumerate(late):
        jitter.hear(one * MS, index * every * MS)
    return jitter


def test_who_is_in_time_is_waited_for_less_little_by_little() -> None:
    assert listened(*[-10] * 50).delay == FIRST
    seconds = REMEMBERED + 1
    assert FIRST - 2 * EASE <= listened(*[-10] * 50 * seconds).delay < FIRST
    assert listened(*[-10] * 50 * (seconds + FIRST // EASE)).delay == LEAST


def test_who_is_always_a_little_late_is_waited_for_as_long() -> None:
    assert listened(*[7, 9, 8, 6] * 600).delay == 9 * MS + SPARE


def test_a_late_packet_is_waited_for_at_once_and_remembered() -> None:
    in_time = [1] * 50 * (REMEMBERED + 25)
    assert listened(*in_time, 90).delay == 90 * MS + SPARE
    assert listened(*in_time, 90, *[1] * 400).delay == 90 * MS + SPARE
    assert listened(*in_time, 90, *in_time).delay == 1 * MS + SPARE


def test_what_is_too_late_is_not_waited_for() -> None:
    in_time = [1] * 50 * (REMEMBERED + 25)
    assert listened(*in_time, 179).delay == MOST
    assert listened(*in_time, 300).delay == 1 * MS + SPARE
