"""Action Message Format 0: the values of RTMP's commands."""

import struct
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = "float | bool | str | dict[str, Value] | list[Value] | None"
Given: TypeAlias = "float | bool | str | Mapping[str, Given] | None"

MAX_DEPTH = 8
MAX_ITEMS = 1000

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _END = 0, 1, 2, 3, 5, 9


class BadAmf(ValueError):
    """The bytes are no values."""


def decode(data: bytes) -> list[Value]:
    """Return the values one after the other.

    Raises:
        BadAmf: they cannot be read, or nest too deep.
    """
    reader = _Reader(data)
    values: list[Value] = []
    try:
        while reader.at < len(data):
            values.append(reader.value(0))
            if len(values) > MAX_ITEMS:
                raise BadAmf("too many values")
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadAmf(f"values that cannot be read: {error}") from error
    return values


def encode(*values: Given) -> bytes:
    """Return the values as bytes."""
    return b"".join(map(_encode, values))


def _encode(value: Given) -> bytes:
    match value:
        case None:
            return bytes([_NULL])
        case bool():
            return bytes([_BOOLEAN, value])
        case int() | float():
            return struct.pack(">Bd", _NUMBER, value)
        case str():
            return bytes([_STRING]) + _name(value)
        case _:
            fields = b"".join(_name(key) + _encode(field) for key, field in value.items())
            return bytes([_OBJECT]) + fields + bytes([0, 0, _END])


def _name(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def value(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise BadAmf("values nest too deep")
        (kind,) = self._take(">B")
        match kind:
            case 0:
                return float(self._take(">d")[0])
            case 1:
                return bool(self._take(">B")[0])
            case 2:
                return self._text(">H")
            case 12:
                return self._text(">I")
            case 3:
                return self._fields(depth)
            case 8:
                self._take(">I")
                return self._fields(depth)
            case 10:
                (count,) = self._take(">I")
                if count > MAX_ITEMS:
                    raise BadAmf("an array is too long")
                return [self.value(depth + 1) for _ in range(count)]
            case 11:
                return float(self._take(">dh")[0])
            case 5 | 6:
                return None
            case _:
                raise BadAmf(f"a value of unknown kind {kind}")

    def _fields(self, depth: int) -> Value:
        fields: dict[str, Value] = {}
        while True:
            name = self._text(">H")
            if not name and self._data[self.at] == _END:
                self.at += 1
                return fields
            fields[name] = self.value(depth + 1)
            if len(fields) > MAX_ITEMS:
                raise BadAmf("an object has too many fields")

    def _text(self, length: str) -> str:
        (size,) = self._take(length)
        text = self._data[self.at : self.at + size]
        if len(text) < size:
            raise BadAmf("a text is cut off")
        self.at += size
        return text.decode()

    def _take(self, shape: str) -> tuple[int, ...]:
        values = struct.unpack_from(shape, self._data, self.at)
        self.at += struct.calcsize(shape)
        return values
