"""The worker process: frames in, files and reports out."""

import contextlib
import time

import msgspec

from roomful.media.ports.frames import BadRecord
from roomful.media.ports.recorder.plan import Plan
from roomful.media.ports.recorder.session import Session
from roomful.media.ports.recorder.states import FileInfo, Status, UploadState
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Problem, Reason, State

REPORT_SECONDS = 10.0
"""How often sizes and durations are reported when nothing else happens."""

UPLOAD_REPORT_SECONDS = 1.0


class Worker:
    """One recording from its plan to its end."""

    def __init__(self, plan: Plan, frames_fd: int, control: Control) -> None:
        self._plan = plan
        self._control = control
        self._intake = Intake(frames_fd, control)
        self._session = Session(plan)
        self._uploads = None
        self._state = State.STARTING
        self._failure: Failed | None = None
        self._reported: object = None
        self._reported_at = 0.0

    def run(self) -> bool:
        """Record until the end; tell whether all went well."""
        try:
            self._open()
            self._record()
        except Failed as failure:
            self._failure = failure
        except BadRecord as error:
            self._failure = Failed(Reason.BAD_INPUT, f"the stream of frames is broken: {error}")
        self._intake.close()
        self._state = State.ENDING
        try:
            self._session.finish()
        except Failed as failure:
            self._failure = self._failure or failure
        self._report()
        self._upload()
        self._state = State.FAILED if self._failure else State.COMPLETE
        self._report()
        return self._failure is None

    def _open(self) -> None:
        if self._plan.upload is not None:
            # Half a second to import, which recordings to the local disk do not need.
            from roomful.media.ports.recorder.upload import BadStore, Uploads

            try:
                self._uploads = Uploads(self._plan.upload)
            except BadStore as error:
                raise Failed(Reason.BAD_PLAN, str(error)) from error
        self._session.open()
        self._state = State.ACTIVE
        self._report()

    def _record(self) -> None:
        for record in self._intake.records():
            now = time.monotonic()
            if record is not None:
                self._session.feed(record, now)
                if self._session.stopped:
                    return
                continue
            for wanted in self._session.tick(now):
                self._control.send(wanted)
            self._report()

    def _upload(self) -> None:
        """Wait for all uploads."""
        if self._uploads is None:
            return
        while not self._uploads.wait(UPLOAD_REPORT_SECONDS):
            self._report()
        self._uploads.close()
        failed = [file.error for file in self._files() if file.upload is UploadState.FAILED]
        if failed:
            self._failure = self._failure or Failed(Reason.UPLOAD_FAILED, "; ".join(failed))

    def _files(self) -> list[FileInfo]:
        """All files with what became of their uploads; finished ones are on their way."""
        files = self._session.files
        if self._uploads is None:
            return files
        known: list[FileInfo] = []
        for file in files:
            if not file.open:
                self._uploads.submit(file.path, file.key)
            outcome = self._uploads.outcome(file.path)
            known.append(
                msgspec.structs.replace(
                    file, upload=outcome.state, location=outcome.location, error=file.error or outcome.error
                )
            )
        return known

    def _report(self) -> None:
        """Send the status if something changed, or if it is time."""
        now = time.monotonic()
        files = self._files()
        problems: list[Problem] = self._session.problems(now)
        outline = (self._state, [(file.path, file.open, file.upload) for file in files], problems)
        if outline == self._reported and now - self._reported_at < REPORT_SECONDS:
            return
        self._reported, self._reported_at = outline, now
        failure = self._failure
        self._control.send(
            Status(
                state=self._state,
                files=files,
                problems=problems,
                reason=failure.reason if failure else None,
                error=str(failure) if failure else "",
            )
        )


def run(frames_fd: int, control_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    control = Control(control_fd)
    try:
        plan = control.read_plan(Plan)
    except BadPlan as error:
        with contextlib.suppress(OSError):
            control.send(Status(state=State.FAILED, reason=Reason.BAD_PLAN, error=str(error)))
        return 2
    return 0 if Worker(plan, frames_fd, control).run() else 1
