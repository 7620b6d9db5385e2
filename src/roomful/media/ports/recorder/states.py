"""What a recorder reports: JSON lines on its control socket, each a `Status` or a `KeyframeWanted`."""

import enum
from typing import TypeAlias

import msgspec

from roomful.media.ports.worker.states import KeyframeWanted, Problem, Reason, State, WorkerStatus

__all__ = ["FileInfo", "KeyframeWanted", "Message", "Problem", "Reason", "State", "Status", "UploadState"]


class UploadState(enum.StrEnum):
    """Where the upload of one file is."""

    NONE = enum.auto()
    WAITING = enum.auto()
    DONE = enum.auto()
    FAILED = enum.auto()


class FileInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One file, open or finished."""

    path: str
    """Where it is, or was before its upload, on the local disk."""

    key: str
    """Its path below the plan's directory."""

    size: int
    """Bytes."""

    started_at_ns: int
    """Wall time of its first instant, in ns since the Unix epoch."""

    duration_ns: int
    open: bool
    participant: str
    identity: str
    tracks: list[str]
    """Sids of the tracks in it, in the order of their first frame."""

    codecs: list[str]
    """`opus`, `vp8` …, in the order of the streams."""

    width: int = 0
    height: int = 0
    upload: UploadState = UploadState.NONE
    location: str = ""
    """URL in object storage, once the upload is confirmed."""

    error: str = ""


class Status(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    files: list[FileInfo] = msgspec.field(default_factory=list[FileInfo])


Message: TypeAlias = Status | KeyframeWanted
