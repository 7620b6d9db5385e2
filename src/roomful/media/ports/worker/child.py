"""The server's side of the nursery: workers that begin in milliseconds, with FFmpeg's libraries already loaded."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence


class Child:
    """One worker process."""

    def __init__(self, pid: int, words: asyncio.StreamReader, transport: asyncio.BaseTransport) -> None:
        self.pid = pid
        self._words = words
        self._transport = transport
        self._code: int | None = None

    @classmethod
    async def start(cls, module: str, fds: Sequence[int]) -> "Child":
        """Run `run` of a module with copies of the descriptors; it returns the exit code.

        Raises:
            OSError: there is no nursery, and none can be started.
        """
        hearing, word = os.pipe()
        loop = asyncio.get_running_loop()
        words = asyncio.StreamReader(loop=loop)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(words, loop=loop), os.fdopen(hearing, "rb", 0)
        )
        try:
            try:
                _order(module, [*fds, word])
            finally:
                os.close(word)
            pid = await words.readline()
            if not pid:
                raise OSError("the nursery of workers has died")
        except BaseException:
            transport.close()
            raise
        return cls(int(pid), words, transport)

    async def wait(self) -> int:
        """Wait for the end; return the exit code, or the number of the signal that ended it, negative."""
        if self._code is None:
            code = await self._words.readline()
            self._transport.close()
            # A nursery that dies takes nobody with it; its workers see the end of the server by themselves.
            self._code = int(code) if code else -signal.SIGKILL
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        """Does nothing once it has ended."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


_orders: socket.socket | None = None
"""The way to the nursery of this process."""


def _order(module: str, fds: Sequence[int]) -> None:
    """Write an order; start a nursery if there is none, or if it has died."""
    global _orders  # noqa: PLW0603 - as there is one nursery for a process, whoever asks
    if _orders is not None:
        with contextlib.suppress(OSError):
            socket.send_fds(_orders, [module.encode()], fds)
            return
        _orders.close()
    _orders = _start_nursery()
    socket.send_fds(_orders, [module.encode()], fds)


def _start_nursery() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        # Not waited for here: orders wait in the socket until it is up.
        command = [sys.executable, "-P", "-m", "roomful.media.ports.worker.nursery", "--fd", str(theirs.fileno())]
        nursery = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    threading.Thread(target=nursery.wait, name="nursery", daemon=True).start()  # so that no zombie stays
    return ours
