"""What all worker processes share: how the server starts and follows one, and how the worker takes frames and reports.

`process` is the server's side; `intake` and `control` are the worker's ends of its two descriptors; `states` is what
both say to each other.
"""

from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import (
    KeyframeWanted,
    Problem,
    Reason,
    State,
    StreamInfo,
    StreamState,
    WorkerStatus,
)

__all__ = [
    "KeyframeWanted",
    "Problem",
    "Reason",
    "State",
    "StreamInfo",
    "StreamState",
    "WorkerFailed",
    "WorkerProcess",
    "WorkerStatus",
]
