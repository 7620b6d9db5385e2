"""The room WebSocket of a real server: join, chat, leave, and what is refused before there is a connection."""

import asyncio
import uuid
from pathlib import Path

import httpx
import pytest
import websockets

from tests.running_server import RunningServer, loopback_config, running_server

from .room_client import room_client


@pytest.fixture
def room() -> str:
    return f"r{uuid.uuid4().hex[:8]}"


async def test_two_join_chat_and_leave(roomful_server: RunningServer, room: str) -> None:
    url = roomful_server.ws_url
    async with room_client(url, room) as ann, room_client(url, room) as bob:
        assert (await ann.join("ann"))["self"]["role"] == "host"
        joined = await bob.join("bob")
        assert [user["user_id"] for user in joined["users"]] == ["ann", "bob"]
        assert (await ann.until("user_joined"))["user"]["user_id"] == "bob"

        await ann.say("chat", content="hello")
        for client in (ann, bob):
            assert (await client.until("chat"))["content"] == "hello"

        await bob.say("leave_room")
        assert await bob.close_code() == 1000
        assert (await ann.until("user_left"))["reason"] == "leave"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"binary", 1003),
        ("x" * 70_000, 1009),
        ("x" * 1_000_000, 1009),
        ("[" * 100_000, 1009),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, 1009),
    ],
)
async def test_what_is_no_message_closes(
    roomful_server: RunningServer, room: str, message: str | bytes, code: int
) -> None:
    async with room_client(roomful_server.ws_url, room) as client:
        await client.join("ann")
        await client.connection.send(message)
        assert await client.close_code() == code
    async with room_client(roomful_server.ws_url, room) as again:
        assert (await again.join("ann"))["resumed"], "it may come back: it was not what it is"


async def test_nonsense_is_forgiven_twenty_times(roomful_server: RunningServer, room: str) -> None:
    async with room_client(roomful_server.ws_url, room) as client:
        await client.join("ann")
        for nonsense in ("", "[]", "null", "{", '{"action":5}', "[" * 30_000, '{"a":' * 10_000):
            await client.connection.send(nonsense)
            assert (await client.until("error"))["code"] in (40001, 40003)
        for _ in range(20):
            await client.connection.send("nonsense")
        assert await client.close_code() == 4029


@pytest.mark.parametrize("name", ["a%20b", "x" * 65, "%00", "a/b", "ü"])
async def test_some_names_are_no_rooms(roomful_server: RunningServer, name: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with room_client(roomful_server.ws_url, name):
            pass
    assert refused.value.response.status_code == 400
    assert b'"code":40003' in (refused.value.response.body or b"")


@pytest.mark.parametrize(
    "path",
    ["/room/rooms", "/room/rooms/x/broadcast", "/room/token", "/live/rooms", "/room/report/kv", "/report/metrics"],
)
async def test_bodies_that_are_nested_too_deeply_are_refused(roomful_server: RunningServer, path: str) -> None:
    async with httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http:
        for body in ("[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
            answer = await http.post(path, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (400, 40003)


@pytest.mark.timeout(120)
async def test_who_does_not_read_is_dropped_and_the_others_hear_everything(tmp_path: Path, room: str) -> None:
    config = loopback_config(room={"auth": {"mode": "none"}, "reconnect_grace": 1})
    async with (
        running_server(tmp_path, config) as server,
        httpx.AsyncClient(base_url=server.http_url, timeout=30) as http,
        room_client(server.ws_url, room) as host,
        room_client(server.ws_url, room) as slow,
    ):
        await host.join("host")
        await slow.join("slow")
        slow.connection.transport.pause_reading()
        said = 0
        async with asyncio.timeout(60):
            while not any(one["action"] == "user_left" for one in host.got):
                news = {"action": "news", "number": said, "text": "x" * 60_000}
                answer = await http.post(f"/room/rooms/{room}/broadcast", json=news)
                assert answer.json()["code"] == 0
                assert (await host.until("news"))["number"] == said
                said += 1
                await host.ask("heartbeat")
        left = await host.until("user_left")
        assert (left["user_id"], left["reason"]) == ("slow", "disconnect")
        assert (await http.get(f"/room/rooms/{room}")).json()["data"]["user_count"] == 1
