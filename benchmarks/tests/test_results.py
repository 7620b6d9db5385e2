"""Budgets are judged, and results shown, as the runs came out."""

from pathlib import Path

import pytest

from benchmarks import table
from benchmarks.metrics import Bound, Metric
from benchmarks.runs import Results
from benchmarks.servers import Program

OURS = Program("roomful", "abc1234", lambda config: ["true", str(config)])
PEER = Program("livekit-server", "1.13.5", lambda config: ["true", str(config)])


def results(ours: list[float], peer: list[float] | None = None, metric: Metric = Metric.VIDEO_CPU) -> Results:
    """Rounds of one metric."""
    values = {(OURS.name, metric): ours}
    if peer is None:
        return Results([OURS], values)
    return Results([OURS, PEER], values | {(PEER.name, metric): peer})


def test_a_bound_holds_up_to_and_including_its_limit() -> None:
    assert Bound(at_most=6).holds(6.0)
    assert not Bound(at_most=6).holds(6.01)
    assert Bound(at_least=1).holds(1.0)
    assert not Bound(at_least=1).holds(0.99)


def test_the_absolute_budget_holds_without_a_peer() -> None:
    assert results([5.0]).keeps(Metric.VIDEO_CPU) is True
    assert results([7.0]).missed() == [Metric.VIDEO_CPU]


def test_the_ratio_to_the_peer_counts_too() -> None:
    assert results([5.0], [25.0]).keeps(Metric.VIDEO_CPU) is True
    assert results([5.0], [15.0]).missed() == [Metric.VIDEO_CPU]


def test_a_budget_that_is_a_ratio_alone_is_open_without_a_peer() -> None:
    alone = results([400.0], metric=Metric.FIRST_FRAME)
    assert alone.keeps(Metric.FIRST_FRAME) is None
    assert alone.missed() == []


def test_a_row_shows_medians_extremes_ratio_and_verdict() -> None:
    rows = table.render(results([4.0, 6.0], [20.0, 20.0]), "a machine").splitlines()
    assert rows[0] == "a machine; roomful abc1234, livekit-server 1.13.5."
    expected = "| 5.0 µs (4.0 to 6.0) | 20.0 µs | 0.25 | ≤ 6 µs, ≤ 0.25 of livekit-server | yes |"
    assert rows[-1] == f"| {Metric.VIDEO_CPU.title} {expected}"


def test_a_run_without_result_is_shown_as_failed() -> None:
    shown = Results([OURS, PEER], {(PEER.name, Metric.VIDEO_CPU): [20.0]})
    assert "| failed | 20.0 µs |" in table.render(shown, "a machine")


def test_the_page_keeps_everything_around_the_table(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(table.PAGE.read_text())
    table.write("first\n", page)
    table.write("second\n", page)
    text = page.read_text()
    assert "second" in text
    assert "first\n" not in text
    assert text.startswith("# Benchmarks")
    assert "## Run it yourself" in text


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match="markers"):
        table.write("table", page)
    assert page.read_text() == "nothing here"
