"""Captions beside recordings: what was said while a file was recorded, as `<its name>.vtt`, wherever the file goes."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from livekit.protocol import egress as messages

from roomful.media.ports.recorder import Upload
from roomful.media.ports.transcription import Captions
from roomful.media.ports.uploader import LocalFile, Uploader, UploaderFailed, UploadPlan
from roomful.rooms.events import RoomClosed, RoomEvent
from roomful.rooms.room import Room
from roomful.rooms.transcripts import TranscriptSegment

log = logging.getLogger(__name__)

LATE_SECONDS = 60.0
"""How long after the end of an egress what was said before it may still become text."""


class EgressCaptions:
    """Those of one egress. Nothing is written while the room is not transcribed."""

    def __init__(self, room: Room, upload: Upload | None) -> None:
        """`upload`: where the recordings go, `None` for the local disk."""
        self._room = room
        self._upload = upload
        self._keys: dict[str, str] = {}
        """Keys of captions, by the key of their recording. A film and a playlist of one name share them."""
        self._files: dict[str, Captions] = {}
        """By their own key: the path below the folder of recordings, and in object storage."""
        self._complete = asyncio.Event()
        """No more texts come, or are waited for."""
        self._hurried = asyncio.Event()

    def follow(self, info: messages.EgressInfo) -> None:
        """Write what is said from now on beside each file that the egress has got by now."""
        for path, recording, started_at in _recorded(info):
            key = self._keys[recording] = str(PurePosixPath(recording).with_suffix(".vtt"))
            if key not in self._files:
                captions = self._files[key] = Captions(path.with_suffix(".vtt"), started_at / 1e9, _belonging_to(info))
                self._room.observers.add(captions.on_event)

    def named(self) -> dict[str, str]:
        """Keys of the captions that have words in them by now, by the key of their recording."""
        return {recording: key for recording, key in self._keys.items() if self._files[key].begun}

    async def finish(self, at: float) -> str:
        """The egress ended `at` unix seconds: wait for late texts, and upload. Return what there is to say about it."""
        for captions in self._files.values():
            captions.end = at
        if self._files and self._room.is_open:
            self._room.observers.add(self._on_event)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LATE_SECONDS):
                    await self._complete.wait()
            self._room.observers.discard(self._on_event)
        for captions in self._files.values():
            self._room.observers.discard(captions.on_event)
            captions.close()
        await asyncio.to_thread(Captions.settle)
        files = [LocalFile(path=str(one.path), key=key) for key, one in self._files.items() if one.begun]
        return await self._deliver(self._upload, files) if files and self._upload is not None else ""

    def hurry(self) -> None:
        """The server ends: `finish` waits for nothing more. Uploads that have begun go on by themselves."""
        self._complete.set()
        self._hurried.set()

    def _on_event(self, event: RoomEvent) -> None:
        if isinstance(event, RoomClosed):
            self._complete.set()

    async def _deliver(self, upload: Upload, files: list[LocalFile]) -> str:
        try:
            uploader = await Uploader.start(UploadPlan(upload=upload, files=files))
        except (UploaderFailed, OSError) as failure:
            log.error("captions are not uploaded", extra={"files": [one.path for one in files], "reason": str(failure)})
            return f"Captions are kept at {', '.join(one.path for one in files)}: {failure}."
        ways = [asyncio.ensure_future(uploader.ended()), asyncio.ensure_future(self._hurried.wait())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
        status = uploader.status
        said = [f"Captions: {one.location}." for one in status.files if one.location]
        return " ".join([*said, *([f"Captions: {status.error}."] if status.error else [])])


def _recorded(info: messages.EgressInfo) -> Iterator[tuple[Path, str, int]]:
    """Files on this machine, their keys, and when their first instant was, in ns since the Unix epoch."""
    for file in info.file_results:
        if file.started_at and file.location.startswith("/"):
            yield Path(file.location), file.filename, file.started_at
    for one in info.segment_results:
        if one.started_at and one.playlist_location.startswith("/"):
            yield Path(one.playlist_location), one.playlist_name, one.started_at


def _belonging_to(info: messages.EgressInfo) -> Callable[[TranscriptSegment], bool]:
    """Whether something that is said is heard in the recording."""
    match info.WhichOneof("request"):
        case "participant":
            return lambda segment: segment.identity == info.participant.identity
        case "track":
            return lambda segment: segment.track == info.track.track_id
        case "track_composite":
            return lambda segment: segment.track == info.track_composite.audio_track_id
        case _:
            return lambda _: True
