"""The processes that do the work: what a recording needs of them, and how they are started."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

from roomful.media.ports.recorder import Plan, Recorder, RecorderFailed


class WorkerState(Protocol):
    """Where a worker is: a value of `media.ports.recorder.State`, or one like it."""

    @property
    def final(self) -> bool: ...


class WorkerStatus(Protocol):
    """What a worker reports, as far as it matters here: a `media.ports.recorder.Status`, or one like it."""

    @property
    def state(self) -> Any: ...
    @property
    def error(self) -> str: ...


class Worker(Protocol):
    """A process that takes frames: a recorder or a compositor."""

    @property
    def status(self) -> WorkerStatus: ...
    def take_frames_fd(self) -> int: ...
    async def finished(self, within: float) -> WorkerStatus: ...
    async def stop(self, within: float = ...) -> WorkerStatus: ...
    async def kill(self) -> WorkerStatus: ...


class WorkerFailed(Exception):
    """A worker did not come up; the message is for people."""


OnStatus: TypeAlias = Callable[[Any], None]
OnKeyframeWanted: TypeAlias = Callable[[str], None]

Launch: TypeAlias = Callable[[OnStatus, OnKeyframeWanted], Awaitable[Worker]]
"""Starts the worker, with what it is to call at each new status and when it needs a keyframe. Raises WorkerFailed."""


def recorder(plan: Plan) -> Launch:
    """Files as the tracks are encoded."""

    async def launch(on_status: OnStatus, on_keyframe_wanted: OnKeyframeWanted) -> Worker:
        try:
            return await Recorder.start(plan, on_status=on_status, on_keyframe_wanted=on_keyframe_wanted)
        except RecorderFailed as failure:
            raise WorkerFailed(str(failure)) from failure
        except OSError as error:  # no more processes or descriptors
            raise WorkerFailed(f"no recorder can be started: {error}") from error

    return launch
