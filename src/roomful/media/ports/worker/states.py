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
    they are not what their codec says. `sound_dropped`: a receiver was gone or too slow, and lacks some sound."""


class StreamState(enum.StrEnum):
    """Where the push to one URL is."""

    CONNECTING = enum.auto()
    """Also between two attempts; `error` says what was wrong with the last."""
    ACTIVE = enum.auto()
    FINISHED = enum.auto()
    FAILED = enum.auto()


class StreamInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The push to one URL."""

    url: str
    """As it was given, secrets included: redact it before anybody sees it."""

    state: StreamState
    started_at_ns: int = 0
    """Wall time of the first instant that was sent; 0 before."""

    ended_at_ns: int = 0
    duration_ns: int = 0
    """What was sent, over all connections."""

    retries: int = 0
    """Connections that failed or were lost."""

    error: str = ""
    """What the last trouble was. Without the URL."""


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
