"""What waits in the pipe is taken before anybody decides what is missing."""

import fcntl
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from roomful.media.ports.frames import Frame, encode
from roomful.media.ports.worker.control import Control
from roomful.media.ports.worker.intake import READ_BYTES, Intake


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """An intake takes over the signals of its process, which here is the tests'."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_pipe_is_emptied_before_the_next_tick() -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1024 * 1024)
    ours, theirs = socket.socketpair()
    frames = [Frame(1, n, n, bytes(10_000)) for n in range(3 * READ_BYTES // 10_000)]
    os.write(writing, b"".join(encode(frame) for frame in frames))
    intake = Intake(reading, Control(theirs.detach()), tick_seconds=0.0)
    taken = []
    for record in intake.records():
        if record is None:
            break
        taken.append(record)
    intake.close()
    os.close(writing)
    ours.close()
    assert len(taken) == len(frames)
