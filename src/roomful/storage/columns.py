"""Types of columns that mean the same in SQLite and in PostgreSQL."""

from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator

LongInteger = BigInteger().with_variant(Integer(), "sqlite")
"""Of 64 bits, which every integer of SQLite's has."""


class PlainText(TypeDecorator[str]):
    """Text without NUL, which PostgreSQL cannot hold: the character for what is no character takes its place."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
