"""What a mixer reports: JSON lines on its control socket, each a `Status` or a `KeyframeWanted`."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.worker.states import KeyframeWanted, WorkerStatus

REPORT_SECONDS = 5.0
"""A mixer that has nothing to tell says so this often: silence means that it hangs."""


class Status(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    members: list[str] = msgspec.field(default_factory=list[str])
    """Sids, in the order in which they came."""

    layout: str = ""
    """As it was wished, a group perhaps."""

    shown: str = ""
    """The layout that is on show."""

    cells: list[str] = msgspec.field(default_factory=list[str])
    """Who is in each cell, empty where nobody is."""

    floor: str = ""
    """Who has the floor, empty while nobody talked yet."""

    over: list[str] = msgspec.field(default_factory=list[str])
    """Ids of the playbacks that are at their end, or cannot be played and are a problem too."""

    fps: float = 0.0
    """Pictures per second at the moment: fewer than planned when this machine does not keep up."""


Message: TypeAlias = Status | KeyframeWanted
