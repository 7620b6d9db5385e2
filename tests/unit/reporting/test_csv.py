"""Answers as CSV."""

import pytest

from roomful.reporting.csv_tables import as_csv, table_of


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_text(name: str) -> None:
    assert as_csv([{"user_name": name}]).splitlines(keepends=False)[1].lstrip('"').startswith("'")


def test_columns_are_those_of_all_rows() -> None:
    assert as_csv([{"a": 1}, {"a": -2, "b": {"c": "d, e"}}]) == 'a,b\r\n1,\r\n-2,"{""c"":""d, e""}"\r\n'


def test_pairs_are_spread_over_their_points() -> None:
    answer = {"pairs": [{"sender": "a", "receiver": "b", "points": [{"ts": 1}, {"ts": 2}]}], "room_id": "x"}
    assert as_csv(table_of(answer, "pairs")) == "sender,receiver,ts\r\na,b,1\r\na,b,2\r\n"
    for name in ("nothing", "room_id"):
        with pytest.raises(KeyError):
            table_of(answer, name)
