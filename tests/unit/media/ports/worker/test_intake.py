"""What waits in the pipe is taken before anybody decides what is missing."""

import fcntl
import os
import signal
import socket
import time
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


@pytest.fixture
def pipe() -> Iterator[tuple[Intake, int, socket.socket]]:
    """An intake, where to write frames, and the parent's end of its control socket."""
    reading, writing = os.pipe()
    ours, theirs = socket.socketpair()
    intake = Intake(reading, Control(theirs.detach()))
    yield intake, writing, ours
    intake.close()
    os.close(writing)
    ours.close()


LATER = 3600 * 10**9


def test_records_gather_until_they_are_due(pipe: tuple[Intake, int, socket.socket]) -> None:
    intake, writing, _ = pipe
    frames = [Frame(1, n, n, b"sound") for n in range(3)]
    for frame in frames:
        os.write(writing, encode(frame))
    records = intake.records_by(lambda: (time.monotonic_ns(), False))
    assert [next(records) for _ in range(4)] == [*frames, None]
    assert not intake.prompt
    assert next(records) is None, "nothing came since"


def test_records_are_yielded_when_they_come_where_that_is_wanted(pipe: tuple[Intake, int, socket.socket]) -> None:
    intake, writing, _ = pipe
    frame = Frame(1, 0, 0, b"sound")
    os.write(writing, encode(frame))
    assert next(intake.records_by(lambda: (time.monotonic_ns() + LATER, True))) == frame
    assert intake.prompt


def test_a_parent_that_is_gone_ends_the_wait(pipe: tuple[Intake, int, socket.socket]) -> None:
    intake, writing, parent = pipe
    frame = Frame(1, 0, 0, b"sound")
    os.write(writing, encode(frame))
    parent.shutdown(socket.SHUT_RDWR)
    assert list(intake.records_by(lambda: (time.monotonic_ns() + LATER, False))) == [frame]
