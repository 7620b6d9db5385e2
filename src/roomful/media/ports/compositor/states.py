"""What a compositor reports: JSON lines on its control socket, each a `Status` or a `KeyframeWanted`."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.recorder.states import UploadState
from roomful.media.ports.worker.states import KeyframeWanted, StreamInfo, WorkerStatus


class FileInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One whole file, open or finished."""

    path: str
    """Where it is, or was before its upload, on the local disk."""

    key: str
    """Its path below the output's directory."""

    kind: str
    size: int
    """Bytes."""

    started_at_ns: int
    """Wall time of its first instant, in ns since the Unix epoch."""

    duration_ns: int
    open: bool
    upload: UploadState = UploadState.NONE
    location: str = ""
    """URL in object storage, once the upload is confirmed."""

    error: str = ""


class SegmentsInfo(msgspec.Struct, frozen=True, kw_only=True):
    """All segments of one output."""

    playlist: str
    """Where the playlist is, or was before its upload, on the local disk."""

    playlist_key: str
    live_playlist: str = ""
    live_playlist_key: str = ""
    prefix: str
    """Path and beginning of the name of the segments, below the output's directory."""

    count: int
    """Finished segments."""

    size: int
    started_at_ns: int
    ended_at_ns: int
    """Wall time of the end of the last segment; 0 before there is one."""

    duration_ns: int
    open: bool
    upload: UploadState = UploadState.NONE
    location: str = ""
    """URL of the playlist in object storage, once everything is uploaded."""

    live_location: str = ""
    error: str = ""


class ImagesInfo(msgspec.Struct, frozen=True, kw_only=True):
    """All stills of one output."""

    prefix: str
    """Path and beginning of their names, below the output's directory."""

    count: int
    size: int
    started_at_ns: int
    ended_at_ns: int
    """Wall time of the first and the newest still; 0 before there is one."""

    upload: UploadState = UploadState.NONE
    error: str = ""


class Status(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before. Lists are in the order of the plan's outputs."""

    started_at_ns: int = 0
    """Wall time of the first composed instant, in ns since the Unix epoch; 0 before there is media."""

    duration_ns: int = 0
    layout: str = ""
    fps: float = 0.0
    """Pictures per second at the moment: fewer than planned when this machine does not keep up."""

    files: list[FileInfo] = msgspec.field(default_factory=list[FileInfo])
    segments: list[SegmentsInfo] = msgspec.field(default_factory=list[SegmentsInfo])
    images: list[ImagesInfo] = msgspec.field(default_factory=list[ImagesInfo])
    streams: list[StreamInfo] = msgspec.field(default_factory=list[StreamInfo])


Message: TypeAlias = Status | KeyframeWanted
