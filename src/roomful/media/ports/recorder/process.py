"""The server's side of a recording: it starts the worker, hands out the pipe for its frames, follows its reports."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from pathlib import Path

import msgspec

from roomful.media.ports.recorder.plan import Plan
from roomful.media.ports.recorder.states import FileInfo, KeyframeWanted, Message, Reason, State, Status

log = logging.getLogger(__name__)

PIPE_BYTES = 1024 * 1024
"""Room in the pipe, which is what the engine can write while the disk hesitates; Linux's limit for all users."""

START_SECONDS = 20.0
STOP_SECONDS = 30.0
EXIT_SECONDS = 10.0
"""How long a worker may live after it closed its control socket."""

MAX_REPORT = 16 * 1024 * 1024

_encode = msgspec.json.Encoder().encode
_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class RecorderFailed(Exception):
    """A recording did not start. The message says why, `status` has the details."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.error)
        self.status = status


class Recorder:
    """One worker process. Nothing restarts it: when it dies, the status is failed and names what was saved."""

    def __init__(
        self,
        process: Process,
        control: socket.socket,
        frames_fd: int,
        on_status: Callable[[Status], None] | None,
        on_keyframe_wanted: Callable[[str], None] | None,
    ) -> None:
        self._process = process
        self._control = control
        self._frames_fd: int | None = frames_fd
        self._on_status = on_status
        self._on_keyframe_wanted = on_keyframe_wanted
        self._ready = asyncio.Event()
        self._ended = asyncio.Event()
        self.status = Status(state=State.STARTING)
        """What is known at the moment."""
        self._follower = asyncio.create_task(self._follow(), name="recorder")

    @classmethod
    async def start(
        cls,
        plan: Plan,
        *,
        on_status: Callable[[Status], None] | None = None,
        on_keyframe_wanted: Callable[[str], None] | None = None,
        within: float = START_SECONDS,
    ) -> "Recorder":
        """Start a worker and wait, at most `within` seconds, until it takes frames.

        `on_status` is called with each new status, `on_keyframe_wanted` with the sid of a track that cannot be recorded
        before its next keyframe.

        Raises:
            RecorderFailed: the disk is full, the folder unusable, or the worker did not come up.
        """
        reading, writing = os.pipe()
        ours, theirs = socket.socketpair()
        try:
            _widen(writing)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "roomful.media.ports.recorder",
                "--frames-fd",
                str(reading),
                "--control-fd",
                str(theirs.fileno()),
                stdin=DEVNULL,
                stdout=DEVNULL,
                pass_fds=(reading, theirs.fileno()),
            )
        except BaseException:
            os.close(writing)
            ours.close()
            raise
        finally:
            os.close(reading)
            theirs.close()
        ours.setblocking(False)
        recorder = cls(process, ours, writing, on_status, on_keyframe_wanted)
        try:
            await recorder._come_up(plan, within)
        except BaseException:
            await recorder.kill()
            raise
        return recorder

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
        """Hand out the write end: whoever takes it closes it, which ends the recording."""
        fd, self._frames_fd = self.frames_fd, None
        return fd

    async def finished(self, within: float) -> Status:
        """Wait for the end, uploads included.

        Raises:
            TimeoutError: it has not come after `within` seconds; the recording goes on.
        """
        async with asyncio.timeout(within):
            await self._ended.wait()
        return self.status

    async def stop(self, within: float = STOP_SECONDS) -> Status:
        """End the recording: files are finished and uploaded. A worker that takes longer than `within` is killed."""
        if self.status.state is State.ACTIVE:
            self._signal(signal.SIGTERM)
        try:
            return await self.finished(within)
        except TimeoutError:
            return await self.kill()
        finally:
            self._close_frames()

    async def kill(self) -> Status:
        """End the worker at once. Files are playable up to their last second."""
        self._signal(signal.SIGKILL)
        await self._ended.wait()
        return self.status

    async def _come_up(self, plan: Plan, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                with contextlib.suppress(OSError):  # a worker that is gone is seen by its silence
                    await asyncio.get_running_loop().sock_sendall(self._control, _encode(plan) + b"\n")
                await self._ready.wait()
        except TimeoutError:
            await self.kill()
        if self.status.state is State.FAILED:
            await self._ended.wait()
            raise RecorderFailed(self.status)

    async def _follow(self) -> None:
        """Take reports until there are no more, then see how the worker ended."""
        reader, writer = await asyncio.open_connection(sock=self._control, limit=MAX_REPORT)
        try:
            with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
                while line := await reader.readline():
                    self._take(line)
            try:
                async with asyncio.timeout(EXIT_SECONDS):
                    code = await self._process.wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
                code = await self._process.wait()
            if not self.status.state.final:
                self._set(_killed(self.status, code))
        finally:
            writer.close()
            self._close_frames()
            self._ready.set()
            self._ended.set()

    def _take(self, line: bytes) -> None:
        match _reports.decode(line):
            case KeyframeWanted(track=track):
                if self._on_keyframe_wanted is not None:
                    self._on_keyframe_wanted(track)
            case Status() as status:
                self._set(status)

    def _set(self, status: Status) -> None:
        self.status = status
        if status.state is State.ACTIVE or status.state.final:
            self._ready.set()
        if status.state is State.FAILED:
            log.error("recording failed", extra={"reason": status.reason, "error": status.error})
        if self._on_status is not None:
            try:
                self._on_status(status)
            except Exception:
                log.exception("a listener of a recording failed")

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def _close_frames(self) -> None:
        if self._frames_fd is not None:
            os.close(self._frames_fd)
            self._frames_fd = None


def _widen(pipe: int) -> None:
    """Give the pipe all the room that an ordinary user may have."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _killed(last: Status, code: int) -> Status:
    """The last status of a worker that ended without a word, with what is on the disk."""
    files = [_as_on_disk(file) for file in last.files]
    saved = ", ".join(file.path for file in files if file.size) or "nothing"
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return Status(
        state=State.FAILED,
        files=files,
        problems=last.problems,
        reason=Reason.KILLED,
        error=f"the recorder {how}; saved until then: {saved}",
    )


def _as_on_disk(file: FileInfo) -> FileInfo:
    path = Path(file.path)
    size = path.stat().st_size if path.is_file() else 0
    return msgspec.structs.replace(file, size=size, open=False)
