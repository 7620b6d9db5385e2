"""The worker's end of the pipe of frames."""

import os
import select
import signal
import time
from collections.abc import Callable, Generator, Iterator

from roomful.media.ports.frames import FrameDecoder, Record
from roomful.media.ports.worker.control import Control

READ_BYTES = 256 * 1024
"""Bytes of one read; less than this means that the pipe was empty."""

BATCH_SECONDS = 0.02
"""How long frames gather in the pipe where nothing else is said: a wake-up costs more than a frame."""

TICK_SECONDS = 0.25
FULL_TICK_SECONDS = 0.5
"""Longest time between ticks while the pipe does not get empty."""

DRAIN_BYTES = 64 * 1024 * 1024
"""What is still taken from the pipe after the order to stop, at most."""


class Intake:
    """Reads until the stream ends, the parent is gone, or SIGTERM comes."""

    def __init__(
        self, fd: int, control: Control, *, tick_seconds: float = TICK_SECONDS, batch_seconds: float = BATCH_SECONDS
    ) -> None:
        self._fd = fd
        self._tick, self._batch = tick_seconds, batch_seconds
        self._control = control
        self._decoder = FrameDecoder()
        self._buffer = bytearray(READ_BYTES)
        self._stopping = False
        self.ended = False
        self.complete_at = time.monotonic_ns()
        """What was written before this moment of the monotonic clock, in ns, has been yielded."""
        self.prompt = True
        """Records are yielded when they come, and not later."""
        signal.signal(signal.SIGTERM, self._on_term)
        # A Ctrl-C in a terminal goes to the whole process group; the server decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        self._poll.register(control, select.POLLIN)

    def records(self) -> Iterator[Record | None]:
        """Yield records as they come, and `None` every `tick_seconds`, later while the pipe is full.

        Raises:
            BadRecord: the stream is broken.
        """
        ticked, more = time.monotonic(), False
        while not self.ended:
            asked_at = time.monotonic_ns()
            ready = {fd for fd, _ in self._poll.poll(self._tick * 1000)}
            if self._control.fileno() in ready and self._control.parent_gone():
                self._stopping = True
            if self._stopping:
                yield from self._drain()
                return
            if self._fd in ready:
                if not more:
                    time.sleep(self._batch)
                asked_at = time.monotonic_ns()
                more = (yield from self._read()) == READ_BYTES
                if not more:
                    self.complete_at = asked_at
                elif time.monotonic() - ticked < FULL_TICK_SECONDS:
                    # What waits in the pipe is not missing: nobody decides before it is here.
                    continue
            else:
                self.complete_at = asked_at
            if time.monotonic() - ticked >= self._tick:
                ticked, more = time.monotonic(), False
                yield None

    def records_by(self, due: Callable[[], tuple[int, bool]]) -> Iterator[Record | None]:
        """Yield what has come, and then `None`, each time it is due.

        `due` says when that is next, in ns of the monotonic clock, and whether records are to be yielded when they
        come: otherwise they gather in the pipe until then, because a wake-up costs more than a record.

        Raises:
            BadRecord: the stream is broken.
        """
        os.set_blocking(self._fd, False)
        control = self._control.fileno()
        while not self.ended:
            moment, self.prompt = due()
            while not (self._stopping or self.ended):
                left = max(0.0, (moment - time.monotonic_ns()) / 1e9)
                ready, _, _ = select.select([control, self._fd] if self.prompt else [control], [], [], left)
                if control in ready:
                    self._stopping |= self._control.parent_gone()
                if self._fd not in ready or not left:
                    break
                yield from self._read()
            if self._stopping:
                yield from self._drain()
                return
            asked_at, size = time.monotonic_ns(), READ_BYTES
            while size == READ_BYTES and time.monotonic_ns() - asked_at < FULL_TICK_SECONDS * 1e9:
                size = yield from self._read()
            self.complete_at = asked_at
            yield None

    def close(self) -> None:
        """Take nothing more: whoever writes into the pipe gets EPIPE."""
        self._poll.unregister(self._fd)
        os.close(self._fd)

    def _read(self) -> Generator[Record, None, int]:
        """Read once; return how many bytes, 0 if there are none."""
        try:
            size = os.readv(self._fd, [self._buffer])
        except BlockingIOError:
            return 0
        self.ended = size == 0
        yield from self._decoder.feed(memoryview(self._buffer)[:size])
        return size

    def _drain(self) -> Iterator[Record]:
        """What was written before the order to stop belongs to the recording."""
        os.set_blocking(self._fd, False)
        for _ in range(DRAIN_BYTES // READ_BYTES):
            if not (yield from self._read()):
                return

    def _on_term(self, *_: object) -> None:
        self._stopping = True
