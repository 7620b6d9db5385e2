"""Durations and port ranges, as people write them."""

import pytest

from roomful.config import Duration, PortRange


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(20, 20), (0.5, 0.5), ("20", 20), ("500ms", 0.5), ("20s", 20), ("1h30m", 5400), ("1.5s", 1.5), ("7d", 604800)],
)
def test_a_duration_is_seconds_or_text(text: object, seconds: float) -> None:
    assert Duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "5 bananas", "-1", -1, True, None, [], "1e99", "5s!", "nan", "inf"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration(text)


@pytest.mark.parametrize(
    ("duration", "text"), [(Duration("500ms"), "500ms"), (Duration(20), "20s"), (Duration(0), "0s")]
)
def test_a_duration_prints_as_it_is_written(duration: Duration, text: str) -> None:
    assert str(duration) == text


@pytest.mark.parametrize(
    ("text", "first", "last"), [(7882, 7882, 7882), ("7882", 7882, 7882), ("7882-7892", 7882, 7892), ("1 - 2", 1, 2)]
)
def test_a_port_range_is_a_port_or_two(text: object, first: int, last: int) -> None:
    assert PortRange.parse(text) == PortRange(first, last)
    assert len(PortRange(first, last)) == last - first + 1


@pytest.mark.parametrize("text", ["", "a-b", "5-4", 0, 65536, "1-70000", True, None, [], "1-2-3", "-5"])
def test_what_is_no_port_range_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="port"):
        PortRange.parse(text)
