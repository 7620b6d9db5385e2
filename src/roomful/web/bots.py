"""`/api/rooms/{room}/bots`: let bots in and out. The token needs `roomAdmin` for the room."""

import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
from litestar import Request, delete, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import TokenError, TokenVerifier, bearer_token
from roomful.media.ports.bot import BotFailed, Echo, Pattern, Play
from roomful.media.ports.bots import Bot, Bots
from roomful.rooms.errors import RoomError, RoomErrorCode, room_not_found
from roomful.rooms.options import RoomOptions
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room

Asked = Request[Any, Any, State]
Name = Annotated[str, msgspec.Meta(max_length=256)]

_STATUS = {
    RoomErrorCode.NOT_FOUND: 404,
    RoomErrorCode.ALREADY_EXISTS: 409,
    RoomErrorCode.PERMISSION_DENIED: 403,
    RoomErrorCode.INVALID_ARGUMENT: 400,
    RoomErrorCode.RESOURCE_EXHAUSTED: 429,
    RoomErrorCode.FAILED_PRECONDITION: 412,
}


class Watch(msgspec.Struct, frozen=True, kw_only=True, tag="watch", tag_field="bot"):
    """Simulated viewers: participants that publish nothing and get no media."""

    count: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1


class EchoOf(Echo, frozen=True, kw_only=True, tag="echo", tag_field="bot"):
    """An echo of the participant with this identity."""

    whom: Name


class NewBot(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes, and what for."""

    does: Play | Pattern | EchoOf | Watch
    identity: Name = ""
    """Made up where it is empty; that of viewers gets a number."""
    name: Name = ""


class BotsGone(msgspec.Struct, frozen=True, kw_only=True):
    stopped: bool


def bot_endpoints(rooms: Rooms, bots: Bots, verifier: TokenVerifier, films: Path | None) -> list[HTTPRouteHandler]:
    """The handlers. `films` is the only folder from which bots play; without one they play none."""

    @post("/api/rooms/{room_name:str}/bots", status_code=201, tags=["bots"], summary="Let bots into a room")
    async def start(request: Asked, room_name: str) -> list[Bot]:
        _authorize(request, verifier, room_name)
        wanted = await _read(request)
        try:
            room = _room(rooms, room_name)
            match wanted.does:
                case Watch():
                    return bots.watch(room, wanted.does.count, wanted.identity or "viewer")
                case EchoOf(whom=whom, delay=delay):
                    bot = await bots.start(room, Echo(delay=delay), wanted.identity, wanted.name, whom=whom)
                case Play(path=path, loop=loop):
                    film = Play(path=_film(films, path), loop=loop)
                    bot = await bots.start(room, film, wanted.identity, wanted.name)
                case Pattern():
                    bot = await bots.start(room, wanted.does, wanted.identity, wanted.name)
            return [bot]
        except RoomError as error:
            _refuse(error)
        except BotFailed as error:
            raise HTTPException(str(error), status_code=500) from None

    @get("/api/rooms/{room_name:str}/bots", tags=["bots"], summary="The bots of a room")
    async def index(request: Asked, room_name: str) -> list[Bot]:
        _authorize(request, verifier, room_name)
        return [bot for bot in bots if bot.room == room_name]

    @delete("/api/rooms/{room_name:str}/bots/{identity:str}", status_code=200, tags=["bots"], summary="Let a bot leave")
    async def stop(request: Asked, room_name: str, identity: str) -> BotsGone:
        _authorize(request, verifier, room_name)
        room = rooms.get(room_name)
        if room is None:
            _refuse(room_not_found())
        if not await bots.stop(room, identity):
            raise HTTPException(f"no bot in the room is called {identity!r}", status_code=404)
        return BotsGone(stopped=True)

    return [start, index, stop]


def _authorize(request: Asked, verifier: TokenVerifier, room_name: str) -> None:
    try:
        token = bearer_token(request.scope["headers"], request.scope["query_string"])
        if not token:
            raise HTTPException("a token is needed", status_code=401)
        grant = verifier.verify(token, time.time())
    except TokenError as error:
        raise HTTPException(str(error), status_code=401) from None
    if not (grant.video.room_admin and grant.video.room == room_name):
        raise HTTPException("the token does not have roomAdmin for this room", status_code=403)


async def _read(request: Asked) -> NewBot:
    try:
        return msgspec.json.decode(await request.body(), type=NewBot)
    except msgspec.DecodeError as error:
        raise HTTPException(str(error), status_code=400) from None


def _room(rooms: Rooms, name: str) -> Room:
    room = rooms.get(name)
    if room is None:
        if not rooms.defaults.auto_create:
            raise room_not_found()
        room = rooms.create(name, RoomOptions(), time.time())
    return room


def _film(films: Path | None, path: str) -> str:
    """A file below the folder: neither absolute, nor upwards, nor through a link that leads out."""
    if films is None:
        raise RoomError(RoomErrorCode.NOT_FOUND, "this server keeps nothing on disk, films neither")
    found = (films / path).resolve()
    if not found.is_relative_to(films.resolve()) or not found.is_file():
        raise RoomError(RoomErrorCode.NOT_FOUND, f"there is no file {path!r} in {films}")
    return str(found)


def _refuse(error: RoomError) -> NoReturn:
    raise HTTPException(error.message, status_code=_STATUS[error.code]) from None
