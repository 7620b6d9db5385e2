"""Back ends on the NkMEDIA API against a real server: connections, rooms, and what they are told of them."""

import asyncio
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect

from tests.running_server import RunningServer, loopback_config, running_server

from .meeting import Meeting, MeetingPlace
from .nkmedia_client import NkMediaClient, nkmedia_client
from .waiting import WITHIN

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "nkmedia-backends.md"


@pytest.mark.parametrize(
    ("message", "code"), [("{", 1007), ('{"foo": 1}', 1008), (b"{}", 1003), ("x" * (1024 * 1024 + 1), 1009)]
)
async def test_what_closes_a_connection(roomful_server: RunningServer, message: str | bytes, code: int) -> None:
    async with connect(f"{roomful_server.ws_url}/nkmedia") as connection:
        await connection.send(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_only_users_that_are_known_may_log_in(fresh_server: RunningServer) -> None:
    async with connect(f"{fresh_server.ws_url}/nkmedia") as connection:
        client = NkMediaClient(connection)
        refusal = await client.ask("core/user/login", user="backend", password="guessed")
        assert refusal["data"] == {"code": 100030, "error": "Unauthorized"}
        await client.ok("core/user/login", user=fresh_server.api_key, password=fresh_server.api_secret)
        assert await client.ok("media/room/list") == []
        assert client.acks == [1, 2]


async def test_a_room_is_the_same_for_clients_of_livekit(meeting_place: MeetingPlace) -> None:
    meeting = Meeting(meeting_place)
    async with nkmedia_client(meeting_place.ws_url) as backend:
        await backend.ok("core/event/subscribe", **{"class": "media"}, subclass="room", obj_id=meeting.name)
        await backend.ok("media/room/create", **{"class": "sfu"}, room_id=meeting.name)
        assert (await backend.event("room", "started"))["body"]["backend"] == "roomful"
        try:
            alice = await meeting.join("alice")
            await alice.publish_tone()
            started = (await backend.event("room", "started_publisher"))["body"]
            assert started == {"session_id": alice.me.sid, "user": "alice"}
            info = await backend.ok("media/room/info", room_id=meeting.name)
            assert info["publishers"] == {alice.me.sid: {"user": "alice"}}
            await backend.ok("media/room/destroy", room_id=meeting.name)
            await alice.until("disconnected")
            assert (await backend.event("room", "stopped_publisher"))["body"] == started
            assert (await backend.event("room", "destroyed"))["body"]["code"] == 100013
        finally:
            await meeting.close()


async def test_a_room_survives_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, config = tmp_path_factory.mktemp("kept"), loopback_config(nkmedia={"users": {"ann": "right"}})
    room_id = uuid.uuid4().hex
    async with running_server(folder, config) as server:
        async with nkmedia_client(server.ws_url, "ann", password="right") as backend:
            await backend.ok("media/room/create", **{"class": "sfu"}, room_id=room_id, video_codec="h264", bitrate=9)
        await server.kill()
    async with (
        running_server(folder, config) as server,
        nkmedia_client(server.ws_url, "ann", password="right") as backend,
    ):
        info = await backend.ok("media/room/info", room_id=room_id)
        assert (info["video_codec"], info["bitrate"], info["timeout"]) == ("h264", 9, 300)


async def test_single_commands_by_http(fresh_server: RunningServer) -> None:
    login = (fresh_server.api_key, fresh_server.api_secret)

    async with httpx.AsyncClient(base_url=fresh_server.http_url) as http:

        async def ask(path: str, auth: Any = login, **data: Any) -> httpx.Response:
            class_name, subclass, cmd = path.split("/")
            body = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": data}
            return await http.post("/nkmedia/rpc", json=body, auth=auth)

        made = await ask("media/room/create", **{"class": "sfu"}, room_id="r1")
        assert made.json() == {"result": "ok", "data": {"room_id": "r1"}}
        assert (await ask("media/room/list")).json() == {"result": "ok", "data": [{"class": "sfu", "room_id": "r1"}]}
        assert (await ask("media/room/destroy", room_id="r1")).json() == {"result": "ok"}
        gone = await ask("media/room/destroy", room_id="r1")
        assert gone.status_code == 200
        assert gone.json() == {"result": "error", "data": {"code": 304001, "error": "Room not found"}}
        subscribed = await ask("core/event/subscribe", **{"class": "media"})
        assert subscribed.json()["data"]["code"] == 100040
        assert (await ask("media/room/list", None)).json()["data"]["code"] == 100031
        assert (await ask("media/room/list", ("testkey", "guessed"))).status_code == 403

        json_type = {"content-type": "application/json"}
        for content in (b"{", b"[]", b'{"class": "media"}', b'{"class": "media", "cmd": "' + b"x" * 100_000 + b'"}'):
            assert (await http.post("/nkmedia/rpc", content=content, headers=json_type, auth=login)).status_code == 400
        assert (await http.post("/nkmedia/rpc", content=b"{}", auth=login)).status_code == 400
        assert (await http.get("/nkmedia/rpc", auth=login)).status_code == 405
        assert (await http.get("/nkmedia/else", auth=login)).status_code == 404


async def test_the_program_of_the_how_to_page(roomful_server: RunningServer) -> None:
    program = HOW_TO.read_text("utf-8").split("```python\n")[1].split("```")[0]
    program = program.replace("ws://127.0.0.1:7880", roomful_server.ws_url)
    process = await asyncio.create_subprocess_exec(sys.executable, "-uc", program, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        lines = [(await asyncio.wait_for(process.stdout.readline(), WITHIN)).decode() for _ in range(3)]
    finally:
        process.kill()
        await process.wait()
    assert any(line.startswith("event ") and "'started'" in line for line in lines), lines
    assert "{'room_id': 'my-room'}\n" in lines
    assert any("'publishers': {}" in line for line in lines)
