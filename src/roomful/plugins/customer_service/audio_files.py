"""Audio files for hold music and for mixing into an agent's stream. specs/monibuca-rooms.md §10.5."""

import asyncio
import io
from pathlib import Path

import av
from av.error import FFmpegError

from roomful.plugins.customer_service.archive import Archive, AudioFile
from roomful.plugins.customer_service.ids import new_id
from roomful.rooms.extension import Code, Context, RoomApiError
from roomful.rooms.extension.codes import bad_field

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES = 100
MAX_NAME = 128
CONTENT_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "m4a": "audio/mp4"}


class AudioFiles:
    """The files are in the extension's folder, under their ids; what is known of them is in the database."""

    def __init__(self, context: Context, archive: Archive) -> None:
        self._context = context
        self._archive = archive

    async def add(self, name: str, data: bytes) -> AudioFile:
        """Raises RoomApiError: BAD_FIELD for what is no such file, LIMIT_REACHED."""
        if not 0 < len(name) <= MAX_NAME:
            raise bad_field("name", f"a name has 1 to {MAX_NAME} characters")
        if len(data) > MAX_BYTES:
            raise bad_field("body", f"a file has {MAX_BYTES} bytes at most")
        if len(await self._archive.files()) >= MAX_FILES:
            raise RoomApiError(Code.LIMIT_REACHED, f"there are {MAX_FILES} files at most: delete some")
        kind, duration = await asyncio.to_thread(examine, data)
        file = AudioFile(
            id=new_id("audio"),
            name=name,
            format=kind,
            size=len(data),
            duration=duration,
            uploaded_at=self._context.now(),
        )
        await asyncio.to_thread((self._context.files / file.id).write_bytes, data)
        await self._archive.keep_file(file)
        return file

    async def all(self) -> list[AudioFile]:
        return await self._archive.files()

    async def locate(self, file_id: str) -> tuple[AudioFile, Path]:
        """Where it is, for the server to play. Raises RoomApiError (NOT_FOUND)."""
        file = await self._archive.file(file_id)
        return file, self._context.files / file.id

    async def read(self, file_id: str) -> tuple[AudioFile, bytes]:
        """Raises RoomApiError (NOT_FOUND)."""
        file = await self._archive.file(file_id)
        try:
            return file, await asyncio.to_thread((self._context.files / file.id).read_bytes)
        except FileNotFoundError:
            raise RoomApiError(Code.NOT_FOUND, f"the audio file {file.name!r} is lost") from None

    async def remove(self, file_id: str) -> None:
        """Raises RoomApiError (NOT_FOUND)."""
        file = await self._archive.file(file_id)
        await self._archive.drop_file(file.id)
        path = self._context.files / file.id
        await asyncio.to_thread(path.unlink, missing_ok=True)


def examine(data: bytes) -> tuple[str, float]:
    """The format and seconds of an audio file, by what is in it. Decodes its beginning: for a thread.

    Raises RoomApiError (BAD_FIELD).
    """
    kind = _kind(data[:16])
    try:
        with av.open(io.BytesIO(data), mode="r", format={"m4a": "mp4"}.get(kind, kind)) as container:
            next(container.decode(audio=0))
            return kind, round((container.duration or 0) / av.time_base, 2)
    except (FFmpegError, StopIteration, IndexError, ValueError):
        raise _no_audio() from None


def _kind(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS":
        return "ogg"
    if head[4:8] == b"ftyp":
        return "m4a"
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0):
        return "mp3"
    raise _no_audio()


def _no_audio() -> RoomApiError:
    return bad_field("body", "this is no mp3, wav, ogg or m4a file with sound in it")
