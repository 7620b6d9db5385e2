"""The server's side of a bot's worker."""

import msgspec

from roomful.media.ports.bot.plan import BotPlan
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State, WorkerStatus

_reports: msgspec.json.Decoder[WorkerStatus | KeyframeWanted] = msgspec.json.Decoder(WorkerStatus | KeyframeWanted)


class BotFailed(WorkerFailed[WorkerStatus]):
    """A bot's worker did not come up."""


class BotProcess(WorkerProcess[BotPlan, WorkerStatus]):
    """One bot. Its frames come out of `take_output_fd()`; only an echo reads from `take_frames_fd()`."""

    MODULE = "roomful.media.ports.bot"
    NOUN = "bot"
    MAKES_FRAMES = True

    def _starting(self) -> WorkerStatus:
        return WorkerStatus(state=State.STARTING)

    def _decode(self, line: bytes) -> WorkerStatus | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> WorkerStatus:
        return WorkerStatus(state=State.FAILED, reason=Reason.KILLED, error=f"the bot {how}")

    @classmethod
    def _failed(cls, status: WorkerStatus) -> Exception:
        return BotFailed(status)
