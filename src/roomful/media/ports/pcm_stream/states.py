"""What a stream reports: JSON lines on its control socket, each a `Status`."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.worker.states import KeyframeWanted, StreamInfo, WorkerStatus


class Status(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """The whole of what is known; each replaces the one before."""

    streams: list[StreamInfo] = msgspec.field(default_factory=list[StreamInfo])
    """The one that there is; none before the worker has begun."""


Message: TypeAlias = Status | KeyframeWanted
