"""Starting and stopping transcriptions over HTTP: `/api/transcription`, with tokens as LiveKit's API has them."""

from typing import Annotated, Any, NoReturn

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import (
    ClientException,
    NotFoundException,
    PermissionDeniedException,
    ValidationException,
)
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody
from litestar.status_codes import HTTP_409_CONFLICT, HTTP_429_TOO_MANY_REQUESTS

from roomful.auth import Grant, TokenVerifier
from roomful.media.ports.transcription import TooManyTranscriptions, TranscriptionInfo, Transcriptions
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.web.bearer import grant_of

NOT_CONFIGURED = "no speech recognizer is configured (transcription.url)"


class StartTranscription(msgspec.Struct, kw_only=True):
    """Which room to transcribe, and how it differs from what is configured."""

    room: Annotated[str, msgspec.Meta(min_length=1)]
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    prompt: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class StopTranscription(msgspec.Struct, kw_only=True):
    room: Annotated[str, msgspec.Meta(min_length=1)]


def transcription_endpoints(
    rooms: Rooms, transcriptions: Transcriptions | None, verifier: TokenVerifier
) -> list[HTTPRouteHandler]:
    """The handlers of `POST /api/transcription/start`, `…/stop` and `GET /api/transcription?room=…`.

    All need a token with `roomAdmin` for the room, or with `roomRecord`. `transcriptions` is `None` when no recognizer
    is configured.
    """

    @post("/api/transcription/start", status_code=200, tags=["transcription"], summary="Transcribe a room")
    async def start(request: Request[Any, Any, State], data: JSONBody[StartTranscription]) -> TranscriptionInfo:
        _require(verifier, request, data.room)
        running, room = _of(transcriptions), _open(rooms, data.room)
        changes = {name: value for name in ("language", "prompt") if (value := getattr(data, name)) is not None}
        try:
            return running.start(room, **changes)
        except TooManyTranscriptions as error:
            raise ClientException(str(error), status_code=HTTP_429_TOO_MANY_REQUESTS) from error

    @post("/api/transcription/stop", status_code=200, tags=["transcription"], summary="Stop transcribing a room")
    async def stop(request: Request[Any, Any, State], data: JSONBody[StopTranscription]) -> TranscriptionInfo:
        _require(verifier, request, data.room)
        info = _of(transcriptions).stop(_open(rooms, data.room))
        return info if info is not None else _not_transcribed(data.room)

    @get("/api/transcription", tags=["transcription"], summary="How the transcription of a room is going")
    async def read(request: Request[Any, Any, State], room: FromQuery[str]) -> TranscriptionInfo:
        _require(verifier, request, room)
        info = _of(transcriptions).info(room)
        return info if info is not None else _not_transcribed(room)

    return [start, stop, read]


def _require(verifier: TokenVerifier, request: Request[Any, Any, State], room: str) -> Grant:
    grant = grant_of(request, verifier)
    video = grant.video
    if not (video.room_record or (video.room_admin and video.room == room)):
        raise PermissionDeniedException("the token needs roomAdmin for this room, or roomRecord")
    return grant


def _of(transcriptions: Transcriptions | None) -> Transcriptions:
    if transcriptions is None:
        raise ClientException(NOT_CONFIGURED, status_code=HTTP_409_CONFLICT)
    return transcriptions


def _open(rooms: Rooms, name: str) -> Room:
    room = rooms.get(name)
    if room is None:
        raise NotFoundException("requested room does not exist")
    return room


def _not_transcribed(room: str) -> NoReturn:
    if not room:
        raise ValidationException("room is missing")
    raise NotFoundException("this room is not transcribed")
