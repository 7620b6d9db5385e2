"""What a transcriber reports: JSON lines on its control socket."""

import enum
from typing import TypeAlias

import msgspec

from roomful.media.ports.worker.states import KeyframeWanted, WorkerStatus


class Service(enum.StrEnum):
    """How the recognizer is doing."""

    UNUSED = enum.auto()
    """Nobody has said anything yet."""
    WORKING = enum.auto()
    FAILING = enum.auto()
    """The last attempt failed; `service_error` says how. Utterances are tried again for a while."""


class Status(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    service: Service = Service.UNUSED
    service_error: str = ""
    """The last trouble, for people; it stays when the recognizer works again."""

    failed_attempts: int = 0
    transcribed: int = 0
    """Utterances that became text, or were found to hold none."""

    lost: int = 0
    """Utterances that were given up or dropped; each was reported as `Lost`."""

    waiting: int = 0
    """Utterances that are being spoken, recognized, or wait."""


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """Something said: by whom and when. Times are ns since the Unix epoch."""

    id: str
    track: str
    participant: str
    """Sids."""

    identity: str
    start_ns: int
    end_ns: int


class Text(Utterance, frozen=True, kw_only=True, tag="text"):
    """What was said. Interim ones of an utterance are followed by a final one, or by `Lost`."""

    text: str
    """Empty if there were no words in it; never so for an interim one."""

    language: str = ""
    final: bool = True


class Lost(Utterance, frozen=True, kw_only=True, tag="lost"):
    """What was said is not known."""

    why: str


Message: TypeAlias = Status | KeyframeWanted | Text | Lost
