"""Room Signals against a running server. specs/room-signals.md §17."""

import uuid
from pathlib import Path

import jwt
import msgspec
import pytest
from websockets.exceptions import InvalidStatus

from tests.running_server import RunningServer, loopback_config, running_server

from .signals_caller import caller
from .signals_client import signals_client

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def room() -> str:
    return f"room-{uuid.uuid4().hex[:8]}"


async def test_a_room_is_made_joined_and_left(roomful_server: RunningServer, room: str) -> None:
    async with (
        signals_client(roomful_server.ws_url, room, "alice") as alice,
        signals_client(roomful_server.ws_url, room, "bob") as bob,
    ):
        refused = await bob.ask("JOIN", ve=True, ae=True, eg="native")
        assert (refused["c"], refused["b"]["req"]) == (4001, bob.signal("JOIN", ve=True, ae=True, eg="native"))

        made = await alice.join(creating=True)
        assert (made["pt"], made["eg"], made["rid"]) == ("admin", "native", room)
        assert made["es"]["icfg"]["is"]
        assert made["es"]["sdps"] == []
        (own,) = made["pps"]
        assert own == {
            "id": "s-alice",
            "sessionId": "s-alice",
            "userId": "alice",
            "role": "admin",
            "video": True,
            "audio": True,
            "publish": False,
            "username": "alice",
            "fullname": "",
            "avatar": "",
            "host": "Web",
            "category": "stream",
            "deviceId": "d-alice",
        }
        joined = await bob.join()
        assert (joined["pt"], joined["pps"]) == ("viewer", made["pps"])

        await alice.say("LEAVE")
        assert await bob.list() == []
        assert (await bob.ask("HEARTBEAT", bid="b1"))["b"] == {"pps": [], "rid": room, "bid": "b1"}
        assert (await alice.ask("LEAVE"))["s"] == "leave"


async def test_who_is_silent_goes_who_shouts_is_closed_and_who_returns_hears_what_it_missed(
    tmp_path: Path, room: str
) -> None:
    settings = {"auth": {"mode": "none"}, "heartbeat_limit": "5s", "rate_limit": 5}
    async with (
        running_server(tmp_path, loopback_config(room_signals=settings)) as server,
        signals_client(server.ws_url, room, "alice") as alice,
        signals_client(server.ws_url, room, "alice") as alice_again,
        caller(server.ws_url, room, "bob") as bob,
        signals_client(server.ws_url, room, "mallory") as mallory,
    ):
        await alice.join(creating=True)
        await bob.join()
        await alice.connection.close()
        await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
        assert (await alice_again.ask("HEARTBEAT", bid="1"))["c"] == 200
        assert (await alice_again.until("PUBLISH_REQUEST"))["ss"]["userId"] == "bob"

        for _ in range(100):
            await mallory.send({"action": "shout", "data": {}})
        # Nobody says any more that she lives; he does, all the time, and owns the room now.
        assert [entry["role"] for entry in await bob.list("bob")] == ["admin"]
        assert (await alice_again.ask("HEARTBEAT", bid="2"))["c"] == 4001
        assert await mallory.close_code() == 1008


async def test_tokens_frames_and_the_end_of_the_server(tmp_path: Path, room: str) -> None:
    secret = "another-secret-of-enough-length-0123456789"
    config = loopback_config(room_signals={"strict_frame_limit": True, "auth": {"jwt": {"secret": secret}}})
    async with running_server(tmp_path, config) as server:
        for token in (
            "",
            "nonsense",
            jwt.encode({"sub": "alice"}, "x" * 40),
            jwt.encode({"sub": "a", "exp": 1}, secret),
        ):
            with pytest.raises(InvalidStatus) as refused:
                async with signals_client(server.ws_url, room, "alice", token=token):
                    pass
            assert refused.value.response.status_code == 401
        claims = {"sub": "alice", "name": "Alice", "fullname": "Alice A.", "avatar": "https://example.com/a.png"}
        token = jwt.encode(claims, secret)
        async with (
            signals_client(server.ws_url, room, "alice", token=token) as alice,
            signals_client(server.ws_url, room, "alice", token=token) as late,
            signals_client(server.ws_url, room, "mallory", token=token) as mallory,
        ):
            (own,) = (await alice.join(creating=True))["pps"]
            assert [own["username"], own["fullname"], own["avatar"]] == list(claims.values())[1:]
            assert (await mallory.ask("JOIN", ve=True, ae=True, eg="native"))["c"] == 2001

            # A message of several frames is all right, a frame of the same size is not.
            big = msgspec.json.encode({"action": "dance", "data": {"s": "x" * 40_000}}).decode()
            await alice.connection.send([big[:30_000], big[30_000:]])
            assert (await alice.until("UNKNOWN"))["c"] == 2001
            await alice.connection.send(big)
            assert await alice.close_code() == 1009

            # The session goes on, on another connection.
            assert (await late.ask("HEARTBEAT", bid="1"))["b"]["pps"] == [own]
            await server.stop()
            assert await late.close_code() in (1001, 1012)
