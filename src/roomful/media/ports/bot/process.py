"""The server's side of a bot's worker."""

import msgspec

from roomful.media.ports.bot.plan import BotPlan, Command, FilmStatus
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State, WorkerStatus

_reports: msgspec.json.Decoder[WorkerStatus | KeyframeWanted | FilmStatus] = msgspec.json.Decoder(
    WorkerStatus | KeyframeWanted | FilmStatus
)


class BotFailed(WorkerFailed[WorkerStatus]):
    """A bot's worker did not come up."""


class BotProcess(WorkerProcess[BotPlan, WorkerStatus]):
    """One bot. Its frames come out of `take_output_fd()`; only an echo reads from `take_frames_fd()`."""

    MODULE = "roomful.media.ports.bot"
    NOUN = "bot"
    MAKES_FRAMES = True

    film: FilmStatus | None = None
    """Of one that plays a film, as soon as that has begun."""

    async def order(self, command: Command) -> None:
        """Ask something of a film; other bots leave it out."""
        await self._send(command)

    def _starting(self) -> WorkerStatus:
        return WorkerStatus(state=State.STARTING)

    def _decode(self, line: bytes) -> WorkerStatus | KeyframeWanted | None:
        report = _reports.decode(line)
        if isinstance(report, FilmStatus):
            self.film = report
            return None
        return report

    def _killed(self, how: str) -> WorkerStatus:
        return WorkerStatus(state=State.FAILED, reason=Reason.KILLED, error=f"the bot {how}")

    @classmethod
    def _failed(cls, status: WorkerStatus) -> Exception:
        return BotFailed(status)
