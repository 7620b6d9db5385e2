"""The server stops, dies and comes back; clients are told, and find it again."""

import asyncio
from pathlib import Path

import pytest
from livekit import api, rtc
from livekit.protocol import rtc as wire

from tests.running_server import STOP_WITHIN, RunningServer, loopback_config, running_server

from .meeting import Meeting
from .relay import relay
from .signal_client import signal_client


async def test_a_stopping_server_tells_its_clients_and_ends_in_time(fresh_server: RunningServer) -> None:
    meeting = Meeting(fresh_server)
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await bob.hears("alice")
    async with signal_client(fresh_server.ws_url, meeting.token("carol")) as carol:
        await carol.receive("join")

        assert await fresh_server.stop() == 0
        code, messages = await carol.closed(STOP_WITHIN)
        assert code == 1000
        leave = messages[-1].leave
        assert (leave.reason, leave.action) == (
            rtc.DisconnectReason.SERVER_SHUTDOWN,
            wire.LeaveRequest.Action.RECONNECT,
        )
    await alice.until("reconnecting")
    await meeting.close()


@pytest.mark.timeout(120)
async def test_clients_of_a_stopping_server_go_on_at_the_next_one(fresh_server: RunningServer, tmp_path: Path) -> None:
    meeting = Meeting(fresh_server)
    folder = tmp_path / "next"
    folder.mkdir()
    async with running_server(folder) as next_server, relay(fresh_server.ws_url) as line:
        alice, bob = await meeting.meet("alice", "bob", url=line.url)
        await alice.publish_tone()
        await bob.hears("alice")

        line.server = next_server.ws_url
        assert await fresh_server.stop() == 0
        for client in (alice, bob):
            await client.until("reconnected")
        await bob.hears("alice")
        await meeting.close()


async def test_rooms_made_by_the_api_outlive_a_power_cut(storage: tuple[Path, str]) -> None:
    folder, url = storage
    config, environment = loopback_config(), {"ROOMFUL_STORAGE_URL": url}
    async with running_server(folder, config, environment=environment) as server:
        meeting = Meeting(server)
        made = await meeting.api.room.create_room(
            api.CreateRoomRequest(name=meeting.name, metadata="agenda", empty_timeout=600, max_participants=7)
        )
        await meeting.api.room.create_room(api.CreateRoomRequest(name="deleted"))
        await meeting.api.room.delete_room(api.DeleteRoomRequest(room="deleted"))
        await meeting.api.room.update_room_metadata(
            api.UpdateRoomMetadataRequest(room=meeting.name, metadata="chapter 2")
        )
        await server.kill()

    async with running_server(folder, config, environment=environment):
        assert (folder / "data" / "roomful.db").exists() is not bool(url)
        rooms = (await meeting.api.room.list_rooms(api.ListRoomsRequest())).rooms
        assert [(room.sid, room.name, room.metadata) for room in rooms] == [(made.sid, meeting.name, "chapter 2")]
        assert (rooms[0].empty_timeout, rooms[0].max_participants) == (600, 7)
        alice = await meeting.join("alice")
        assert await alice.room.sid == made.sid
        await meeting.close()


async def test_a_server_ends_at_once_when_nobody_is_there(fresh_server: RunningServer) -> None:
    begun = asyncio.get_running_loop().time()
    assert await fresh_server.stop() == 0
    assert asyncio.get_running_loop().time() - begun < STOP_WITHIN / 2
