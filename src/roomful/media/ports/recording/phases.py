"""Where a recording is, and why it ended."""

import enum


class Phase(enum.StrEnum):
    """waiting → starting → active → ending → complete or failed; ended before it was active: aborted."""

    WAITING = enum.auto()
    """For the first track, or somebody to come. There is no worker yet: it would only hold memory."""
    STARTING = enum.auto()
    ACTIVE = enum.auto()
    ENDING = enum.auto()
    COMPLETE = enum.auto()
    FAILED = enum.auto()
    ABORTED = enum.auto()

    @property
    def final(self) -> bool:
        return self in {Phase.COMPLETE, Phase.FAILED, Phase.ABORTED}


class Ending(enum.StrEnum):
    """Why it ended."""

    STOPPED = enum.auto()
    """By `stop`."""
    NOTHING_LEFT = enum.auto()
    """What was selected is gone."""
    ROOM_CLOSED = enum.auto()
    REMOVED = enum.auto()
    """Somebody removed its participant."""
    WORKER = enum.auto()
    """The worker ended, or never began; `error` says why."""
