"""The worker process: frames in, files and reports out."""

import time

import msgspec

from roomful.media.ports.recorder.plan import Plan
from roomful.media.ports.recorder.session import Session
from roomful.media.ports.recorder.states import FileInfo, Status, UploadState
from roomful.media.ports.worker.control import Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Problem, Reason
from roomful.media.ports.worker.work import FileWork, run_worker

REPORT_SECONDS = 10.0
"""How often sizes and durations are reported when nothing else happens."""

UPLOAD_REPORT_SECONDS = 1.0


class Worker(FileWork):
    """One recording from its plan to its end."""

    def __init__(self, plan: Plan, frames_fd: int, control: Control) -> None:
        super().__init__(Intake(frames_fd, control))
        self._plan = plan
        self._control = control
        self._session = Session(plan)
        self._uploads = None
        self._reported: object = None
        self._reported_at = 0.0

    def _open(self) -> None:
        if self._plan.upload is not None:
            # Half a second to import, which recordings to the local disk do not need.
            from roomful.media.ports.recorder.upload import BadStore, Uploads

            try:
                self._uploads = Uploads(self._plan.upload)
            except BadStore as error:
                raise Failed(Reason.BAD_PLAN, str(error)) from error
        self._session.open()

    def _take_frames(self) -> None:
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

    def _finish(self) -> None:
        self._session.finish()

    def _upload(self) -> None:
        if self._uploads is None:
            return
        while not self._uploads.wait(UPLOAD_REPORT_SECONDS):
            self._report()
        self._uploads.close()
        failed = [file.error for file in self._files() if file.upload is UploadState.FAILED]
        if failed:
            self._fail(Failed(Reason.UPLOAD_FAILED, "; ".join(failed)))

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
    return run_worker(control_fd, Plan, Status, lambda plan, control: Worker(plan, frames_fd, control).run())
