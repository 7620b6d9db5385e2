"""What workers do alike: how one begins, and the life of one that makes files."""

import abc
import contextlib
from collections.abc import Callable
from typing import TypeVar

import msgspec

from roomful.media.ports.frames import BadRecord
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Reason, State, WorkerStatus

PlanT = TypeVar("PlanT", bound=msgspec.Struct)


def run_worker(
    control_fd: int, plan: type[PlanT], status: type[WorkerStatus], work: Callable[[PlanT, Control], bool]
) -> int:
    """Read the plan and work; return the exit code of the process: 0 if all went well, 1 if not, 2 without a plan.

    `work` tells whether all went well; it raises BadPlan for a plan that makes no sense.
    """
    control = Control(control_fd)
    try:
        return 0 if work(control.read_plan(plan), control) else 1
    except BadPlan as error:
        with contextlib.suppress(OSError):
            control.send(status(state=State.FAILED, reason=Reason.BAD_PLAN, error=str(error)))
        return 2


class FileWork(abc.ABC):
    """One work that makes files, from its plan to its end."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._state = State.STARTING
        self._failure: Failed | None = None

    def run(self) -> bool:
        """Work until the end; tell whether all went well."""
        try:
            self._open()
            self._state = State.ACTIVE
            self._report()
            self._take_frames()
        except Failed as failure:
            self._fail(failure)
        except BadRecord as error:
            self._fail(Failed(Reason.BAD_INPUT, f"the stream of frames is broken: {error}"))
        self._intake.close()
        self._state = State.ENDING
        try:
            self._finish()
        except Failed as failure:
            self._fail(failure)
        self._report()
        self._upload()
        self._state = State.FAILED if self._failure else State.COMPLETE
        self._report()
        return self._failure is None

    def _fail(self, failure: Failed) -> None:
        """What failed first is what is told."""
        self._failure = self._failure or failure

    @abc.abstractmethod
    def _open(self) -> None:
        """Prepare. Raises Failed."""

    @abc.abstractmethod
    def _take_frames(self) -> None:
        """Work until the stream ends. Raises Failed, BadRecord."""

    @abc.abstractmethod
    def _finish(self) -> None:
        """Finish the files. Raises Failed."""

    @abc.abstractmethod
    def _upload(self) -> None:
        """Wait for all uploads."""

    @abc.abstractmethod
    def _report(self) -> None:
        """Send the status if something changed, or if it is time."""
