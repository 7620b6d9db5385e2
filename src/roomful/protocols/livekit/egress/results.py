"""What came of an egress, in LiveKit's words. All times are nanoseconds. specs/livekit.md §6.1 EgressInfo."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from livekit.protocol import egress as messages

from roomful.media.ports import compositor, pcm_stream, recorder
from roomful.media.ports.recorder import Plan, UploadState
from roomful.media.ports.worker import StreamInfo, StreamState, WorkerStatus
from roomful.protocols.livekit.egress.order import Order
from roomful.protocols.livekit.egress.redact import redacted_url
from roomful.protocols.livekit.egress.uploads import ignored_by

_STREAM_STATUS = {
    StreamState.CONNECTING: messages.StreamInfo.ACTIVE,
    StreamState.ACTIVE: messages.StreamInfo.ACTIVE,
    StreamState.FINISHED: messages.StreamInfo.FINISHED,
    StreamState.FAILED: messages.StreamInfo.FAILED,
}


def fill(info: messages.EgressInfo, status: WorkerStatus | None) -> None:
    """Replace the results with those of a worker's status; the deprecated single result too."""
    for field in ("file_results", "segment_results", "image_results", "stream_results"):
        info.ClearField(field)
    match status:
        case recorder.Status():
            info.file_results.extend(map(_file, status.files))
        case compositor.Status():
            info.file_results.extend(map(_file, status.files))
            info.segment_results.extend(map(_segments, status.segments))
            info.image_results.extend(map(_images, status.images))
            info.stream_results.extend(map(_stream, status.streams))
        case pcm_stream.Status():
            info.stream_results.extend(map(_stream, status.streams))
        case _:
            pass
    if info.file_results:
        info.file.CopyFrom(info.file_results[0])
    elif info.segment_results:
        info.segments.CopyFrom(info.segment_results[0])
    elif info.stream_results:
        info.stream.CopyFrom(messages.StreamInfoList(info=info.stream_results))


def outline(status: Any) -> list[object]:
    """What of a status is worth telling: not that a file has grown."""
    match status:
        case recorder.Status():
            return [*((file.path, file.open, file.upload) for file in status.files), *status.problems]
        case compositor.Status():
            return [
                *((file.path, file.open, file.upload) for file in status.files),
                *((one.playlist, one.open, one.upload) for one in status.segments),
                *((one.prefix, one.count > 0, one.upload) for one in status.images),
                *((one.url, one.state, one.error) for one in status.streams),
                *status.problems,
            ]
        case pcm_stream.Status():
            return [*((one.url, one.state, one.error) for one in status.streams), *status.problems]
        case _:
            return []


def details(order: Order, status: WorkerStatus | None, unreadable: Iterable[str]) -> str:
    """What differs from what was asked for, in sentences."""
    found = [f"{sid} is end-to-end encrypted and is left out." for sid in sorted(unreadable)]
    if isinstance(status, recorder.Status) and isinstance(order.plan, Plan):
        found += _other_containers(order.plan, status)
    for problem in status.problems if status else ():
        found.append(f"{problem.track}: {problem.what.replace('_', ' ')}.")
    ignored = {name for output in _uploading(order) for name in ignored_by(output)}
    if ignored:
        found.append(f"Not supported, and left out: {', '.join(sorted(ignored))}.")
    return " ".join(found)


def _other_containers(plan: Plan, status: recorder.Status) -> list[str]:
    wanted = str(plan.container or "") or PurePosixPath(plan.path).suffix.removeprefix(".").lower()
    if wanted not in set(recorder.Container):
        return []
    return [
        f"{file.key} is not {wanted.upper()}: {' and '.join(file.codecs)} were recorded without transcoding."
        for file in status.files
        if not file.key.endswith(f".{wanted}")
    ]


def _uploading(order: Order) -> list[Any]:
    request: Any = order.request
    match request:
        case messages.TrackEgressRequest():
            return [request.file]
        case messages.StartEgressRequest():
            return [request.storage, *(output.storage for output in request.outputs)]
        case _:
            return [*request.file_outputs, *request.segment_outputs, *request.image_outputs]


def _file(file: recorder.FileInfo | compositor.FileInfo) -> messages.FileInfo:
    return messages.FileInfo(
        filename=file.key,
        started_at=file.started_at_ns,
        ended_at=0 if file.open else file.started_at_ns + file.duration_ns,
        duration=file.duration_ns,
        size=file.size,
        location=file.location if file.upload is UploadState.DONE else file.path,
    )


def _segments(one: compositor.SegmentsInfo) -> messages.SegmentsInfo:
    uploaded = one.upload is UploadState.DONE
    return messages.SegmentsInfo(
        playlist_name=one.playlist_key,
        live_playlist_name=one.live_playlist_key,
        playlist_location=one.location if uploaded else one.playlist,
        live_playlist_location=one.live_location if uploaded else one.live_playlist,
        duration=one.duration_ns,
        size=one.size,
        segment_count=one.count,
        started_at=one.started_at_ns,
        ended_at=one.ended_at_ns,
    )


def _images(one: compositor.ImagesInfo) -> messages.ImagesInfo:
    return messages.ImagesInfo(
        filename_prefix=one.prefix, image_count=one.count, started_at=one.started_at_ns, ended_at=one.ended_at_ns
    )


def _stream(one: StreamInfo) -> messages.StreamInfo:
    return messages.StreamInfo(
        url=redacted_url(one.url),
        started_at=one.started_at_ns,
        ended_at=one.ended_at_ns,
        duration=one.duration_ns,
        status=_STREAM_STATUS[one.state],
        error=one.error,
        retries=one.retries,
    )
