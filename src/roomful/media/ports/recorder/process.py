"""The server's side of a recording."""

from pathlib import Path

import msgspec

from roomful.media.ports.recorder.plan import Plan
from roomful.media.ports.recorder.states import FileInfo, KeyframeWanted, Message, Reason, State, Status
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class RecorderFailed(WorkerFailed[Status]):
    """A recording did not start: the disk is full, the folder unusable, or the worker did not come up."""


class Recorder(WorkerProcess[Plan, Status]):
    """One recording. `start` raises `RecorderFailed`."""

    MODULE = "roomful.media.ports.recorder"
    NOUN = "recording"

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> Status:
        files = [as_on_disk(file) for file in self.status.files]
        saved = ", ".join(file.path for file in files if file.size) or "nothing"
        return Status(
            state=State.FAILED,
            files=files,
            problems=self.status.problems,
            reason=Reason.KILLED,
            error=f"the recorder {how}; saved until then: {saved}",
        )

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return RecorderFailed(status)


def as_on_disk(file: FileInfo) -> FileInfo:
    """What is true of a file whose writer is dead."""
    path = Path(file.path)
    size = path.stat().st_size if path.is_file() else 0
    return msgspec.structs.replace(file, size=size, open=False)
