"""The worker's end of the control socket: the plan comes in, reports go out, each one line of JSON."""

import contextlib
import socket

import msgspec

from roomful.media.ports.recorder.plan import Plan
from roomful.media.ports.recorder.states import Message

MAX_PLAN = 1024 * 1024
"""Bytes of the longest plan."""

REPORT_SECONDS = 5.0
"""How long the parent may leave a report unread before recording goes on without telling it."""

_encoder = msgspec.json.Encoder()


class BadPlan(ValueError):
    """The first line is missing or is no plan."""


class Control:
    """A stream socket to the parent."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.settimeout(REPORT_SECONDS)
        self._heard = True

    def fileno(self) -> int:
        return self._socket.fileno()

    def read_plan(self) -> Plan:
        """Wait for the plan.

        Raises:
            BadPlan: none comes in time, or it cannot be read.
        """
        line = b""
        try:
            while not line.endswith(b"\n"):
                piece = self._socket.recv(65536)
                if not piece or len(line) > MAX_PLAN:
                    raise BadPlan("the control socket gives no plan")
                line += piece
            return msgspec.json.decode(line, type=Plan)
        except (OSError, msgspec.DecodeError) as error:
            raise BadPlan(f"the plan cannot be read: {error}") from error

    def parent_gone(self) -> bool:
        """Whether the other end is closed; asked when the socket is readable."""
        try:
            return not self._socket.recv(4096)
        except OSError:
            return True

    def send(self, message: Message) -> None:
        """Report to the parent. A parent that is gone or does not read is not an error: the files count."""
        if self._heard:
            try:
                self._socket.sendall(_encoder.encode(message) + b"\n")
            except OSError:
                # Half a line may be out: nothing more can follow it.
                self._heard = False
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_WR)
