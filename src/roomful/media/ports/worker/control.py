"""The worker's end of the control socket: plan and commands come in, reports go out, each one line of JSON."""

import contextlib
import socket
from typing import TypeVar

import msgspec

MAX_LINE = 1024 * 1024
"""Bytes of the longest plan or command."""

REPORT_SECONDS = 5.0
"""How long the parent may leave a report unread before work goes on without telling it."""

_encoder = msgspec.json.Encoder()
T = TypeVar("T")


class BadPlan(ValueError):
    """The first line is missing or is no plan."""


class Control:
    """A stream socket to the parent."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.settimeout(REPORT_SECONDS)
        self._heard = True
        self._buffer = b""
        self._lines: list[bytes] = []

    def fileno(self) -> int:
        return self._socket.fileno()

    def read_plan(self, kind: type[T]) -> T:
        """Wait for the plan.

        Raises:
            BadPlan: none comes in time, or it cannot be read.
        """
        try:
            while not self._lines:
                if self.parent_gone():
                    raise BadPlan("the control socket gives no plan")
            return msgspec.json.decode(self._lines.pop(0), type=kind)
        except msgspec.DecodeError as error:
            raise BadPlan(f"the plan cannot be read: {error}") from error

    def parent_gone(self) -> bool:
        """Read once; tell whether the other end is closed, or sends what is no line.

        Asked when the socket is readable.
        """
        try:
            piece = self._socket.recv(65536)
        except OSError:
            return True
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        self._lines += lines
        return not piece or len(self._buffer) > MAX_LINE

    def commands(self) -> list[bytes]:
        """Return the lines that came since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def send(self, message: msgspec.Struct) -> None:
        """Report to the parent. A parent that is gone or does not read is not an error: the files count."""
        if self._heard:
            try:
                self._socket.sendall(_encoder.encode(message) + b"\n")
            except OSError:
                # Half a line may be out: nothing more can follow it.
                self._heard = False
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_WR)
