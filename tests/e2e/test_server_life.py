"""The server stops, dies and comes back; clients are told, and find it again."""

import asyncio
import signal
import time
from pathlib import Path

import httpx
import pytest
from livekit import api, rtc
from livekit.protocol import rtc as wire

from roomful.cli.serve import SAME_SIGNAL_SECONDS
from tests.running_server import STOP_WITHIN, RunningServer, loopback_config, running_server

from .meeting import Meeting
from .relay import relay
from .signal_client import signal_client
from .waiting import until, until_seen


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


async def test_a_server_that_drains_lets_its_rooms_finish(tmp_path: Path) -> None:
    async with running_server(tmp_path, loopback_config(drain_timeout=60)) as server, httpx.AsyncClient() as http:
        meeting = Meeting(server)
        alice, bob = await meeting.meet("alice", "bob")
        ready = f"{server.http_url}/ready"
        assert (await http.get(ready)).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        await until_seen(lambda: http.get(ready), lambda answer: answer.status_code == 503, "the server drains")

        # What is open goes on, and nothing else is opened.
        await alice.publish_tone()
        await bob.hears("alice")
        carol = await meeting.join("carol")
        with pytest.raises(rtc.ConnectError):
            await meeting.join("dave", room="another")
        with pytest.raises(api.TwirpError) as refused:
            await meeting.api.room.create_room(api.CreateRoomRequest(name="another"))
        assert refused.value.code == api.TwirpErrorCode.UNAVAILABLE
        state = (await http.get(f"{server.http_url}/api/drain")).json()
        assert (state["draining"], state["participants"]) == (True, 3)

        for client in (alice, bob, carol):
            await client.leave()
        assert await asyncio.wait_for(server.process.wait(), STOP_WITHIN) == 0
        await meeting.api.aclose()


async def test_a_drain_has_a_deadline_and_can_be_called_off(tmp_path: Path) -> None:
    async with running_server(tmp_path, loopback_config()) as server, httpx.AsyncClient() as http:
        address = f"{server.http_url}/api/drain"
        meeting = Meeting(server)
        alice = await meeting.join("alice")
        assert (await http.post(address, json={"seconds": 600})).json()["draining"]
        assert not (await http.delete(address)).json()["draining"]
        assert (await http.delete(address)).status_code == 409
        await meeting.join("bob", room="another")
        for wrong in ({"seconds": -1}, {"seconds": "soon"}, {"minutes": 1}):
            assert (await http.post(address, json=wrong)).status_code == 400
        assert (await http.get(address, headers={"x-forwarded-for": "10.0.0.1"})).status_code == 403

        await http.post(address, json={"seconds": 0.5})
        assert await asyncio.wait_for(server.process.wait(), STOP_WITHIN) == 0
        await alice.until("reconnecting")
        await meeting.close()


async def test_a_second_signal_ends_the_wait(tmp_path: Path) -> None:
    async with running_server(tmp_path, loopback_config(drain_timeout=600)) as server, httpx.AsyncClient() as http:
        meeting = Meeting(server)
        alice = await meeting.join("alice")
        server.process.send_signal(signal.SIGTERM)
        ready = f"{server.http_url}/ready"
        await until_seen(lambda: http.get(ready), lambda answer: answer.status_code == 503, "the server drains")
        begun = (await http.get(f"{server.http_url}/api/drain")).json()["until"] - 600
        # What comes sooner counts as the same signal, passed on by a launcher.
        await until(lambda: time.time() > begun + 2 * SAME_SIGNAL_SECONDS, "half a second passes")
        server.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(server.process.wait(), STOP_WITHIN) == 0
        await alice.until("reconnecting")
        await meeting.close()


async def test_the_region_is_told(tmp_path: Path) -> None:
    async with running_server(tmp_path, loopback_config(region="here")) as server, httpx.AsyncClient() as http:
        meeting = Meeting(server)
        address = f"{server.http_url}/settings/regions"
        headers = {"authorization": f"Bearer {meeting.token('alice')}"}
        told = (await http.get(address, headers=headers)).json()
        assert told == {"regions": [{"region": "here", "url": server.ws_url, "distance": "0"}]}
        assert (await http.get(address)).status_code == 401
        await meeting.api.aclose()


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
