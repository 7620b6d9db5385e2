"""What the worker reports: JSON lines on its control socket, each a `Status` or a `KeyframeWanted`."""

import enum
from typing import TypeAlias

import msgspec


class State(enum.StrEnum):
    """Where a recording is: starting → active → ending → complete or failed."""

    STARTING = enum.auto()
    ACTIVE = enum.auto()
    ENDING = enum.auto()
    """Files are being finished and uploaded; frames are no longer taken."""
    COMPLETE = enum.auto()
    FAILED = enum.auto()
    """`reason` and `error` say why. What was recorded until then is playable."""

    @property
    def final(self) -> bool:
        return self in {State.COMPLETE, State.FAILED}


class Reason(enum.StrEnum):
    """Why a recording failed."""

    DISK_FULL = enum.auto()
    FOLDER_UNUSABLE = enum.auto()
    BAD_PLAN = enum.auto()
    BAD_INPUT = enum.auto()
    """The stream of frames was broken."""
    WRITE_FAILED = enum.auto()
    UPLOAD_FAILED = enum.auto()
    KILLED = enum.auto()
    """The worker ended without a word."""


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


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with one track while the recording goes on."""

    track: str
    what: str
    """`no_keyframe`: frames come, but none to begin with, for half a minute. `unreadable`: frames were left out because
    they are not what their codec says."""


class Status(msgspec.Struct, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    state: State
    files: list[FileInfo] = []
    problems: list[Problem] = []
    reason: Reason | None = None
    error: str = ""
    """For people: what went wrong, and what was saved where."""


class KeyframeWanted(msgspec.Struct, frozen=True, kw_only=True, tag="keyframe_wanted"):
    """The recording waits for a keyframe of the track with this sid. Repeated while it does."""

    track: str


Message: TypeAlias = Status | KeyframeWanted
