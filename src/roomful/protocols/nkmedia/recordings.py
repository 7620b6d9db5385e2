"""Recordings: files of what one publisher sends, or of what all of a conference get. specs/nkmedia.md §9.9, §13.5."""

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from roomful.media.ports.frames import Codec
from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.mixing import Desk
from roomful.media.ports.recorder import Container, Grouping, Plan
from roomful.media.ports.recorder.containers import choose
from roomful.media.ports.recorder.naming import BadTemplate, expand
from roomful.media.ports.recording import MixFor, OneParticipant, RoomRecording, Selection, recorder
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.rooms.ids import new_id
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

MAX_RUNNING = 100
"""Recordings of a server at the same time; each is a process."""

_SCHEME = "file://"
_UNSAFE = re.compile(r"^\.|[^\w.@+-]")
_SUFFIXES = {f".{one}": one for one in Container}
_CODECS = {codec.mime.lower(): codec for codec in Codec} | {"audio/red": Codec.OPUS}


class Recording(Protocol):
    """One file that is being written."""

    @property
    def is_over(self) -> bool: ...

    def pause(self, *, paused: bool) -> None:
        """Leave out what is captured from now on, or record it again."""
        ...

    def stop(self) -> None: ...


class RecordingsApi(Protocol):
    """Writes files."""

    @property
    def directory(self) -> Path:
        """Below which all files are; resolved."""
        ...

    def start(self, room: Room, publisher: Participant, path: Path, container: Container) -> Recording:
        """Record what the participant publishes until it leaves. Raises NkError (NO_MEDIASERVER: too many)."""
        ...

    def start_mix(self, room: Room, desk: Desk, path: Path, container: Container) -> Recording:
        """Record what all say and the common picture, as long as there is a mix. Raises NkError, as `start` does."""
        ...


class Recordings:
    """With the server's recorder workers."""

    def __init__(self, media: FramesOutApi, directory: Path, min_free_bytes: int) -> None:
        self.directory = directory.resolve()
        self._media = media
        self._min_free_bytes = min_free_bytes
        self._running: set[RoomRecording] = set()
        self._desks: dict[RoomRecording, tuple[Desk, str]] = {}
        """Of those that record a mix: where that is known, and as whom."""

    def start(self, room: Room, publisher: Participant, path: Path, container: Container) -> Recording:
        return _Running(self._start(room, new_id("REC_"), OneParticipant(publisher.identity), path, container))

    def start_mix(self, room: Room, desk: Desk, path: Path, container: Container) -> Recording:
        identity = new_id("REC_")
        recording = self._start(room, identity, MixFor(identity), path, container)
        self._desks[recording] = desk, identity
        desk.add_recorder(identity)
        return _Running(recording)

    def _start(
        self, room: Room, identity: str, selection: Selection, path: Path, container: Container
    ) -> RoomRecording:
        if len(self._running) >= MAX_RUNNING:
            raise NkError(Code.NO_MEDIASERVER)
        plan = Plan(
            directory=str(self.directory),
            room_name=room.name,
            room_id=room.sid,
            grouping=Grouping.PARTICIPANT,
            path=str(path.relative_to(self.directory)),
            container=container,
            min_free_bytes=self._min_free_bytes,
        )
        # A mix has no sound for a recorder before that has come: it is there before there is anything to record.
        recording = RoomRecording(
            self._media, room, identity, selection, recorder(plan), self._changed, eager=isinstance(selection, MixFor)
        )
        self._running.add(recording)
        recording.begin()
        return recording

    async def close(self, within: float) -> None:
        """End all, and wait for their files at most so many seconds each."""
        recordings = list(self._running)
        for recording in recordings:
            recording.stop()
        for recording in recordings:
            try:
                await recording.finished(within)
            except TimeoutError:
                await recording.abandon()

    def _changed(self, recording: RoomRecording) -> None:
        if recording.ending is not None and recording in self._desks:
            desk, identity = self._desks.pop(recording)
            desk.remove_recorder(identity)
        if recording.phase.final:
            self._running.discard(recording)


class _Running:
    def __init__(self, recording: RoomRecording) -> None:
        self._recording = recording

    @property
    def is_over(self) -> bool:
        return self._recording.ending is not None

    def pause(self, *, paused: bool) -> None:
        self._recording.pause(paused=paused)

    def stop(self) -> None:
        self._recording.stop()


class Places:
    """Where the files of one session or room go: the places that are asked for, or its own, which are counted."""

    def __init__(self, name: str, directory: Path) -> None:
        """`name` is the session's or room's id, whatever is in it."""
        self._name = _UNSAFE.sub("_", name)
        self._directory = directory
        self._numbers = itertools.count()

    def choose(self, uri: str, mimes: Iterable[str]) -> tuple[Path, Container]:
        """Return the next file, and its format, for these codecs. Raises NkError (INVALID_VALUE)."""
        if not uri:
            container = container_of(mimes, "")
            return self._own(container), container
        stem, suffix = place_of(uri, self._directory)
        container = container_of(mimes, suffix)
        path = _with(stem, container)
        if path.exists():
            raise NkError(Code.INVALID_VALUE, "uri")
        return path, container

    def _own(self, container: Container) -> Path:
        """The next default name that is free."""
        while True:
            path = _with(self._directory / f"{self._name}_p{next(self._numbers):04}", container)
            if not path.exists():
                return path


def place_of(uri: str, directory: Path) -> tuple[Path, str]:
    """Where `uri`, `file://…` or a path, leads below the directory, and its extension, if that is a format's.

    Raises NkError (INVALID_VALUE).
    """
    text = uri.removeprefix(_SCHEME)
    try:
        path = (directory / text).resolve()
        inside = path.relative_to(directory)
        # What the recorder would change, as characters that file systems refuse and placeholders, is refused.
        expanded = expand(str(inside), {}, generated="")
    except (ValueError, OSError, BadTemplate):
        raise NkError(Code.INVALID_VALUE, "uri") from None
    suffix = path.suffix if path.suffix in _SUFFIXES else ""
    stem = inside.with_suffix("") if suffix else inside
    if not inside.name or expanded.parts != stem.parts or "{" in text:
        raise NkError(Code.INVALID_VALUE, "uri")
    return directory / stem, suffix


def container_of(mimes: Iterable[str], suffix: str) -> Container:
    """The format that the name asks for, if it holds these codecs, else WebM, or the first that does."""
    wanted = _SUFFIXES.get(suffix, Container.WEBM)
    return choose([_CODECS[mime.lower()] for mime in mimes if mime.lower() in _CODECS], wanted)


def uri_of(path: Path) -> str:
    return f"{_SCHEME}{path}"


def _with(stem: Path, container: Container) -> Path:
    return stem.with_name(f"{stem.name}.{container}")
