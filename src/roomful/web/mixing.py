"""`/api/rooms/{room}/mixing`: one sound and one picture for a room. The token needs `roomAdmin` for the room."""

import time
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import TokenVerifier
from roomful.media.ports.films import find_film
from roomful.media.ports.mixing import MemberSettings, MixedRoom, MixedRooms, MixInfo
from roomful.media.ports.mixing.members import Gain
from roomful.rooms.errors import RoomError
from roomful.rooms.registry import Rooms
from roomful.web.administering import Asked, authorize, read_body, refuse

Name = Annotated[str, msgspec.Meta(max_length=256)]


class Mix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the picture is to be arranged; what is left out stays as it is."""

    layout: Annotated[str, msgspec.Meta(max_length=64)] = ""
    floor: Name | None = None
    """Identity of who is shown as the speaker; empty: whoever speaks."""
    reserved: Annotated[dict[str, Name], msgspec.Meta(max_length=8)] = {}
    """`presenter`, `secondary` or `third` → identity of who is shown there; empty: nobody."""


class PlayFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the server's film folder whose sound is played into the mix."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    loop: bool = False
    gain: Gain = 0.0
    """dB."""
    to: Annotated[list[Name], msgspec.Meta(max_length=64)] | None = None
    """Identities of who hears it; left out, all hear it."""


class Playing(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    stopped: bool = True


def mixing_endpoints(
    rooms: Rooms, mixed_rooms: MixedRooms, verifier: TokenVerifier, films: Path | None
) -> list[HTTPRouteHandler]:
    """The handlers. `films` is the only folder from which files are played; without one none are."""

    def mix_of(request: Asked, room_name: str) -> MixedRoom:
        authorize(request, verifier, room_name)
        try:
            return mixed_rooms.of(rooms.with_name(room_name))
        except RoomError as error:
            refuse(error)

    @post("/api/rooms/{room_name:str}/mixing", status_code=200, tags=["mixing"], summary="Mix a room, or mix it anew")
    async def mix(request: Asked, room_name: str) -> MixInfo:
        authorize(request, verifier, room_name)
        wanted = await read_body(request, Mix)
        try:
            mixed = await mixed_rooms.start(rooms.with_name_or_new(room_name, time.time()), wanted.layout)
            if wanted.floor is not None:
                mixed.desk.set_floor(wanted.floor)
            for reservation, identity in wanted.reserved.items():
                mixed.desk.reserve(reservation, identity)
        except RoomError as error:
            refuse(error)
        return mixed.info

    @get("/api/rooms/{room_name:str}/mixing", tags=["mixing"], summary="How the mix of a room is going")
    async def read(request: Asked, room_name: str) -> MixInfo:
        return mix_of(request, room_name).info

    @delete("/api/rooms/{room_name:str}/mixing", status_code=200, tags=["mixing"], summary="Mix a room no longer")
    async def stop(request: Asked, room_name: str) -> Stopped:
        mix_of(request, room_name).stop()
        return Stopped()

    @put(
        "/api/rooms/{room_name:str}/mixing/members/{identity:str}",
        status_code=200,
        tags=["mixing"],
        summary="How somebody is in the mix, here already or not",
    )
    async def set_member(request: Asked, room_name: str, identity: str) -> MemberSettings:
        mixed = mix_of(request, room_name)
        settings = await read_body(request, MemberSettings)
        try:
            mixed.desk.set_member(identity, settings)
        except RoomError as error:
            refuse(error)
        return settings

    @post(
        "/api/rooms/{room_name:str}/mixing/files",
        status_code=201,
        tags=["mixing"],
        summary="Play the sound of a file into the mix",
    )
    async def play(request: Asked, room_name: str) -> Playing:
        mixed = mix_of(request, room_name)
        wanted = await read_body(request, PlayFile)
        try:
            path = str(find_film(films, wanted.path))
            return Playing(id=mixed.desk.play(path, loop=wanted.loop, gain=wanted.gain, to=wanted.to))
        except RoomError as error:
            refuse(error)

    @delete(
        "/api/rooms/{room_name:str}/mixing/files/{file_id:str}",
        status_code=200,
        tags=["mixing"],
        summary="Play a file no longer",
    )
    async def stop_playing(request: Asked, room_name: str, file_id: str) -> Stopped:
        if not mix_of(request, room_name).desk.stop_playing(file_id):
            raise HTTPException("this file is not being played", status_code=404)
        return Stopped()

    return [mix, read, stop, set_member, play, stop_playing]
