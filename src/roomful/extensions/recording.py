"""Recordings that plugins ask for: an MP4 file per member, and per shared screen. specs/monibuca-rooms.md §10.4."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from roomful.extensions.ports import WHOLE_ROOM
from roomful.extensions.records import MAX_NAME_BYTES, PluginRecords, RecordStore
from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.recorder import Container, FileInfo, Grouping, Plan, Status
from roomful.media.ports.recording import Everything, OneParticipant, Phase, RoomRecording, Selection, recorder
from roomful.rooms.events import RoomEvent
from roomful.rooms.extension import Code, RecordingView, RoomApiError
from roomful.rooms.ids import new_id
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import StreamPath
from roomful.rooms.tracks import Track

RECORDS_OF = "roomful"
"""The server's own documents stand beside those of the plugins."""
COLLECTION = "recordings"
MAX_RUNNING = 100

logger = logging.getLogger(__name__)


class OneUser(msgspec.Struct, frozen=True):
    """All that a user publishes, over its comings and goings."""

    user_id: str

    def wants(self, room: Room, track: Track) -> bool:
        return room.participants[track.publisher].user_id == self.user_id

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        return False


class _Listed(NamedTuple):
    """A file of a recording that runs, as the list has it."""

    open: bool
    failed: bool
    stream_path: str


