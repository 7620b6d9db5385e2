"""Top-level fields of JSON documents, asked for in the database's own words; the answers are the same of both."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Integer, Numeric, Text, and_, case, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from roomful.storage.tables import plugin_records

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(document: str) -> str:
    """PostgreSQL finds nothing in JSON with NULs in it."""
    return _NUL.sub(r"\1\\ufffd", document) if r"\u0000" in document else document


class Fields(Protocol):
    """How one database looks into documents. `name` is data, and can be nothing but the name of a field."""

    def equals(self, name: str, value: Any) -> ColumnElement[bool]:
        """None: there is no such field, or it is null."""
        ...

    def number(self, name: str) -> ColumnElement[Any]:
        """NULL where it is none."""
        ...

    def order(self, name: str) -> Sequence[ColumnElement[Any]]:
        """Nothing, numbers and truths, text by its code points."""
        ...


def fields_of(is_postgresql: bool) -> Fields:
    return _PostgresqlFields() if is_postgresql else _SqliteFields()


class _SqliteFields:
    def equals(self, name: str, value: Any) -> ColumnElement[bool]:
        return _extracted(name).is_(None) if value is None else _extracted(name) == value

    def number(self, name: str) -> ColumnElement[Any]:
        is_number = func.json_type(plugin_records.c.document, _path(name)).in_(("integer", "real"))
        return case((is_number, _extracted(name)))

    def order(self, name: str) -> Sequence[ColumnElement[Any]]:
        return (_extracted(name),)


class _PostgresqlFields:
    def equals(self, name: str, value: Any) -> ColumnElement[bool]:
        if value is None:
            return _text(name).is_(None)
        return _member(name) == cast(literal(without_nul(msgspec.json.encode(value).decode())), JSONB)

    def number(self, name: str) -> ColumnElement[Any]:
        return case((func.jsonb_typeof(_member(name)) == "number", cast(_text(name), Numeric)))

    def order(self, name: str) -> Sequence[ColumnElement[Any]]:
        kind = func.jsonb_typeof(_member(name))
        truth = case((and_(kind == "boolean", _text(name) == "true"), 1), (kind == "boolean", 0))
        rank = case((kind == "string", 2), (kind.in_(("number", "boolean")), 1))
        return (
            rank,
            case((kind == "number", cast(_text(name), Numeric)), else_=cast(truth, Integer)),
            _text(name).collate("C"),
        )


def _path(name: str) -> str:
    # In quotes it can be nothing but one step of a JSON path.
    return '$."' + name.replace('"', "") + '"'


def _extracted(name: str) -> ColumnElement[Any]:
    return func.json_extract(plugin_records.c.document, _path(name))


def _member(name: str) -> ColumnElement[Any]:
    return cast(plugin_records.c.document, JSONB).op("->", return_type=JSONB())(name.replace("\0", "\ufffd"))


def _text(name: str) -> ColumnElement[Any]:
    return cast(plugin_records.c.document, JSONB).op("->>", return_type=Text())(name.replace("\0", "\ufffd"))
