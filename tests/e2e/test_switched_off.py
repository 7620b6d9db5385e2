"""Plugins of the server that are switched off: their rooms are not there, and everything else is."""

from pathlib import Path

import httpx

from tests.running_server import loopback_config, running_server

from .room_client import room_client


async def test_what_is_switched_off_is_not_there(tmp_path: Path) -> None:
    off = {name: {"enable": False} for name in ("live", "meeting", "customer_service")}
    async with (
        running_server(tmp_path, loopback_config(room={"auth": {"mode": "none"}}, **off)) as server,
        httpx.AsyncClient(base_url=server.http_url, timeout=30) as http,
    ):
        for room_type in ("live", "meeting", "customer_service"):
            async with room_client(server.ws_url, f"room-{room_type}", type=room_type) as client:
                await client.say("join_room", room_id=client.room, user_id="ann", user_name="Ann")
                assert (await client.until("error"))["code"] == 50101
        for path in ("/live/rooms", "/meeting/meetings", "/customer-service/sessions"):
            assert (await http.get(path)).status_code == 404
        async with room_client(server.ws_url, "lounge") as ann:
            assert (await ann.join("ann"))["room"]["type"] == "basic"
            assert (await ann.ask("send_gift", gift_id="rose"))["code"] == 40002
