"""Answers as CSV, which no spreadsheet takes for formulas. RFC 4180."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_of(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rows of one part of an answer. Raises KeyError for one that it has not."""
    part: Any = answer[name]
    if isinstance(part, Mapping):
        return [part]
    if not isinstance(part, list):
        raise KeyError(name)
    rows = cast("list[Mapping[str, Any]]", part)
    if name != "pairs":
        return rows
    return [
        {"sender": pair["sender"], "receiver": pair["receiver"], **point} for pair in rows for point in pair["points"]
    ]


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """All columns that any row has, in the order in which they come up."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_cells(columns))
    writer.writerows(_cells(row.get(name) for name in columns) for row in rows)
    return text.getvalue()


def _cells(values: Iterable[Any]) -> list[Any]:
    return [_cell(value) for value in values]


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        value = msgspec.json.encode(value).decode()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
