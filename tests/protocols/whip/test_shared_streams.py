"""A streamer of one room is seen in another one, while its room shares the stream. specs/monibuca-rooms.md §10.2."""

import time

import httpx
import pytest

from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.room import Room

from . import offers
from .conftest import ROOM, SDP, Server, bearer

OTHER = "living-room"
PATH = f"/webrtc/whep/room/{ROOM}/camera"


@pytest.fixture
async def other(server: Server) -> Room:
    """Another room, with a viewer in it; in the first one somebody sends."""
    assert (await server.post(offers.SENDING)).status_code == 201
    room = server.rooms.create(OTHER, RoomOptions(), time.time())
    room.join(JoinRequest(identity="viewer"), time.time())
    return room


def share(server: Server, shared: bool = True) -> None:
    server.rooms.with_name(ROOM).share_streams("camera", OTHER, shared)


async def watch(server: Server, room: str = OTHER) -> httpx.Response:
    headers = {**SDP, **bearer("viewer", room=room)}
    return await server.http.post(PATH, content=offers.RECEIVING, headers=headers)


async def test_a_stream_is_for_members_of_the_rooms_it_is_shared_with(server: Server, other: Room) -> None:
    assert (await watch(server)).status_code == 403
    share(server)
    answer = await watch(server)
    assert answer.status_code == 201
    assert (await watch(server, "a-third-room")).status_code == 403
    assert server.rooms.with_name(ROOM).find("viewer") is None, "nobody there sees the viewer"
    session = answer.headers["location"]
    assert (await server.http.delete(session, headers=bearer("viewer", room=OTHER))).status_code == 200
    assert other.find("viewer") is not None


async def test_nobody_publishes_into_another_room(server: Server, other: Room) -> None:
    share(server)
    path = PATH.replace("whep", "whip")
    answer = await server.http.post(path, content=offers.SENDING, headers={**SDP, **bearer("viewer", room=OTHER)})
    assert answer.status_code == 403


async def test_it_ends_when_it_is_shared_no_longer(server: Server, other: Room) -> None:
    share(server)
    session = (await watch(server)).headers["location"].rpartition("/")[2]
    server.whip.sessions.tick(time.time())
    assert server.whip.sessions.get(session) is not None
    share(server, shared=False)
    server.whip.sessions.tick(time.time())
    assert server.whip.sessions.get(session) is None


async def test_it_ends_when_the_viewer_leaves_the_own_room(server: Server, other: Room) -> None:
    share(server)
    session = (await watch(server)).headers["location"].rpartition("/")[2]
    viewer = other.find("viewer")
    assert viewer is not None
    other.leave(viewer.sid, LeaveReason.CLIENT_INITIATED, time.time())
    server.whip.sessions.tick(time.time())
    assert server.whip.sessions.get(session) is None


async def test_the_mix_of_a_room_has_a_path_while_there_is_one(server: Server, other: Room) -> None:
    async def ask() -> int:
        headers = {**SDP, **bearer("viewer", room=OTHER)}
        path = f"/webrtc/whep/room/{OTHER}/_mix"
        return (await server.http.post(path, content=offers.RECEIVING, headers=headers)).status_code

    assert await ask() == 404
    mixer = other.join(JoinRequest(identity="mixer"), time.time())
    other.set_mixer(mixer.sid, time.time())
    assert await ask() == 201
    other.set_mixer("", time.time())
    assert await ask() == 404
