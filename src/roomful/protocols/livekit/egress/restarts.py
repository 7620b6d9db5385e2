"""Egresses that the end of the server cut off. Their workers finish on their own, and so do their uploads."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livekit.protocol import egress as messages

from roomful.protocols.livekit.egress.outputs import outputs_of
from roomful.protocols.livekit.egress.uploads import upload_of
from roomful.protocols.livekit.room_service.errors import TwirpError

RESTARTED = "server restarted"


def fail_by_restart(info: messages.EgressInfo) -> None:
    """The worker finished what it had on its own, or was killed with the server: say what is on the disk."""
    info.status = messages.EgressStatus.EGRESS_FAILED
    info.error, info.error_code = RESTARTED, 500
    info.ended_at = info.updated_at = time.time_ns()
    for stream in info.stream_results:
        if stream.status == messages.StreamInfo.Status.ACTIVE:
            stream.status = messages.StreamInfo.Status.FAILED
    for file in info.file_results:
        if (path := Path(file.location)).is_file():
            file.size = path.stat().st_size
    look_again(info)
    places = [getattr(result, field) for result, field, _ in _places(info)]
    saved = [place for place in places if not place.startswith("/") or Path(place).is_file()]
    said = f"Playable up to about the restart: {', '.join(saved)}." if saved else "Nothing was saved."
    info.details = f"{info.details} {said}".strip()


def is_unsettled(info: messages.EgressInfo) -> bool:
    """Whether files may still be on their way into object storage, since a restart."""
    if info.error != RESTARTED or not _storage(info):
        return False
    return any(Path(getattr(result, field)).is_file() for result, field, _ in _places(info))


def look_again(info: messages.EgressInfo) -> bool:
    """Say where files are that have arrived in object storage; tell whether something is new.

    A worker removes a file when its upload is confirmed, and only then.
    """
    storage, moved = _storage(info), False
    for result, field, key in _places(info):
        place: str = getattr(result, field)
        if storage and place.startswith("/") and result.size and not Path(place).is_file():
            arrived = f"{storage}/{key}"
            setattr(result, field, arrived)
            info.details = info.details.replace(place, arrived)
            moved = True
    if info.file_results:
        info.file.CopyFrom(info.file_results[0])
    elif info.segment_results:
        info.segments.CopyFrom(info.segment_results[0])
    return moved


def _storage(info: messages.EgressInfo) -> str:
    """URL of where the files go; empty for the local disk."""
    field = info.WhichOneof("request")
    request: Any = getattr(info, field) if field is not None else None
    try:
        match request:
            case None:
                upload = None
            case messages.TrackEgressRequest():
                upload = upload_of(request.file)
            case _:
                upload = outputs_of(request).upload()
    except TwirpError:  # of a version that took what this one does not
        return ""
    return upload.url.rstrip("/") if upload is not None else ""


def _places(info: messages.EgressInfo) -> Iterator[tuple[Any, str, str]]:
    """Where results are: the result, its field that says so, and the key in object storage."""
    for file in info.file_results:
        yield file, "location", file.filename
    for one in info.segment_results:
        yield one, "playlist_location", one.playlist_name
        if one.live_playlist_name:
            yield one, "live_playlist_location", one.live_playlist_name
