"""The server's side of a stream."""

import msgspec

from roomful.media.ports.pcm_stream.plan import PcmStreamPlan
from roomful.media.ports.pcm_stream.states import Message, Status
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State, StreamState

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class PcmStreamFailed(WorkerFailed[Status]):
    """A stream did not start: bad plan, or the worker did not come up."""


class PcmStream(WorkerProcess[PcmStreamPlan, Status]):
    """One stream. `start` raises `PcmStreamFailed`; frames are written to `take_frames_fd()`."""

    MODULE = "roomful.media.ports.pcm_stream"
    NOUN = "stream"

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> Status:
        return msgspec.structs.replace(
            self.status,
            state=State.FAILED,
            reason=Reason.KILLED,
            error=f"the stream's process {how}",
            streams=[msgspec.structs.replace(one, state=StreamState.FAILED) for one in self.status.streams],
        )

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return PcmStreamFailed(status)
