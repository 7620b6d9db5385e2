"""The server's side of a worker: it starts it, hands out the pipe for its frames, follows its reports."""

import abc
import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
from collections.abc import Callable
from typing import ClassVar, Generic, Self, TypeVar

import msgspec

from roomful.media.ports.worker.child import Child
from roomful.media.ports.worker.states import KeyframeWanted, State, WorkerStatus

log = logging.getLogger(__name__)

PIPE_BYTES = 1024 * 1024
"""Room in the pipe, which is what the engine can write while the worker hesitates; Linux's limit for all users."""

START_SECONDS = 20.0
STOP_SECONDS = 30.0
EXIT_SECONDS = 10.0
"""How long a worker may live after it closed its control socket."""

MAX_REPORT = 16 * 1024 * 1024

_encode = msgspec.json.Encoder().encode

PlanT = TypeVar("PlanT", bound=msgspec.Struct)
StatusT = TypeVar("StatusT", bound=WorkerStatus)


class WorkerFailed(Exception, Generic[StatusT]):
    """A worker did not start. The message says why, `status` has the details."""

    def __init__(self, status: StatusT) -> None:
        super().__init__(status.error)
        self.status = status


class WorkerProcess(abc.ABC, Generic[PlanT, StatusT]):
    """One worker process. Nothing restarts it: when it dies, the status is failed and names what was saved."""

    MODULE: ClassVar[str]
    """Package whose `worker.run` is the process: it is given the descriptors of the frames and of the control socket,
    and of the output if it makes frames, and returns the exit code."""

    NOUN: ClassVar[str]
    """What one is called in messages: `recording`."""

    MAKES_FRAMES: ClassVar[bool] = False
    """Whether it writes frames too, into a socket on which it is asked for keyframes."""

    SILENCE_SECONDS: ClassVar[float | None] = None
    """After so long without a report a worker that is active counts as hung, and is killed. `None` for those that may
    be silent for as long as they like, or wait for a disk that takes its time."""

    def __init__(
        self,
        child: Child,
        control: socket.socket,
        frames_fd: int,
        output_fd: int | None,
        on_status: Callable[[StatusT], None] | None,
        on_keyframe_wanted: Callable[[str], None] | None,
    ) -> None:
        self._child = child
        self._control = control
        self._frames_fd: int | None = frames_fd
        self._output_fd = output_fd
        self._on_status = on_status
        self._on_keyframe_wanted = on_keyframe_wanted
        self._ready = asyncio.Event()
        self._ended = asyncio.Event()
        self._writing = asyncio.Lock()
        self.status = self._starting()
        """What is known at the moment."""
        self._follower = asyncio.create_task(self._follow(), name=self.NOUN)

    @classmethod
    async def start(
        cls,
        plan: PlanT,
        *,
        on_status: Callable[[StatusT], None] | None = None,
        on_keyframe_wanted: Callable[[str], None] | None = None,
        within: float = START_SECONDS,
    ) -> Self:
        """Start a worker and wait, at most `within` seconds, until it takes frames.

        `on_status` is called with each new status, `on_keyframe_wanted` with the sid of a track that is of no use
        before its next keyframe.

        Raises:
            WorkerFailed: the worker refused the plan or did not come up.
        """
        reading, writing = os.pipe()
        ours, theirs = socket.socketpair()
        output, makes = socket.socketpair() if cls.MAKES_FRAMES else (None, None)
        try:
            _widen(writing)
            child = await Child.start(
                f"{cls.MODULE}.worker", [reading, theirs.fileno(), *([makes.fileno()] if makes else [])]
            )
        except BaseException:
            os.close(writing)
            ours.close()
            if output:
                output.close()
            raise
        finally:
            os.close(reading)
            theirs.close()
            if makes:
                makes.close()
        ours.setblocking(False)
        worker = cls(child, ours, writing, output.detach() if output else None, on_status, on_keyframe_wanted)
        try:
            await worker._come_up(plan, within)
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def pid(self) -> int:
        """Of the worker."""
        return self._child.pid

    @property
    def frames_fd(self) -> int:
        """Write end of the pipe for the stream of `media.ports.frames`, still owned by this object.

        Raises:
            ValueError: it was handed out or closed.
        """
        if self._frames_fd is None:
            raise ValueError("the pipe of frames is closed or somebody else's")
        return self._frames_fd

    def take_frames_fd(self) -> int:
        """Hand out the write end: whoever takes it closes it, which ends the work."""
        fd, self._frames_fd = self.frames_fd, None
        return fd

    def take_output_fd(self) -> int:
        """Hand out our end of the socket of frames that the worker makes, which also carries requests for keyframes.

        Raises:
            ValueError: it makes none, or the end was handed out or closed.
        """
        if self._output_fd is None:
            raise ValueError("there is no socket of frames, or it is somebody else's")
        fd, self._output_fd = self._output_fd, None
        return fd

    async def ended(self) -> None:
        """Wait for the end, however long it takes."""
        await self._ended.wait()

    async def finished(self, within: float) -> StatusT:
        """Wait for the end, uploads included.

        Raises:
            TimeoutError: it has not come after `within` seconds; the work goes on.
        """
        async with asyncio.timeout(within):
            await self._ended.wait()
        return self.status

    async def stop(self, within: float = STOP_SECONDS) -> StatusT:
        """End the work: files are finished and uploaded. A worker that takes longer than `within` is killed."""
        if self.status.state is State.ACTIVE:
            self._signal(signal.SIGTERM)
        try:
            return await self.finished(within)
        except TimeoutError:
            return await self.kill()
        finally:
            self._close()

    async def kill(self) -> StatusT:
        """End the worker at once. Files are playable up to their last second."""
        self._signal(signal.SIGKILL)
        await self._ended.wait()
        return self.status

    @abc.abstractmethod
    def _starting(self) -> StatusT:
        """The status before the first report."""

    @abc.abstractmethod
    def _decode(self, line: bytes) -> StatusT | KeyframeWanted | None:
        """Read a report; `None` if it was something of this worker's own, which has been dealt with.

        Raises:
            msgspec.DecodeError: it is none.
        """

    @abc.abstractmethod
    def _killed(self, how: str) -> StatusT:
        """The status of a worker that ended without a word, with what is on the disk; `how` is a part of a sentence."""

    @classmethod
    def _failed(cls, status: StatusT) -> Exception:
        """What `start` raises."""
        return WorkerFailed(status)

    async def _send(self, command: msgspec.Struct, fd: int | None = None) -> None:
        """Write a command for the worker, with a descriptor if there is one; it stays open on this side.

        A worker that has ended does not hear it, which is no error.
        """
        line = _encode(command) + b"\n"
        async with self._writing:
            with contextlib.suppress(OSError):
                if fd is not None:
                    # It goes with the first byte; a command with one is short enough to fit whole, or the worker hangs.
                    line = line[socket.send_fds(self._control, [line], [fd]) :]
                await asyncio.get_running_loop().sock_sendall(self._control, line)

    async def _come_up(self, plan: PlanT, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                await self._send(plan)  # a worker that is gone is seen by its silence
                await self._ready.wait()
        except TimeoutError:
            await self.kill()
        if self.status.state is State.FAILED:
            await self._ended.wait()
            raise self._failed(self.status)

    async def _follow(self) -> None:
        """Take reports until there are no more, then see how the worker ended."""
        listening = self._control.dup()
        reader, writer = await asyncio.open_connection(sock=listening, limit=MAX_REPORT)
        try:
            hung = await self._take_reports(reader)
            try:
                async with asyncio.timeout(EXIT_SECONDS):
                    code = await self._child.wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
                code = await self._child.wait()
            if not self.status.state.final:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                self._set(self._killed(f"said nothing for {self.SILENCE_SECONDS:g} s" if hung else how))
        finally:
            writer.close()
            self._control.close()
            self._close()
            self._ready.set()
            self._ended.set()

    async def _take_reports(self, reader: asyncio.StreamReader) -> bool:
        """Take reports to the last; return whether the worker was killed because it hung."""
        with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
            while True:
                limit = self.SILENCE_SECONDS if self.status.state is State.ACTIVE else None
                try:
                    async with asyncio.timeout(limit):
                        line = await reader.readline()
                except TimeoutError:
                    self._signal(signal.SIGKILL)
                    return True
                if not line:
                    break
                self._take(line)
        return False

    def _take(self, line: bytes) -> None:
        report = self._decode(line)
        if isinstance(report, KeyframeWanted):
            if self._on_keyframe_wanted is not None:
                self._on_keyframe_wanted(report.track)
        elif report is not None:
            self._set(report)

    def _set(self, status: StatusT) -> None:
        self.status = status
        if status.state is State.ACTIVE or status.state.final:
            self._ready.set()
        if status.state is State.FAILED:
            log.error("%s failed", self.NOUN, extra={"reason": status.reason, "error": status.error})
        if self._on_status is not None:
            try:
                self._on_status(status)
            except Exception:
                log.exception("a listener of a %s failed", self.NOUN)

    def _signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def _close(self) -> None:
        """Close what was not handed out."""
        for fd in (self._frames_fd, self._output_fd):
            if fd is not None:
                os.close(fd)
        self._frames_fd = self._output_fd = None


def _widen(pipe: int) -> None:
    """Give the pipe all the room that an ordinary user may have."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
