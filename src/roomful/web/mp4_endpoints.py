"""Record single streams over HTTP, and fetch what was recorded: `/mp4`. specs/monibuca-rooms.md §10.4.

`start` and `stop` answer as the MP4 plugin of Monibuca does; refusals are those of the room service's API.
"""

import mimetypes
import time
from typing import Literal

import msgspec
from litestar import Router, get, post
from litestar.exceptions import ClientException
from litestar.params import FromQuery
from litestar.response import File

from roomful.extensions.operations import RoomOperations
from roomful.extensions.ports import Recorder
from roomful.protocols.monibuca.authority import Authority
from roomful.rooms.extension import Code, RecordingView, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.stream_paths import StreamPath
from roomful.web.room_endpoints import Answer, Asked, caller_of, misunderstood, refused

PREFIX = "/mp4"
TAGS = ["recordings"]


class Started(msgspec.Struct, frozen=True):
    status: Literal["started", "already_recording"]
    stream: str


class Stopped(msgspec.Struct, frozen=True):
    status: Literal["stopped"]
    stream: str


class Recordings(msgspec.Struct, frozen=True):
    recordings: list[RecordingView]


class RecordingsAnswer(Answer, frozen=True, kw_only=True):
    data: Recordings


def mp4_endpoints(api: RoomOperations, authority: Authority) -> Router:
    """For administrators, and for hosts in their rooms."""

    async def record(request: Asked, verb: str, on: bool) -> tuple[str, bool]:
        """Returns the stream's path, and whether that is a change."""
        stream = _stream(request, f"{PREFIX}/{verb}/")
        actor = authority.for_room(caller_of(request), stream.room, time.time(), writes=True)
        room = api.room(stream.room)
        target = str(stream)
        if on and target not in await api.find_stream(stream.room, stream.user_id):
            raise RoomApiError(Code.NOT_FOUND, "there is no such stream now")
        await api.extensions.action_of(room, actor.user_id, "record", None, {"on": on, "target": target})
        return target, await api.set_room_recording(stream.room, on, actor.user_id, target)

    def recorder() -> Recorder:
        if api.ports.recorder is None:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "this server has no recorder for rooms")
        return api.ports.recorder

    @post("/start/{stream_path:path}", status_code=200, tags=TAGS, summary="Record a stream")
    async def start(request: Asked, stream_path: str) -> Started:
        del stream_path  # decoded: a slash in a name would look like two names
        stream, changed = await record(request, "start", True)
        return Started("started" if changed else "already_recording", stream)

    @post("/stop/{stream_path:path}", status_code=200, tags=TAGS, summary="End the recording of a stream")
    async def stop(request: Asked, stream_path: str) -> Stopped:
        del stream_path
        stream, changed = await record(request, "stop", False)
        if not changed:
            raise RoomApiError(Code.NOT_FOUND, "this stream is not being recorded")
        return Stopped("stopped", stream)

    @get("/files", tags=TAGS, summary="What was recorded in a room, by whichever way; newest first")
    async def files(request: Asked, room_id: FromQuery[str], stream: FromQuery[str] = "") -> RecordingsAnswer:
        authority.for_room(caller_of(request), room_id, time.time(), writes=True)
        found = await recorder().recordings(room_id)
        return RecordingsAnswer(data=Recordings([one for one in found if stream in ("", one.stream_path)]))

    @get("/files/{recording_id:path}", tags=TAGS, summary="A recorded file", media_type="video/mp4")
    async def file(request: Asked, recording_id: str) -> File:
        wanted, caller = recording_id.removeprefix("/"), caller_of(request)
        if not authority.is_admin(caller) and not caller.bearer:
            raise RoomApiError(Code.UNAUTHORIZED, "a token is needed")
        recording = await recorder().find(wanted)
        authority.for_room(caller, recording.room_id, time.time(), writes=True)
        path = await recorder().file(recording.room_id, wanted)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return File(path, media_type=kind, filename=path.rpartition("/")[2])

    return Router(
        path=PREFIX,
        route_handlers=[start, stop, files, file],
        exception_handlers={RoomApiError: refused, ClientException: misunderstood},
    )


def _stream(request: Asked, prefix: str) -> StreamPath:
    """Of the address as it was sent. Raises RoomApiError (BAD_FIELD)."""
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    stream = StreamPath.parse(path.removeprefix(prefix))
    if stream is None:
        raise bad_field("stream_path", "a stream is room/{room_id}/{user_id}, or with /screen behind it")
    return stream
