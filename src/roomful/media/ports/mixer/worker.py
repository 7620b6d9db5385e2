"""The worker process: members' frames and commands in, mixes and reports out."""

import time

from roomful.media.ports.frames import BadRecord
from roomful.media.ports.mixer.plan import MixPlan
from roomful.media.ports.mixer.session import Session
from roomful.media.ports.mixer.states import REPORT_SECONDS, Status
from roomful.media.ports.mixer.writer import FrameWriter
from roomful.media.ports.worker.control import Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Reason, State
from roomful.media.ports.worker.work import run_worker

PROMPT = 8
"""In one of so many turns records are taken when they come, to know how late voices are."""


class Worker:
    """One mix from its plan to its end."""

    def __init__(self, plan: MixPlan, frames_fd: int, control: Control, output_fd: int) -> None:
        self._control = control
        self._writer = FrameWriter(output_fd)
        self._intake = Intake(frames_fd, control)
        self._session = Session(plan, self._writer.write)
        self._state = State.STARTING
        self._reported: Status | None = None
        self._reported_at = 0.0
        self._turn = 0
        # Steps of the machine's clock are nothing that happened in the room.
        self._epoch = time.time_ns() - time.monotonic_ns()

    def run(self) -> bool:
        """Mix until the end; tell whether all went well."""
        failure: Failed | None = None
        try:
            self._session.open(self._now())
            self._state = State.ACTIVE
            self._report()
            self._mix()
        except Failed as failed:
            failure = failed
        except BadRecord as error:
            failure = Failed(Reason.BAD_INPUT, f"the stream of frames is broken: {error}")
        self._intake.close()
        self._session.finish()
        self._writer.close()
        self._state = State.FAILED if failure else State.COMPLETE
        self._report(failure)
        return failure is None

    def _now(self) -> int:
        return time.monotonic_ns() + self._epoch

    def _due(self) -> tuple[int, bool]:
        self._turn += 1
        return self._session.due() - self._epoch, self._turn % PROMPT == 0

    def _mix(self) -> None:
        for record in self._intake.records_by(self._due):
            if record is not None:
                self._session.feed(record, self._now(), prompt=self._intake.prompt)
                if self._session.stopped:
                    return
                continue
            for line in self._control.commands():
                self._session.command(line)
            for number in self._writer.requests():
                self._session.want_keyframe(number)
            for wanted in self._session.tick(self._intake.complete_at + self._epoch):
                self._control.send(wanted)
            self._writer.flush()
            if self._writer.dropped:
                self._writer.dropped = False
                self._session.want_keyframe(0)
            if not self._writer.open:
                return
            self._report()

    def _report(self, failure: Failed | None = None) -> None:
        """Send the status if something changed, or if it is time."""
        now, status = time.monotonic(), self._session.status(self._now(), self._state)
        if failure is not None:
            status = Status(state=self._state, reason=failure.reason, error=str(failure))
        if status != self._reported or now - self._reported_at >= REPORT_SECONDS:
            self._reported, self._reported_at = status, now
            self._control.send(status)


def run(frames_fd: int, control_fd: int, output_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    return run_worker(
        control_fd, MixPlan, Status, lambda plan, control: Worker(plan, frames_fd, control, output_fd).run()
    )
