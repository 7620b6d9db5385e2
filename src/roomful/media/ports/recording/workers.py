"""The processes that do the work: how a recording starts one."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from roomful.media.ports.compositor import CompositionPlan, Compositor, CompositorFailed
from roomful.media.ports.pcm_stream import PcmStream, PcmStreamFailed, PcmStreamPlan
from roomful.media.ports.recorder import Plan, Recorder, RecorderFailed
from roomful.media.ports.worker import WorkerProcess

Worker: TypeAlias = WorkerProcess[Any, Any]
OnStatus: TypeAlias = Callable[[Any], None]
OnKeyframeWanted: TypeAlias = Callable[[str], None]

Launch: TypeAlias = Callable[[OnStatus, OnKeyframeWanted], Awaitable[Worker]]
"""Starts the worker, with what it is to call at each new status and when it needs a keyframe. Raises CannotStart."""


class CannotStart(Exception):
    """A worker did not come up; the message is for people."""


def recorder(plan: Plan) -> Launch:
    """Files as the tracks are encoded."""
    return _launch(Recorder, plan)


def compositor(plan: CompositionPlan) -> Launch:
    """One picture and one mix of all tracks."""
    return _launch(Compositor, plan)


def pcm_stream(plan: PcmStreamPlan) -> Launch:
    """The sound of one track, sent on."""
    return _launch(PcmStream, plan)


def _launch(kind: type[WorkerProcess[Any, Any]], plan: Plan | CompositionPlan | PcmStreamPlan) -> Launch:
    async def launch(on_status: OnStatus, on_keyframe_wanted: OnKeyframeWanted) -> Worker:
        try:
            return await kind.start(plan, on_status=on_status, on_keyframe_wanted=on_keyframe_wanted)
        except (RecorderFailed, CompositorFailed, PcmStreamFailed) as failure:
            raise CannotStart(str(failure)) from failure
        except OSError as error:  # no more processes or descriptors
            raise CannotStart(f"no worker can be started: {error}") from error

    return launch
