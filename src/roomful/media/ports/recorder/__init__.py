"""Recording without a browser and without transcoding: encoded frames in, files out, in a process of their own.

The server starts a worker per recording with `Recorder`; the engine writes frames into the worker's pipe
(`media.ports.frames`), so that no media passes through the event loop. In the worker:

    intake   bytes of the pipe → records (`media.ports.worker`)
    session  records → takes: what belongs into one file, or one after the other in several
    take     frames of two lines → samples in the order of their times → parts
    part     one file: a container that is set up for what it gets, audio without holes

Whatever happens to the worker, its files are playable but for the last second or two.
"""

from roomful.media.ports.recorder.plan import Container, Grouping, Plan, Upload
from roomful.media.ports.recorder.process import Recorder, RecorderFailed
from roomful.media.ports.recorder.states import FileInfo, Status, UploadState
from roomful.media.ports.worker.states import Problem, Reason, State

__all__ = [
    "Container",
    "FileInfo",
    "Grouping",
    "Plan",
    "Problem",
    "Reason",
    "Recorder",
    "RecorderFailed",
    "State",
    "Status",
    "Upload",
    "UploadState",
]
