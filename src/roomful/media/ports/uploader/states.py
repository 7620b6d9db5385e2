"""What an uploader reports: JSON lines on its control socket, each a `Status`."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.recorder.states import UploadState
from roomful.media.ports.worker.states import KeyframeWanted, WorkerStatus


class FileStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file."""

    key: str
    upload: UploadState
    location: str = ""
    """URL in object storage, once the upload is confirmed."""

    error: str = ""
    """Says where the file is, if it could not be uploaded."""


class Status(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    files: list[FileStatus] = msgspec.field(default_factory=list[FileStatus])


Message: TypeAlias = Status | KeyframeWanted
