"""The application as a web server sees it: handshakes, frames, floods, and clients that do not read."""

import asyncio
import time
from typing import Any

import pytest
from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.protocols.livekit import rate
from roomful.protocols.livekit.frames import MAX_MESSAGE_BYTES
from roomful.rooms.options import RoomOptions

from .asgi import WAIT, Server, Socket


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def token(server: Server) -> str:
    return server.token(now=time.time())


async def test_a_good_token_opens_a_connection_that_begins_with_join(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token, protocol="17", sdk="python") as socket:
        await socket.until("refresh_token")
        assert socket.status == 101
        assert socket.kinds[:2] == ["join", "refresh_token"]
        participant = server.rooms.with_name("room").with_identity("alice")
        assert (participant.client["sdk"], participant.client["address"]) == ("python", "192.0.2.7")


async def test_the_token_may_be_in_the_query(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", "", access_token=token) as socket:
        await socket.until("join")


async def test_a_fresh_token_is_one_that_opens_a_connection(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token) as socket:
        await socket.until("refresh_token")
        fresh = socket.responses[1].refresh_token
    assert (await server.get("/rtc/validate", fresh))[0] == 200


@pytest.mark.parametrize(
    ("video", "age", "status", "body"),
    [
        ({"room_join": False}, 0, 401, "permissions denied"),
        ({"room": ""}, 0, 400, "no room name"),
        ({}, -1000, 401, "expired"),
        ({}, 1000, 401, "not valid yet"),
    ],
)
async def test_a_refused_handshake_has_a_status_and_says_why_and_makes_no_room(
    server: Server, video: dict[str, Any], age: float, status: int, body: str
) -> None:
    token = server.token(now=time.time() + age, **video)
    async with Socket(server, "/rtc", token) as socket:
        await asyncio.wait_for(socket.task, WAIT)
    assert socket.status == status
    assert body in socket.sent[1]["body"].decode()
    assert await server.get("/rtc/validate", token) == (status, socket.sent[1]["body"].decode())
    assert len(server.rooms) == 0


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJrZXkifQ."])
async def test_without_a_good_token_nothing_opens(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token) as socket:
        await asyncio.wait_for(socket.task, WAIT)
    assert socket.status == 401


async def test_a_full_room_refuses_the_handshake(server: Server, token: str) -> None:
    server.rooms.create("room", RoomOptions(max_participants=1), time.time())
    async with (
        Socket(server, "/rtc", token) as first,
        Socket(server, "/rtc", server.token("bob", now=time.time())) as second,
    ):
        await first.until("join")
        await asyncio.wait_for(second.task, WAIT)
        assert second.status == 403
        assert "full" in second.sent[1]["body"].decode()


async def test_asking_first_answers_what_connecting_would(server: Server, token: str) -> None:
    assert await server.get("/rtc/validate", token) == (200, "success")
    assert await server.get("/rtc/v1/validate", token) == (400, "join_request is required")
    assert await server.get("/rtc/validate", token, attributes="%") == (400, "cannot decode attributes")
    assert await server.get("/rtc/validate") == (401, "no permissions to access the room")
    assert len(server.rooms) == 0


async def test_a_plain_request_finds_nothing(server: Server, token: str) -> None:
    assert await server.get("/rtc", token) == (404, "")
    assert await server.get("/rtc/v1", token) == (404, "")
    assert (await server.get("/rtc/v2", token))[0] == 404
    async with Socket(server, "/rtc/v2", token) as socket:
        await asyncio.wait_for(socket.task, WAIT)
    assert socket.status == 404


async def test_a_resume_of_nothing_is_accepted_and_told_to_join_anew(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token, reconnect="1", sid="PA_x", protocol="17") as socket:
        await asyncio.wait_for(socket.task, WAIT)
    assert socket.status == 101
    assert socket.responses[0].leave.action == rtc.LeaveRequest.Action.RECONNECT
    assert socket.close_code == 1000
    assert len(server.rooms) == 0


async def test_requests_are_answered_in_the_form_they_came_in(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token) as socket:
        await socket.until("join")
        socket.say('{"pingReq": {"timestamp": "7"}}')
        socket.ask(ping_req=rtc.Ping(timestamp=8))
        await socket.until("pong_resp")
        texts = [message["text"] for message in socket.sent if message.get("text")]
        assert len(texts) == 1
        assert '"lastPingTimestamp": "7"' in texts[0]
        assert socket.responses[-1].pong_resp.last_ping_timestamp == 8


@pytest.mark.parametrize(
    "noise", [b"\xff\xff", b"\x0a\xff", "text", "[" * 100_000, b"\0" * (MAX_MESSAGE_BYTES + 1)],
    ids=["garbage", "truncated", "text", "deep", "oversized"],
)  # fmt: skip
async def test_noise_ends_the_connection_that_made_it_and_no_other(
    server: Server, token: str, noise: bytes | str
) -> None:
    async with Socket(server, "/rtc", server.token("bob", now=time.time())) as other:
        async with Socket(server, "/rtc", token) as socket:
            await socket.until("join")
            socket.say(noise)
            await socket.closed()
            assert socket.close_code == 1007
        other.ask(ping=1)
        await other.until("pong")
        assert other.close_code is None


async def test_a_goodbye_closes_the_connection(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token, protocol="17") as socket:
        await socket.until("join")
        socket.ask(leave=rtc.LeaveRequest(reason=models.DisconnectReason.CLIENT_INITIATED))
        await socket.closed()
        assert socket.kinds[-1] == "leave"
        assert socket.close_code == 1000
    assert not server.rooms.with_name("room").participants


async def test_a_broken_connection_keeps_the_participant_whose_media_is_up(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token, protocol="17") as socket:
        await socket.until("refresh_token")
        (peer,) = server.media.handlers
        server.media.tell(Event.PeerState(peer=peer, state="connected", reason=""))
    assert [p.identity for p in server.rooms.with_name("room").participants.values()] == ["alice"]
    async with Socket(server, "/rtc", token, reconnect="1", protocol="17") as socket:
        await socket.until("reconnect")


async def test_what_a_client_is_told_first_may_be_as_large_as_its_room(server: Server, token: str) -> None:
    server.rooms.create("room", RoomOptions(metadata="x" * 50_000), time.time())
    async with Socket(server, "/rtc", token) as socket:
        await socket.until("refresh_token")
        assert socket.limit == socket.buffered > 50_000


async def test_a_flood_is_held_back_in_its_own_pipe(
    server: Server, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "RATE", 1000.0)
    async with Socket(server, "/rtc", token) as socket:
        await socket.until("refresh_token")
        for _ in range(1 + round(rate.BURST) * 2):
            socket.ask(ping=1)
        assert socket.paused.is_set()
        await asyncio.wait_for(socket.resumed.wait(), WAIT)


async def test_a_request_that_finds_a_bug_costs_only_its_sender(
    server: Server, token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("roomful.protocols.livekit.session.handle", break_down)
    async with Socket(server, "/rtc", token, protocol="17") as socket:
        await socket.until("join")
        socket.ask(ping=1)
        await socket.closed()
        assert socket.responses[-1].leave.action == rtc.LeaveRequest.Action.RECONNECT
    assert "ZeroDivisionError" in caplog.text


def test_a_burst_is_taken_at_once_and_a_flood_at_its_rate() -> None:
    bucket = rate.TokenBucket(100.0)
    delays = [bucket.take(100.0) for _ in range(int(rate.BURST) + 2)]
    assert not any(delays[:-2])
    assert delays[-2:] == [1 / rate.RATE, 2 / rate.RATE]
    assert bucket.take(200.0) == 0.0


async def test_nothing_is_left_behind(server: Server, token: str) -> None:
    before = asyncio.all_tasks()
    for _ in range(20):
        async with Socket(server, "/rtc", token, protocol="17") as socket:
            await socket.until("refresh_token")
            socket.ask(leave=rtc.LeaveRequest())
            await socket.closed()
    assert asyncio.all_tasks() == before
    assert server.media.handlers == {}
    assert len(server.application.sessions) == 0


async def test_time_passes_for_the_sessions(server: Server, token: str) -> None:
    async with Socket(server, "/rtc", token, protocol="17") as socket:
        await socket.until("join")
        socket.ask(simulate=rtc.SimulateScenario(speaker_update=0))
        await socket.until("speakers_changed", 2)
