"""What every worker reports: JSON lines on its control socket, each a status or a `KeyframeWanted`."""

import enum

import msgspec


class State(enum.StrEnum):
    """Where a worker is: starting → active → ending → complete or failed."""

    STARTING = enum.auto()
    ACTIVE = enum.auto()
    ENDING = enum.auto()
    """Files are being finished and uploaded; frames are no longer taken."""
    COMPLETE = enum.auto()
    FAILED = enum.auto()
    """`reason` and `error` say why. What was written until then is playable."""

    @property
    def final(self) -> bool:
        return self in {State.COMPLETE, State.FAILED}


class Reason(enum.StrEnum):
    """Why a worker failed."""

    DISK_FULL = enum.auto()
    FOLDER_UNUSABLE = enum.auto()
    BAD_PLAN = enum.auto()
    BAD_INPUT = enum.auto()
    """The stream of frames was broken."""
    WRITE_FAILED = enum.auto()
    UPLOAD_FAILED = enum.auto()
    STREAM_FAILED = enum.auto()
    """No stream could be pushed, and there was nothing else to write."""
    KILLED = enum.auto()
    """The worker ended without a word."""


class Failed(Exception):
    """The worker cannot go on. What it wrote has been finished as well as it was possible."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with one track while the work goes on."""

    track: str
    what: str
    """`no_keyframe`: frames come, but none to begin with, for half a minute. `unreadable`: frames were left out because
    they are not what their codec says."""


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    state: State
    problems: list[Problem] = []
    reason: Reason | None = None
    error: str = ""
    """For people: what went wrong, and what was saved where."""


class KeyframeWanted(msgspec.Struct, frozen=True, kw_only=True, tag="keyframe_wanted"):
    """The worker waits for a keyframe of the track with this sid. Repeated while it does."""

    track: str
