"""`/api/rooms/{room}/bridge`: open a room to iroh peers. The token needs `roomAdmin` for the room."""

import time
from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import TokenVerifier
from roomful.media.ports.bridge import BridgeFailed
from roomful.media.ports.bridges import Bridge, Bridges
from roomful.rooms.errors import RoomError
from roomful.rooms.registry import Rooms
from roomful.web.administering import Asked, authorize, read_body, refuse


class NewBridge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which peers."""

    ticket: Annotated[str, msgspec.Meta(max_length=8192)] = ""
    """Of the room of peers; empty: a new one, whose ticket is in the answer."""
    allow: (
        Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^(\*|[0-9a-f]{64})$")]], msgspec.Meta(max_length=256)]
        | None
    ) = None
    """Endpoint ids of those who may come, or `*`; left out: those of the configuration."""
    peers: Annotated[list[Annotated[str, msgspec.Meta(max_length=1024)]], msgspec.Meta(max_length=64)] = []
    """Where some of them are, as `ID@IP:PORT`, besides those of the configuration."""


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    closed: bool = True


def bridge_endpoints(rooms: Rooms, bridges: Bridges, verifier: TokenVerifier) -> list[HTTPRouteHandler]:
    """The handlers."""

    @put("/api/rooms/{room_name:str}/bridge", status_code=201, tags=["bridge"], summary="Open a room to iroh peers")
    async def start(request: Asked, room_name: str) -> Bridge:
        authorize(request, verifier, room_name)
        wanted = await read_body(request, NewBridge)
        try:
            room = rooms.with_name_or_new(room_name, time.time())
            return await bridges.open(room, wanted.ticket, wanted.allow, wanted.peers)
        except RoomError as error:
            refuse(error)
        except BridgeFailed as error:
            raise HTTPException(str(error), status_code=400) from None

    @get("/api/rooms/{room_name:str}/bridge", tags=["bridge"], summary="The bridge of a room, and who came by it")
    async def show(request: Asked, room_name: str) -> Bridge:
        authorize(request, verifier, room_name)
        try:
            bridge = bridges.of(rooms.with_name(room_name))
        except RoomError as error:
            refuse(error)
        if bridge is None:
            raise HTTPException("the room has no bridge", status_code=404)
        return bridge

    @delete("/api/rooms/{room_name:str}/bridge", status_code=200, tags=["bridge"], summary="Close the bridge of a room")
    async def stop(request: Asked, room_name: str) -> Closed:
        authorize(request, verifier, room_name)
        try:
            closed = await bridges.close_one(rooms.with_name(room_name))
        except RoomError as error:
            refuse(error)
        if not closed:
            raise HTTPException("the room has no bridge", status_code=404)
        return Closed()

    return [start, show, stop]
