"""The worker process: frames in, sound to a WebSocket and reports out."""

import time

from roomful.media.ports.frames import BadRecord
from roomful.media.ports.pcm_stream.plan import PcmStreamPlan
from roomful.media.ports.pcm_stream.sender import Sender
from roomful.media.ports.pcm_stream.session import Session
from roomful.media.ports.pcm_stream.states import Status
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Problem, Reason, State, StreamState
from roomful.media.ports.worker.work import run_worker

TICK_SECONDS = 0.1
REPORT_SECONDS = 10.0
"""How often the status is reported when nothing happens."""

END_SECONDS = 5.0
"""How long the receiver may take for what was heard before the end."""


class Worker:
    """One stream from its plan to its end."""

    def __init__(self, plan: PcmStreamPlan, frames_fd: int, control: Control) -> None:
        """Raises ValueError for a plan that makes no sense."""
        self._control = control
        self._sender = Sender(plan)
        self._session = Session()
        self._intake = Intake(frames_fd, control, tick_seconds=TICK_SECONDS)
        self._state = State.ACTIVE
        self._failure: Failed | None = None
        self._reported: object = None
        self._reported_at = 0.0

    def run(self) -> bool:
        """Stream until the end; tell whether all went well."""
        self._report()
        try:
            self._listen()
        except BadRecord as error:
            self._failure = Failed(Reason.BAD_INPUT, f"the stream of frames is broken: {error}")
        self._intake.close()
        self._state = State.ENDING
        self._report()
        self._sender.finish(END_SECONDS)
        info = self._sender.info()
        if info.state is StreamState.FAILED and self._failure is None:
            self._failure = Failed(Reason.STREAM_FAILED, info.error or "there was no connection before the end")
        self._state = State.FAILED if self._failure else State.COMPLETE
        self._report()
        return self._failure is None

    def _listen(self) -> None:
        for record in self._intake.records():
            now = time.monotonic()
            if record is not None:
                self._sender.send(self._session.feed(record, now))
                if self._session.stopped:
                    return
                continue
            self._sender.send(self._session.tick(now))
            self._report()
            if self._sender.over:
                return

    def _report(self) -> None:
        """Send the status if something changed, or if it is time."""
        now, info, failure = time.monotonic(), self._sender.info(), self._failure
        problems = self._session.problems()
        if self._sender.dropped:
            problems.append(Problem(track=self._session.track, what="sound_dropped"))
        outline = (self._state, info.state, info.error, info.retries, problems)
        if outline == self._reported and now - self._reported_at < REPORT_SECONDS:
            return
        self._reported, self._reported_at = outline, now
        self._control.send(
            Status(
                state=self._state,
                problems=problems,
                reason=failure.reason if failure else None,
                error=str(failure) if failure else "",
                streams=[info],
            )
        )


def run(frames_fd: int, control_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    return run_worker(control_fd, PcmStreamPlan, Status, lambda plan, control: _worker(plan, frames_fd, control).run())


def _worker(plan: PcmStreamPlan, frames_fd: int, control: Control) -> Worker:
    try:
        return Worker(plan, frames_fd, control)
    except ValueError as error:
        raise BadPlan(str(error)) from error
