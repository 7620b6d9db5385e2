"""When frames of peers were captured, whatever their timestamps do."""

import pytest

from roomful.media.ports.bridge.timeline import CaptureClock, MediaTime, opus_duration_ns

MS = 1_000_000
SECOND = 1000 * MS


def test_capture_times_are_even_although_arrivals_are_not() -> None:
    clock = CaptureClock()
    arrivals = [100, 130, 145, 190, 182]
    times = [clock.captured(20_000 * n, (arrivals[n] + 5000) * MS) for n in range(5)]
    assert times[0] == 5100 * MS
    # The third came quickest: from then on it says what delay is.
    assert times[3] - times[2] == times[4] - times[3] == 20 * MS
    assert times == sorted(times)


def test_a_publisher_that_starts_again_at_zero_is_followed() -> None:
    clock = CaptureClock()
    before = clock.captured(3_600_000_000, 10 * SECOND)
    after = clock.captured(0, 11 * SECOND)
    assert (before, after) == (10 * SECOND, 11 * SECOND)


def test_what_was_quickest_long_ago_counts_no_more() -> None:
    clock = CaptureClock()
    clock.captured(0, SECOND)
    assert clock.captured(1_000_000, 2 * SECOND + 50 * MS) == 2 * SECOND
    assert clock.captured(12_000_000, 13 * SECOND + 50 * MS) == 13 * SECOND + 50 * MS


def test_video_time_goes_on_where_it_was_when_timestamps_start_again() -> None:
    time = MediaTime()
    assert [time.at(stamp) for stamp in (500_000, 533_000, 566_000)] == [0, 33 * MS, 66 * MS]
    assert time.at(0) == 99 * MS
    assert time.at(40_000) == 139 * MS


def test_sound_is_counted_by_its_packets_until_it_is_far_off() -> None:
    time = MediaTime()
    stamps = [0, 23_000, 37_000, 61_000]
    assert [time.after(stamp, 20 * MS) for stamp in stamps] == [0, 20 * MS, 40 * MS, 60 * MS]
    # Half a second of silence was not sent.
    assert time.after(580_000, 20 * MS) == 580 * MS
    assert time.after(600_000, 20 * MS) == 600 * MS
    # And here it starts again.
    assert [time.after(stamp, 20 * MS) for stamp in (0, 20_000)] == [620 * MS, 640 * MS]


@pytest.mark.parametrize(
    ("packet", "milliseconds"),
    [
        (bytes([0 << 3]), 10),
        (bytes([3 << 3]), 60),
        (bytes([13 << 3 | 1, 0]), 40),
        (bytes([16 << 3]), 2.5),
        (bytes([31 << 3 | 2, 0]), 40),
        (bytes([31 << 3 | 3, 3]), 60),
        (bytes([31 << 3 | 3]), 0),
        (b"", 0),
    ],
)
def test_how_long_a_packet_of_opus_lasts(packet: bytes, milliseconds: float) -> None:
    assert opus_duration_ns(packet) == milliseconds * MS
