"""The server's side of an upload."""

import msgspec

from roomful.media.ports.uploader.plan import UploadPlan
from roomful.media.ports.uploader.states import Message, Status
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class UploaderFailed(WorkerFailed[Status]):
    """An upload did not start: bad storage, or the worker did not come up."""


class Uploader(WorkerProcess[UploadPlan, Status]):
    """One upload, which nobody has to wait for. `start` raises `UploaderFailed`."""

    MODULE = "roomful.media.ports.uploader"
    NOUN = "upload"

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> Status:
        return msgspec.structs.replace(
            self.status, state=State.FAILED, reason=Reason.KILLED, error=f"the upload's process {how}"
        )

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return UploaderFailed(status)
