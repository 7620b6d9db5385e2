"""The server's side of a transcriber."""

import logging
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from roomful.media.ports.transcriber.plan import TranscriptionPlan
from roomful.media.ports.transcriber.states import Lost, Message, Status, Text
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State

OnResult: TypeAlias = Callable[[Text | Lost], None]

log = logging.getLogger(__name__)

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_statuses: msgspec.json.Decoder[Status | KeyframeWanted] = msgspec.json.Decoder(Status | KeyframeWanted)


class TranscriberFailed(WorkerFailed[Status]):
    """A transcription did not start: bad plan, or the worker did not come up."""


class Transcriber(WorkerProcess[TranscriptionPlan, Status]):
    """One transcription. `start` raises `TranscriberFailed`; frames are written to `take_frames_fd()`."""

    MODULE = "roomful.media.ports.transcriber"
    NOUN = "transcription"

    on_result: OnResult | None = None
    """Called with each text, and each utterance that is lost. Set before the first frame nothing is missed."""

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _take(self, line: bytes) -> None:
        report = _reports.decode(line)
        if not isinstance(report, Text | Lost):
            super()._take(line)
        elif self.on_result is not None:
            try:
                self.on_result(report)
            except Exception:
                log.exception("a listener of a transcription failed")

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _statuses.decode(line)

    def _killed(self, how: str) -> Status:
        return msgspec.structs.replace(
            self.status, state=State.FAILED, reason=Reason.KILLED, error=f"the transcriber {how}", waiting=0
        )

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return TranscriberFailed(status)
