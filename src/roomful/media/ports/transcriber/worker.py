"""The worker process: frames in, texts and reports out."""

import time

import stamina.instrumentation

from roomful.media.ports.frames import BadRecord
from roomful.media.ports.transcriber.asr.recognition import Recognition
from roomful.media.ports.transcriber.plan import TranscriptionPlan
from roomful.media.ports.transcriber.session import Session
from roomful.media.ports.transcriber.states import Lost, Status, Text
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Reason, State
from roomful.media.ports.worker.work import run_worker

TICK_SECONDS = 0.1
BATCH_SECONDS = 0.05
REPORT_SECONDS = 10.0
"""How often the status is reported when nothing happens."""

LAST_WORDS_SECONDS = 20.0
"""How long the recognizer may take for what was said before the end."""

LOOK_SECONDS = 0.05


class Worker:
    """One transcription from its plan to its end."""

    def __init__(self, plan: TranscriptionPlan, frames_fd: int, control: Control) -> None:
        """Raises ValueError for a plan that makes no sense."""
        self._control = control
        self._recognition = Recognition(plan)
        self._session = Session(plan, self._recognition)
        self._intake = Intake(frames_fd, control, tick_seconds=TICK_SECONDS, batch_seconds=BATCH_SECONDS)
        self._state = State.ACTIVE
        self._failure: Failed | None = None
        self._transcribed = self._lost = 0
        self._reported: Status | None = None
        self._reported_at = 0.0

    def run(self) -> bool:
        """Transcribe until the end; tell whether all went well. A recognizer that fails is no failure of this."""
        self._report()
        try:
            self._listen()
        except BadRecord as error:
            self._failure = Failed(Reason.BAD_INPUT, f"the stream of frames is broken: {error}")
        self._intake.close()
        self._state = State.ENDING
        self._session.finish()
        self._recognition.finish()
        self._await_last_words()
        self._recognition.close()
        self._pass_on()
        self._state = State.FAILED if self._failure else State.COMPLETE
        self._report()
        return self._failure is None

    def _listen(self) -> None:
        for record in self._intake.records():
            now = time.monotonic()
            if record is not None:
                self._session.feed(record, now)
                if self._session.stopped:
                    return
                continue
            self._session.tick(now)
            self._pass_on()
            self._report()

    def _await_last_words(self) -> None:
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        while self._recognition.busy and time.monotonic() < deadline:
            self._pass_on()
            self._report()
            time.sleep(LOOK_SECONDS)

    def _pass_on(self) -> None:
        for result in self._recognition.results():
            match result:
                case Text():
                    self._transcribed += result.final
                case Lost():
                    self._lost += 1
            if not isinstance(result, Text) or result.text:
                self._control.send(result)

    def _report(self) -> None:
        """Send the status if something changed, or if it is time."""
        now, recognition, failure = time.monotonic(), self._recognition, self._failure
        status = Status(
            state=self._state,
            problems=self._session.problems(),
            reason=failure.reason if failure else None,
            error=str(failure) if failure else "",
            service=recognition.service,
            service_error=recognition.error,
            failed_attempts=recognition.failed_attempts,
            transcribed=self._transcribed,
            lost=self._lost,
            waiting=recognition.waiting,
        )
        if status != self._reported or now - self._reported_at >= REPORT_SECONDS:
            self._reported, self._reported_at = status, now
            self._control.send(status)


def run(frames_fd: int, control_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    stamina.instrumentation.set_on_retry_hooks([])  # attempts are in the status; a log has no place to go from here
    return run_worker(
        control_fd, TranscriptionPlan, Status, lambda plan, control: _worker(plan, frames_fd, control).run()
    )


def _worker(plan: TranscriptionPlan, frames_fd: int, control: Control) -> Worker:
    try:
        return Worker(plan, frames_fd, control)
    except ValueError as error:
        raise BadPlan(str(error)) from error
