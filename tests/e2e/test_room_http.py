"""The HTTP API of rooms, beside clients that are in them. specs/monibuca-rooms.md §3.7."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from livekit import api

from tests.running_server import RunningServer, loopback_config, running_server

from .room_client import room_client


@pytest.fixture
def room() -> str:
    return f"r{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def http(roomful_server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    """A program on the server's machine."""
    async with httpx.AsyncClient(base_url=roomful_server.http_url) as client:
        yield client


def data(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.json()["code"] == 0
    return answer.json()["data"]


async def test_a_room_from_its_opening_to_its_end(
    http: httpx.AsyncClient, room: str, roomful_server: RunningServer
) -> None:
    opened = data(await http.post("/room/rooms", json={"room_id": room, "name": "Weekly", "password": "sesame"}))
    assert (opened["room_id"], opened["name"], opened["has_password"]) == (room, "Weekly", True)
    assert (await http.post("/room/rooms", json={"room_id": room})).json()["code"] == 40904
    assert room in [one["room_id"] for one in data(await http.get("/room/rooms?page_size=100"))["rooms"]]

    async with room_client(roomful_server.ws_url, room, password="sesame") as ann:
        await ann.join("ann")
        async with room_client(roomful_server.ws_url, room, password="wrong") as bob:
            await bob.say("join_room", room_id=room, user_id="bob", user_name="Bob")
            assert (await bob.until("error"))["code"] == 40307
        await ann.say("chat", content="hello")
        await ann.until("chat")
        assert [user["user_id"] for user in data(await http.get(f"/room/rooms/{room}/users"))] == ["ann"]
        assert [one["content"] for one in data(await http.get(f"/room/rooms/{room}/messages"))] == ["hello"]

        changed = data(await http.patch(f"/room/rooms/{room}", json={"locked": True, "metadata": {"a": 1}}))
        assert (changed["locked"], changed["metadata"]) == (True, {"a": 1})
        assert (await ann.until("room_updated"))["changes"] == {"locked": True}

        data(await http.post(f"/room/rooms/{room}/actions", json={"op": "ban", "target_id": "eve"}))
        assert [ban["user_id"] for ban in data(await http.get(f"/room/rooms/{room}/bans"))] == ["eve"]
        data(await http.post(f"/room/rooms/{room}/actions", json={"op": "chat_mute", "target_id": "*"}))
        assert [one["user_id"] for one in data(await http.get(f"/room/rooms/{room}/chat_mutes"))] == ["*"]
        assert data(await http.get(f"/room/rooms/{room}/lobby")) == []

        told = data(await http.post(f"/room/rooms/{room}/broadcast", json={"action": "fireworks", "color": "red"}))
        assert told == {"delivered": 1}
        assert (await ann.until("fireworks"))["color"] == "red"

        data(await http.delete(f"/room/rooms/{room}"))
        assert (await ann.until("room_closed"))["reason"] == "admin"
    assert (await http.get(f"/room/rooms/{room}")).json()["code"] == 40401


async def test_a_meeting_that_is_opened_over_http_is_like_any_other(http: httpx.AsyncClient, room: str) -> None:
    opened = data(await http.post("/room/rooms", json={"room_id": room, "type": "meeting"}))
    assert (opened["lobby_enabled"], opened["max_users"], opened["extension"]["status"]) == (True, 50, "Scheduled")
    other = {"room_id": f"{room}-open", "type": "meeting", "lobby_enabled": False, "max_users": 7}
    opened = data(await http.post("/room/rooms", json=other))
    assert (opened["lobby_enabled"], opened["max_users"]) == (False, 7)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/room/rooms/none", None, 40401),
        ("PATCH", "/room/rooms/none", {"locked": True}, 40401),
        ("DELETE", "/room/rooms/none", None, 40401),
        ("POST", "/room/rooms", {"room_id": "a b"}, 40003),
        ("POST", "/room/rooms", {"type": "karaoke"}, 50101),
        ("POST", "/room/rooms", {"max_users": -1}, 40003),
        ("POST", "/room/rooms", {"max_users": "many"}, 40003),
        ("POST", "/room/rooms", "no object", 40003),
        ("POST", "/room/rooms/none/actions", {"op": "lock"}, 40401),
        ("POST", "/room/rooms/none/broadcast", {"action": "x"}, 40401),
        ("GET", "/room/rooms?page=0", None, 40003),
        ("GET", "/room/rooms?page_size=101", None, 40003),
    ],
)
async def test_refusals(http: httpx.AsyncClient, method: str, path: str, body: object, code: int) -> None:
    answer = await http.request(method, path, json=body)
    assert (answer.json()["code"], answer.status_code) == (code, code // 100)
    assert answer.json()["message"]


@pytest.mark.parametrize("header", ["Origin", "X-Forwarded-For", "Forwarded", "Sec-Fetch-Site"])
async def test_browsers_and_proxies_are_not_this_machine(http: httpx.AsyncClient, header: str) -> None:
    answer = await http.get("/room/rooms", headers={header: "http://somewhere.example"})
    assert answer.status_code == 403


async def test_whose_token_may_what(http: httpx.AsyncClient, room: str, roomful_server: RunningServer) -> None:
    def bearer(**rights: Any) -> dict[str, str]:
        token = api.AccessToken(roomful_server.api_key, roomful_server.api_secret).with_identity("ann")
        return {"Authorization": f"Bearer {token.with_grants(api.VideoGrants(**rights)).to_jwt()}"}

    data(await http.post("/room/rooms", json={"room_id": room}, headers=bearer(room_create=True)))
    data(await http.get("/room/rooms", headers=bearer(room_list=True)))
    assert (await http.get("/room/rooms", headers=bearer(room_join=True, room=room))).status_code == 403
    member, host = bearer(room_join=True, room=room), bearer(room_admin=True, room=room)
    data(await http.get(f"/room/rooms/{room}", headers=member))
    assert (await http.patch(f"/room/rooms/{room}", json={"locked": True}, headers=member)).status_code == 403
    assert data(await http.patch(f"/room/rooms/{room}", json={"locked": True}, headers=host))["locked"]
    other = bearer(room_admin=True, room="other")
    assert (await http.patch(f"/room/rooms/{room}", json={"locked": False}, headers=other)).status_code == 403


async def test_a_token_from_the_server_lets_somebody_in(
    http: httpx.AsyncClient, room: str, roomful_server: RunningServer
) -> None:
    wanted = {"room_id": room, "user_id": "ann", "user_name": "Ann", "role": "cohost"}
    token = data(await http.post("/room/token", json=wanted))["token"]
    async with room_client(roomful_server.ws_url, room, token) as ann:
        assert (await ann.join("ann"))["self"]["role"] == "cohost"


async def test_with_an_admin_token_nothing_else_will_do(tmp_path: Path, room: str) -> None:
    config = loopback_config(room={"admin_token": "open-sesame"})
    async with running_server(tmp_path, config) as server, httpx.AsyncClient(base_url=server.http_url) as http:
        assert (await http.get("/room/rooms")).status_code == 403
        assert (await http.get("/room/rooms", headers={"Authorization": "Bearer wrong"})).status_code == 403
        data(await http.get("/room/rooms", headers={"Authorization": "Bearer open-sesame"}))


async def test_the_api_is_in_the_openapi_page(http: httpx.AsyncClient) -> None:
    document = (await http.get("/docs/openapi.json")).json()
    assert "/room/rooms/{room_id}/actions" in document["paths"]
