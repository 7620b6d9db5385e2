"""The worker process: frames and commands in, outputs and reports out."""

import time

from roomful.media.ports.compositor.delivery import Delivery
from roomful.media.ports.compositor.plan import CompositionPlan
from roomful.media.ports.compositor.session import Session
from roomful.media.ports.compositor.states import Status
from roomful.media.ports.worker.control import Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Reason
from roomful.media.ports.worker.work import FileWork, run_worker

TICK_SECONDS = 0.02
REPORT_SECONDS = 1.0
"""How often sizes and durations are reported when nothing else happens."""

LOOK_SECONDS = 0.25
"""How often it is looked whether something happened."""

UPLOAD_REPORT_SECONDS = 1.0


class Worker(FileWork):
    """One composition from its plan to its end."""

    def __init__(self, plan: CompositionPlan, frames_fd: int, control: Control) -> None:
        super().__init__(Intake(frames_fd, control, tick_seconds=TICK_SECONDS))
        self._plan = plan
        self._control = control
        self._session = Session(plan)
        self._delivery: Delivery | None = None
        self._reported: object = None
        self._reported_at = self._looked_at = 0.0
        # Steps of the machine's clock are nothing that happened in the room.
        self._epoch = time.time_ns() - time.monotonic_ns()

    def _now(self) -> int:
        return time.monotonic_ns() + self._epoch

    def _open(self) -> None:
        self._delivery = Delivery(self._plan.upload)
        self._session.open(self._now())

    def _take_frames(self) -> None:
        for record in self._intake.records():
            if record is not None:
                self._session.feed(record, self._now())
                if self._session.stopped:
                    return
                continue
            for line in self._control.commands():
                self._session.command(line)
            for wanted in self._session.tick(self._intake.complete_at + self._epoch):
                self._control.send(wanted)
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._looked_at = time.monotonic()
                self._report()

    def _finish(self) -> None:
        self._session.finish(self._now())

    def _upload(self) -> None:
        if self._delivery is None or self._session.desk is None:
            return
        while not self._delivery.wait(UPLOAD_REPORT_SECONDS):
            self._report()
        failed = self._delivery.failed()
        if failed:
            self._fail(Failed(Reason.UPLOAD_FAILED, failed))

    def _status(self) -> Status:
        session, failure = self._session, self._failure
        status = Status(
            state=self._state,
            problems=session.problems(self._now()),
            reason=failure.reason if failure else None,
            error=str(failure) if failure else "",
            started_at_ns=session.started_at,
            duration_ns=session.duration,
            layout=session.layout,
            fps=session.fps,
        )
        return self._delivery.complete(status, session.desk) if self._delivery and session.desk else status

    def _report(self) -> None:
        now, status = time.monotonic(), self._status()
        outline = (
            [status.state, status.problems, status.layout, status.fps],
            [(file.open, file.upload, file.error) for file in status.files],
            [(one.count, one.open, one.upload) for one in status.segments],
            [(one.count, one.upload) for one in status.images],
            [(one.url, one.state, one.retries, one.error) for one in status.streams],
        )
        if outline != self._reported or now - self._reported_at >= REPORT_SECONDS:
            self._reported, self._reported_at = outline, now
            self._control.send(status)


def run(frames_fd: int, control_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    return run_worker(control_fd, CompositionPlan, Status, lambda plan, control: Worker(plan, frames_fd, control).run())
