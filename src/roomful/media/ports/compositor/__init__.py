"""One picture and one mix of a whole room, in a process of its own: into files, HLS segments, stills and RTMP streams.

The server starts a worker with `Compositor`; the engine writes frames into its pipe (`media.ports.frames`). See
`docs/explanation/composing.md`.
"""

from roomful.media.ports.compositor.plan import (
    AudioCodec,
    Background,
    CompositionPlan,
    FileKind,
    FileOutput,
    ImageOutput,
    Output,
    SegmentOutput,
    StreamOutput,
    Suffix,
    VideoProfile,
)
from roomful.media.ports.compositor.process import Compositor, CompositorFailed
from roomful.media.ports.compositor.states import FileInfo, ImagesInfo, SegmentsInfo, Status
from roomful.media.ports.worker.states import StreamInfo, StreamState

__all__ = [
    "AudioCodec",
    "Background",
    "CompositionPlan",
    "Compositor",
    "CompositorFailed",
    "FileInfo",
    "FileKind",
    "FileOutput",
    "ImageOutput",
    "ImagesInfo",
    "Output",
    "SegmentOutput",
    "SegmentsInfo",
    "Status",
    "StreamInfo",
    "StreamOutput",
    "StreamState",
    "Suffix",
    "VideoProfile",
]
