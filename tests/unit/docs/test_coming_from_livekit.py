"""The page says what the tests prove, and nothing else."""

from pathlib import Path

import pytest

from tools import livekit_page

ROWS = [row for group in livekit_page.groups() for row in group.rows]


def test_the_page_is_current() -> None:
    written = Path("docs/reference/coming-from-livekit.md").read_text("utf-8")
    assert written == livekit_page.page(), "run: python tools/livekit_page.py docs/reference/coming-from-livekit.md"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.feature)
def test_every_test_that_a_row_names_is_there(row: livekit_page.Row) -> None:
    assert not [test for test in row.tests if not livekit_page.exists(test)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.feature)
def test_what_is_here_is_proved_and_what_is_missing_is_not(row: livekit_page.Row) -> None:
    assert bool(row.tests) == (row.here != "missing")


def test_every_feature_of_the_table_has_a_row() -> None:
    assert sorted(row.number for row in ROWS if row.number) == list(range(1, 81))


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert not livekit_page.exists("e2e/test_media.py::test_of_nothing")
    assert not livekit_page.exists("e2e/test_nothing.py::test_two_clients_see_and_hear_each_other")
