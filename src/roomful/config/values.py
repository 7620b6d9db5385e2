"""Value types that YAML does not have: durations and port ranges."""

import re
from typing import Any, Self

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")


class Duration(float):
    """A time span in seconds. Written as a number of seconds or as in Go: `500ms`, `20s`, `1h30m`."""

    def __new__(cls, value: object = 0.0) -> Self:
        """Raises ValueError for anything that is not a time span, negative ones included."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(f"expected a duration like 20s or 500ms, got {_kind(value)}")
        seconds = _seconds(value.strip()) if isinstance(value, str) else float(value)
        if not 0 <= seconds < 1e10:
            raise ValueError(f"a duration cannot be {value}")
        return super().__new__(cls, seconds)

    def __str__(self) -> str:
        seconds = float(self)
        if seconds and seconds < 1:
            return f"{seconds * 1000:g}ms"
        return f"{seconds:g}s"


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        parts: list[tuple[str, str]] = _DURATION_PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise ValueError(f"expected a duration like 20s or 500ms, got `{text}`") from None
        return sum(float(number) * _UNITS[unit] for number, unit in parts)


class PortRange:
    """One port (`7882`) or a run of them, both ends included (`"7882-7892"`)."""

    # An ordinary class: msgspec would read a struct or dataclass from a mapping, never from `7882`.
    __slots__ = ("first", "last")

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.last = last

    @classmethod
    def parse(cls, value: object) -> "PortRange":
        """Raises ValueError for anything that is not a port or an ascending range of ports."""
        if isinstance(value, PortRange):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            first = last = value
        elif isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", value)):
            first, last = int(match[1]), int(match[2] or match[1])
        else:
            raise ValueError(f'expected a port like 7882 or a range like "7882-7892", got {_kind(value)}')
        if not 1 <= first <= last <= 65535:
            raise ValueError("ports are 1 to 65535, and the first of a range is not above the last")
        return cls(first, last)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PortRange) and (self.first, self.last) == (other.first, other.last)

    def __hash__(self) -> int:
        return hash((self.first, self.last))

    def __repr__(self) -> str:
        return f"PortRange({self.first}, {self.last})"


def decode(expected: type, value: Any) -> Any:
    """msgspec's `dec_hook`: build one of the types above."""
    if expected is Duration:
        return Duration(value)
    if expected is PortRange:
        return PortRange.parse(value)
    raise NotImplementedError(f"no way to read a {expected.__name__}")


def _kind(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else type(value).__name__
