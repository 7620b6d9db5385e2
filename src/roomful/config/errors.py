"""What can be wrong with a configuration, said so that its owner can put it right."""

import msgspec


class ConfigError(Exception):
    """The server cannot start with this configuration. `str(error)` is one line for the person who wrote it."""

    def __init__(
        self, message: str, *, key: str = "", origin: str = "", line: int | None = None, hint: str = ""
    ) -> None:
        """`key` is dotted (`rtc.tcp_port`); `origin` says where the value came from: a file, a variable, a flag."""
        place = f"{origin}:{line}" if origin and line else origin
        super().__init__(": ".join(part for part in (place, key, message) if part))
        self.key = key
        self.line = line
        self.hint = hint


class Notice(msgspec.Struct, frozen=True):
    """Something in the configuration that has no effect, or not the one its owner may expect. The server starts."""

    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = f" (line {self.line})" if self.line else ""
        return f"{self.key}{place}: {self.message}"
