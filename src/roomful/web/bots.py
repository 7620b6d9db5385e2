"""`/api/rooms/{room}/bots`: let bots in and out. The token needs `roomAdmin` for the room."""

import time
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import TokenVerifier
from roomful.media.ports.bot import BotFailed, Echo, Pattern, Play
from roomful.media.ports.bots import Bot, Bots
from roomful.media.ports.films import find_film
from roomful.rooms.errors import RoomError
from roomful.rooms.registry import Rooms
from roomful.web.administering import Asked, authorize, read_body, refuse

Name = Annotated[str, msgspec.Meta(max_length=256)]


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
        authorize(request, verifier, room_name)
        wanted = await read_body(request, NewBot)
        try:
            room = rooms.with_name_or_new(room_name, time.time())
            match wanted.does:
                case Watch():
                    return bots.watch(room, wanted.does.count, wanted.identity or "viewer")
                case EchoOf(whom=whom, delay=delay):
                    bot = await bots.start(room, Echo(delay=delay), wanted.identity, wanted.name, whom=whom)
                case Play(path=path, loop=loop):
                    shown = Play(path=str(find_film(films, path)), loop=loop)
                    bot = await bots.start(room, shown, wanted.identity, wanted.name)
                case Pattern():
                    bot = await bots.start(room, wanted.does, wanted.identity, wanted.name)
            return [bot]
        except RoomError as error:
            refuse(error)
        except BotFailed as error:
            raise HTTPException(str(error), status_code=500) from None

    @get("/api/rooms/{room_name:str}/bots", tags=["bots"], summary="The bots of a room")
    async def index(request: Asked, room_name: str) -> list[Bot]:
        authorize(request, verifier, room_name)
        return [bot for bot in bots if bot.room == room_name]

    @delete("/api/rooms/{room_name:str}/bots/{identity:str}", status_code=200, tags=["bots"], summary="Let a bot leave")
    async def stop(request: Asked, room_name: str, identity: str) -> BotsGone:
        authorize(request, verifier, room_name)
        try:
            room = rooms.with_name(room_name)
        except RoomError as error:
            refuse(error)
        if not await bots.stop(room, identity):
            raise HTTPException(f"no bot in the room is called {identity!r}", status_code=404)
        return BotsGone(stopped=True)

    return [start, index, stop]
