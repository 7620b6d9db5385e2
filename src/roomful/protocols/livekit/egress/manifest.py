"""The JSON file beside a recording: what was recorded, and exactly when, so that recordings can be put side by side."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from livekit.protocol import egress as messages

from roomful.media.ports import recorder
from roomful.media.ports.recorder import Upload
from roomful.media.ports.worker import WorkerStatus
from roomful.protocols.livekit.egress.order import Order

UPLOAD_SECONDS = 120.0


def contents(
    order: Order, info: messages.EgressInfo, status: WorkerStatus | None, captions: Mapping[str, str]
) -> dict[str, Any]:
    """Times are nanoseconds since the Unix epoch, from the senders' clocks over RTCP: they compare between files.

    `captions`: keys of captions by the key of their recording.
    """
    files: list[dict[str, Any]] = [
        {
            "filename": file.filename,
            "location": file.location,
            "started_at": file.started_at,
            "ended_at": file.ended_at,
            "size": file.size,
        }
        | _captions(captions.get(file.filename))
        for file in info.file_results
    ]
    if isinstance(status, recorder.Status):
        for entry, file in zip(files, status.files, strict=True):
            entry |= {
                "publisher_identity": file.identity,
                "publisher_id": file.participant,
                "track_ids": file.tracks,
                "codecs": file.codecs,
            }
    return {
        "egress_id": info.egress_id,
        "room_id": info.room_id,
        "room_name": info.room_name,
        "started_at": info.started_at,
        "ended_at": info.ended_at,
        "files": files,
        "playlists": [
            {"filename": one.playlist_name, "location": one.playlist_location, "started_at": one.started_at}
            | _captions(captions.get(one.playlist_name))
            for one in info.segment_results
        ],
        "images": [
            {"filename_prefix": one.filename_prefix, "count": one.image_count, "started_at": one.started_at}
            for one in info.image_results
        ],
    }


def _captions(key: str | None) -> dict[str, Any]:
    return {"captions": key} if key else {}


def key_of(info: messages.EgressInfo) -> str | None:
    """Where the manifest goes below the folder: beside the first file. `None` if there is none."""
    names = [file.filename for file in info.file_results]
    names += [one.playlist_name for one in info.segment_results]
    names += [one.filename_prefix for one in info.image_results]
    return str(PurePosixPath(names[0]).with_name(f"{info.egress_id}.json")) if names else None


def write(directory: Path, key: str, plain: dict[str, Any], upload: Upload | None) -> str:
    """Write the manifest, upload it where the files go, and return where it is. Blocks.

    Raises:
        OSError: it cannot be written. After an upload that fails, the local file is what there is.
    """
    path = directory / key
    path.parent.mkdir(parents=True, exist_ok=True)
    # A new file, or none: what somebody linked there is not written to.
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640), "wb") as file:  # noqa: PTH123
        file.write(msgspec.json.format(msgspec.json.encode(plain)))
    if upload is None:
        return str(path)
    # Half a second to import, which egresses to the local disk do not need.
    from roomful.media.ports.recorder.upload import BadStore, Uploads

    try:
        uploads = Uploads(upload)
    except BadStore:  # the worker has said so already
        return str(path)
    uploads.submit(str(path), key)
    uploads.wait(UPLOAD_SECONDS)
    outcome = uploads.outcome(str(path))
    uploads.close()
    return outcome.location or str(path)
