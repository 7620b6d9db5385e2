"""The server's side of a mixer."""

import msgspec

from roomful.media.ports.mixer.plan import Command, MixPlan
from roomful.media.ports.mixer.states import REPORT_SECONDS, Message, Status
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class MixerFailed(WorkerFailed[Status]):
    """A mixer did not start: bad plan, or the worker did not come up."""


class Mixer(WorkerProcess[MixPlan, Status]):
    """One mixer. `start` raises `MixerFailed`; frames are written to `take_frames_fd()`, read from `take_output_fd()`.

    Of the tracks that come out, the sound for a member has the member's sid as `TrackInfo.listener` and `mix` as name;
    the pictures are for all, and have `picture` as name.
    """

    MODULE = "roomful.media.ports.mixer"
    NOUN = "mix"
    MAKES_FRAMES = True
    SILENCE_SECONDS = 3 * REPORT_SECONDS

    async def order(self, command: Command) -> None:
        """Change the mix. What makes no sense, as a layout that there is not, the worker leaves out."""
        await self._send(command)

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> Status:
        return msgspec.structs.replace(self.status, state=State.FAILED, reason=Reason.KILLED, error=f"the mixer {how}")

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return MixerFailed(status)