class RoomRecorder:
    """The recordings that run, by room and user, and the list of all that there were."""

    def __init__(self, media: FramesOutApi, directory: Path, min_free_bytes: int, records: RecordStore) -> None:
        self._media = media
        self._directory = directory
        self._min_free_bytes = min_free_bytes
        self._records = PluginRecords(records, RECORDS_OF)
        self._running: dict[tuple[str, str], RoomRecording] = {}
        """By room sid and target."""
        self._unfinished: set[RoomRecording] = set()
        """Those that run, and those whose files are being finished."""
        self._listed: dict[str, _Listed] = {}
        """Of recordings that run, by id."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def restore(self) -> None:
        """Find out what became of the files that were being written when the server stopped."""
        try:
            for document in await self._records.find(COLLECTION, where={"status": "recording"}):
                view = msgspec.convert(document, RecordingView)
                found = await asyncio.to_thread(_left_behind, view, self._directory / view.file)
                await self._records.put(COLLECTION, _key(view.id), msgspec.structs.asdict(found))
        except RoomApiError as error:
            logger.error("recordings of before may be listed as running", extra={"reason": error.message})

    async def start(self, room: Room, target: str) -> bool:
        """Returns whether that is news. Raises BACKEND_UNAVAILABLE when too much is recorded already."""
        place = (room.sid, target)
        if place in self._running:
            return False
        if len(self._running) >= MAX_RUNNING:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "too much is being recorded at the same time")
        plan = Plan(
            directory=str(self._directory),
            room_name=room.name,
            room_id=room.sid,
            grouping=Grouping.PARTICIPANT,
            path="{room_name}/{publisher_identity}-{time}",
            container=Container.MP4,
            min_free_bytes=self._min_free_bytes,
        )
        recording = RoomRecording(
            self._media,
            room,
            new_id("REC_"),
            _selection(room, target),
            recorder(plan),
            lambda one: self._changed(place, one),
        )
        self._running[place] = recording
        self._unfinished.add(recording)
        recording.begin()
        return True

    async def stop(self, room: Room, target: str) -> tuple[bool, tuple[str, ...]]:
        """Returns whether anything was being recorded, and the ids of its files, which are finished in a while."""
        recording = self._running.pop((room.sid, target), None)
        if recording is None:
            return False, ()
        recording.stop()
        return True, _files_of(recording)

    async def recordings(self, room_id: str) -> Sequence[RecordingView]:
        found = await self._records.find(COLLECTION, where={"room_id": room_id}, order_by="started_at", descending=True)
        return [msgspec.convert(document, RecordingView) for document in found]

    async def newest(self, most: int) -> Sequence[RecordingView]:
        """Of all rooms, newest first."""
        found = await self._records.find(COLLECTION, order_by="started_at", descending=True, limit=most)
        return [msgspec.convert(document, RecordingView) for document in found]

    async def find(self, recording_id: str) -> RecordingView:
        """Of any room. Raises NOT_FOUND."""
        document = await self._records.get(COLLECTION, _key(recording_id))
        if document is None:
            raise _missing()
        return msgspec.convert(document, RecordingView)

    async def file(self, room_id: str, recording_id: str) -> str:
        """The path of a finished file. Raises NOT_FOUND: there is none, it was uploaded, or deleted since."""
        recording = await self.find(recording_id)
        if recording.room_id != room_id or recording.status != "complete":
            raise _missing()
        path = self._directory / recording.file
        if not await asyncio.to_thread(path.is_file):
            raise _missing()
        return str(path)

    async def close(self, within: float) -> None:
        """End all, and wait for their files at most so many seconds; the processes may take longer."""
        recordings = list(self._unfinished)
        for recording in recordings:
            recording.stop()
        waits = [asyncio.create_task(recording.finished(within)) for recording in recordings]
        await asyncio.gather(*waits, *self._tasks, return_exceptions=True)
        for recording in recordings:
            await recording.abandon()

    def _changed(self, place: tuple[str, str], recording: RoomRecording) -> None:
        room = recording.room
        if isinstance(recording.status, Status):
            for file in recording.status.files:
                self._list(room, file)
        if not recording.phase.final:
            return
        self._unfinished.discard(recording)
        for key in _files_of(recording):
            self._listed.pop(key, None)
        unexpected = self._running.get(place) is recording
        if unexpected:
            del self._running[place]
        note = ""
        if recording.phase is Phase.FAILED:
            note = recording.error or "the recording failed"
            logger.error("a recording failed", extra={"room": room.name, "reason": note})
        if not room.is_open or not (unexpected or note):
            return
        if place[1] == WHOLE_ROOM:
            room.set_recording(False, time.time(), note=note, files=_files_of(recording))
        else:
            room.set_target_recording(place[1], False, time.time(), note=note, files=_files_of(recording))

    def _list(self, room: Room, file: FileInfo) -> None:
        before = self._listed.get(file.key)
        stream_path = before.stream_path if before is not None else _stream_path(room, file)
        listed = self._listed[file.key] = _Listed(file.open, bool(file.error), stream_path)
        if listed == before:
            return
        publisher = room.find(file.identity)
        view = RecordingView(
            id=file.key,
            room_id=room.name,
            user_id=publisher.user_id if publisher is not None else file.identity,
            stream_path=stream_path,
            file=file.location or file.key,
            started_at=file.started_at_ns // 1_000_000,
            duration=0.0 if file.open else file.duration_ns / 1e9,
            size=file.size,
            status="failed" if file.error else "recording" if file.open else "complete",
        )
        task = asyncio.create_task(self._records.put(COLLECTION, _key(file.key), msgspec.structs.asdict(view)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _selection(room: Room, target: str) -> Selection:
    if target == WHOLE_ROOM:
        return Everything(until_empty=False)
    stream = StreamPath.within(room.name, target)
    return OneUser(target) if stream is None else OneParticipant(stream.user_id, stream.screen)


def _left_behind(view: RecordingView, path: Path) -> RecordingView:
    """The file is written in fragments, so that what there is plays."""
    try:
        status = path.stat()
    except OSError:
        return msgspec.structs.replace(view, status="failed")
    seconds = max(0.0, status.st_mtime - view.started_at / 1000)
    return msgspec.structs.replace(view, status="complete", size=status.st_size, duration=round(seconds, 3))


def _stream_path(room: Room, file: FileInfo) -> str:
    publisher = room.find(file.identity)
    track = next((track for sid in file.tracks if (track := room.tracks.get(sid)) is not None), None)
    if publisher is None or track is None:
        return ""
    return str(StreamPath.of(room.name, publisher.user_id, track.source))


def _key(file_id: str) -> str:
    """The key of a file's document: names of rooms and people make ids longer than keys may be."""
    name = file_id.encode("utf-8", "surrogatepass")
    return file_id if 0 < len(name) <= MAX_NAME_BYTES else hashlib.sha256(name).hexdigest()


def _missing() -> RoomApiError:
    return RoomApiError(Code.NOT_FOUND, "there is no such file of a recording here")


def _files_of(recording: RoomRecording) -> tuple[str, ...]:
    """As far as they are known."""
    return tuple(file.key for file in recording.status.files) if isinstance(recording.status, Status) else ()
