"""Customers' calls on a real server, with raw WebSocket clients. specs/monibuca-rooms.md §8, §14 (16 to 18)."""

import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path

import httpx
import pytest
import websockets

from tests.running_server import RunningServer, loopback_config, running_server

from .call_centre import PASSWORD, Centre, call_centre, customer, desk, in_call
from .room_client import room_client

SESSION_FIELDS = {
    *("id", "title", "customer_id", "customer_name", "agent_id", "agent_name", "status", "duration", "created_at"),
    *("description", "phase", "media", "queued_at", "accepted_at", "ended_at", "end_reason", "wait_seconds"),
    *("hold_seconds", "transfers", "rating", "room_id"),
}


@pytest.fixture
def server(roomful_server: RunningServer) -> RunningServer:
    return roomful_server


@pytest.fixture
async def centre(server: RunningServer) -> AsyncIterator[Centre]:
    async with call_centre(server) as one:
        yield one


async def test_agents_show_customers_the_way_in(server: RunningServer, centre: Centre) -> None:
    _, token = await centre.hire("Wang")
    assert await centre.call("GET", "/entrance", token=token) == {"link": f"{server.http_url}/cs/new"}
    code = await centre.http.get("/customer-service/entrance/qrcode", headers={"authorization": f"Bearer {token}"})
    assert (code.status_code, code.headers["content-type"].split(";")[0]) == (200, "image/svg+xml")
    assert b"<svg" in code.content


async def test_a_call_from_the_link_to_the_stars(server: RunningServer, centre: Centre) -> None:
    before = await centre.call("GET", "/stats")
    made = await centre.invite()
    assert {"id", "title", "customer_id", "customer_name", "status", "created_at"} <= made.keys()
    assert (made["status"], made["room_id"]) == ("Waiting", made["id"])
    code = await centre.http.get(f"/customer-service/sessions/{made['id']}/qrcode")
    assert code.headers["content-type"].startswith("image/svg+xml")
    assert b"<svg" in code.content
    agent_id, token = await centre.hire("Wang")
    async with customer(server, made["link"]) as john:
        place = await john.until("queue_position")
        assert (place["position"], place["waiting"]) == (1, 1)
        async with desk(server, token) as wang:
            ring = await wang.until("incoming_call")
            assert (ring["session_id"], ring["title"]) == (made["id"], "After-sales inquiry")
            assert (ring["customer"], ring["countdown"]) == ({"id": made["customer_id"], "name": "John"}, 30)
            assert (await wang.until("ring_tick"))["remaining"] < 30
            way_in = await wang.ask("accept_call", session_id=made["id"], media="video")
            assert way_in["code"] == 0
            told = await wang.until("call_accepted")
            assert told["room_token"]
            assert told["whip_url"] == f"/webrtc/whip/room/{made['id']}/{agent_id}"
            accepted = await john.until("call_accepted")
            assert accepted["agent"] == {"id": agent_id, "name": "Agent Wang", "avatar": ""}
            async with in_call(server, told) as call:
                assert (await john.until("user_joined"))["user"]["role"] == "agent"
                seen = await centre.session(made["id"])
                assert (seen["status"], seen["phase"], seen["agent_name"]) == ("Active", "talking", "Agent Wang")
                assert (await call.ask("hold_call"))["code"] == 0
                assert (await john.until("call_held"))["hold_music"] is False
                assert (await john.ask("resume_call"))["code"] == 40301
                assert (await call.ask("resume_call"))["code"] == 0
                await john.until("call_resumed")
                assert (await call.ask("end_call"))["code"] == 0
                ended = await john.until("call_ended")
                assert (ended["reason"], ended["rating_allowed"]) == ("agent_hangup", True)
            assert (await wang.until("call_ended"))["session_id"] == made["id"]
            assert (await john.ask("rate_call", score=6))["code"] == 40003
            assert (await john.ask("rate_call", score=5, comment="kind"))["code"] == 0
            rated = await wang.until("rating_received")
            assert (rated["score"], rated["comment"]) == (5, "kind")
            assert (await john.until("room_closed"))["reason"] == "ended"
            assert await john.close_code() == 4004
    over = await centre.session(made["id"])
    assert (over["status"], over["end_reason"], over["rating"]) == (
        "Ended",
        "agent_hangup",
        {"score": 5, "comment": "kind"},
    )
    after = await centre.call("GET", "/stats")
    assert after["sessions"] | {"total": 0, "ended": 0} == before["sessions"] | {"total": 0, "ended": 0}
    for group, name in (("sessions", "total"), ("sessions", "ended"), ("today", "answered"), ("rating", "count")):
        assert after[group][name] == before[group][name] + 1
    stars = await centre.call("GET", "/ratings/stats")
    (mine,) = [one for one in stars["by_agent"] if one["agent_id"] == agent_id]
    assert (mine["count"], mine["average"]) == (1, 5.0)
    assert mine["distribution"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1}
    assert (await centre.call("GET", "/ratings"))["ratings"][0]["comment"] == "kind"


async def test_a_third_person_is_kept_out_and_a_transfer_keeps_the_customer(
    server: RunningServer, centre: Centre
) -> None:
    made = await centre.invite()
    first_id, first_token = await centre.hire("first")
    second_id, second_token = await centre.hire("second")
    async with AsyncExitStack() as stack:
        john = await stack.enter_async_context(customer(server, made["link"]))
        first = await stack.enter_async_context(desk(server, first_token))
        await first.until("incoming_call")
        way_in = await first.ask("accept_call")
        call = await stack.enter_async_context(in_call(server, way_in))
        assert (await first.ask("transfer_call", target_agent_id=second_id))["code"] == 40903
        second = await stack.enter_async_context(desk(server, second_token))
        assert (await call.ask("transfer_call", target_agent_id=second_id, note="refund"))["code"] == 0
        ring = await second.until("incoming_call")
        assert (ring["transfer_from"]["id"], ring["note"]) == (first_id, "refund")
        assert (await john.until("call_transferring"))["to_agent"]["id"] == second_id
        assert (await second.ask("reject_call"))["code"] == 0
        assert (await john.until("transfer_failed"))["reason"] == "rejected"
        await first.until("transfer_failed")
        assert (await centre.session(made["id"]))["phase"] == "talking"
        assert (await call.ask("transfer_call", target_agent_id=second_id))["code"] == 0
        await second.until("incoming_call")
        new_way_in = await second.ask("accept_call")
        await call.until("kicked")
        assert await call.close_code() == 4010
        async with in_call(server, new_way_in) as new_call:
            told = await john.until("call_transferred")
            assert (told["from_agent"]["id"], told["to_agent"]["id"]) == (first_id, second_id)
            await first.until("call_transferred")
            await second.until("call_transferred")
            assert (await john.ask("chat", content="still here"))["code"] == 0
            assert (await new_call.until("chat"))["content"] == "still here"
            async with room_client(server.ws_url, made["id"], way_in["room_token"]) as third:
                await third.say("join_room", room_id=made["id"], user_id=first_id, user_name="First")
                assert (await third.until("error"))["code"] == 40906
            async with room_client(server.ws_url, made["id"]) as stranger:
                await stranger.say("join_room", room_id=made["id"], user_id="x", user_name="X")
                assert (await stranger.until("error"))["code"] == 40101
            seen = await centre.session(made["id"])
            assert (seen["status"], seen["agent_id"]) == ("Active", second_id)
            assert [one["to_agent"] for one in seen["transfers"]] == [second_id]
            supervisor = await centre.call("POST", f"/sessions/{made['id']}/listen")
            async with room_client(server.ws_url, made["id"], supervisor["room_token"]) as unseen:
                joined = await unseen.join("boss")
                assert joined["self"]["role"] == "admin"
                room = (await centre.http.get(f"/room/rooms/{made['id']}")).json()["data"]
                assert room["user_count"] == 2
            closed = await centre.ask("DELETE", f"/sessions/{made['id']}")
            assert closed == {"code": 0, "message": "session closed"}
            assert (await john.until("call_ended"))["reason"] == "deleted"
            assert (await new_call.until("call_ended"))["by"] == "admin"


async def test_a_rejected_visitor_goes_to_the_next_agent(server: RunningServer, centre: Centre) -> None:
    first_id, first_token = await centre.hire("first")
    _, second_token = await centre.hire("second")
    async with desk(server, first_token) as first, desk(server, second_token) as second:
        visitor = await centre.call("POST", "/visitors", {"customer_name": "Ann"})
        assert (visitor["position"], visitor["session"]["phase"]) == (1, "queued")
        async with customer(server, visitor["session"]["link"]) as ann:
            await first.until("incoming_call")
            assert (await second.ask("accept_call", session_id=visitor["session"]["id"]))["code"] == 40902
            assert (await first.ask("reject_call", reason="lunch"))["code"] == 0
            await second.until("incoming_call")
            states = await centre.call("GET", "/agents", token=second_token)
            assert {one["id"]: one["state"] for one in states["agents"]}[first_id] == "Ready"
            assert (await second.ask("set_state", state="check_out"))["code"] == 40902
            assert (await ann.ask("end_call"))["code"] == 0
            assert (await second.until("ring_cancelled"))["reason"] == "customer_left"
            assert (await ann.until("room_closed"))["reason"] == "ended"
        assert (await centre.session(visitor["session"]["id"]))["end_reason"] == "abandoned"


async def test_who_may_ask_what_over_http(server: RunningServer, centre: Centre) -> None:
    made = await centre.invite()
    agent_id, token = await centre.hire("Wang")
    assert (await centre.ask("POST", "/sessions", {"title": "x", "customer_name": "y"}, token))["code"] == 40301
    assert (await centre.ask("POST", "/sessions", {"title": ""}))["code"] == 40003
    assert (await centre.ask("GET", "/sessions", token="nonsense.token"))["code"] == 40101
    assert (await centre.ask("GET", "/sessions/cs_nothing"))["code"] == 40404
    assert (await centre.ask("GET", "/sessions", status="On"))["code"] == 40003
    listed = await centre.call("GET", "/sessions", token=token, status="Waiting")
    session = listed["sessions"][0]
    assert (session["id"], session["agent_id"], session["agent_name"]) == (made["id"], None, None)
    assert set(session) >= SESSION_FIELDS
    assert session["created_at"].endswith("Z")
    assert (await centre.call("GET", "/sessions", **{"from": "2100-01-01T00:00:00Z"}))["total"] == 0
    assert (await centre.ask("POST", f"/sessions/{made['id']}/rating", {"score": 5}, token))["code"] == 40101
    agents = (await centre.call("GET", "/agents", token=token))["agents"]
    (mine,) = [one for one in agents if one["id"] == agent_id]
    assert "password" not in mine
    other_id, _ = await centre.hire("other")
    assert (await centre.ask("POST", f"/agents/{other_id}/check_in", token=token))["code"] == 40301
    assert (await centre.call("POST", f"/agents/{agent_id}/check_in", token=token))["state"] == "Online"
    username = mine["username"]
    for _ in range(5):
        wrong = await centre.ask("POST", "/agents/login", {"username": username, "password": "wrong guess"})
        assert wrong["code"] == 40101
    locked = await centre.ask("POST", "/agents/login", {"username": username, "password": PASSWORD})
    assert (locked["code"], locked["detail"]["retry_after_ms"] > 0) == (42901, True)
    await centre.call("PATCH", f"/agents/{agent_id}", {"password": "another horse"})
    assert (await centre.ask("GET", "/sessions", token=token))["code"] == 40101
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with desk(server, token):
            pass
    assert refused.value.response.status_code == 401


def sound() -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\x10" * 4000)
    return file.getvalue()


async def test_audio_files_are_known_by_their_content(centre: Centre) -> None:
    async def upload(name: str, data: bytes) -> httpx.Response:
        return await centre.http.post("/customer-service/audio_files", content=data, params={"name": name})

    kept = (await upload("music.mp3", sound())).json()["data"]
    assert (kept["format"], kept["duration"], kept["size"]) == ("wav", 0.5, len(sound()))
    assert (await upload("music.mp3", b"ID3 but nothing else")).json()["code"] == 40003
    assert (await upload("page.wav", b"<html>")).json()["code"] == 40003
    big = await upload("big.wav", sound() + bytes(20 * 1024 * 1024))
    assert big.status_code in (400, 413)
    assert [one["id"] for one in (await centre.call("GET", "/audio_files"))["audio_files"]] == [kept["id"]]
    back = await centre.http.get(f"/customer-service/audio_files/{kept['id']}")
    assert back.content == sound()
    await centre.call("DELETE", f"/audio_files/{kept['id']}")
    assert (await centre.ask("GET", f"/audio_files/{kept['id']}"))["code"] == 40404


async def test_after_a_restart_who_waited_waits_and_a_call_that_was_on_has_failed(tmp_path: Path) -> None:
    config = loopback_config()
    async with running_server(tmp_path, config) as server, call_centre(server) as centre, AsyncExitStack() as stack:
        sessions = [await centre.invite(customer_name=name) for name in ("a", "b", "c")]
        _, token = await centre.hire("Wang")
        for made in sessions:
            await stack.enter_async_context(customer(server, made["link"]))
        wang = await stack.enter_async_context(desk(server, token))
        await wang.until("incoming_call")
        await stack.enter_async_context(in_call(server, await wang.ask("accept_call")))
        assert (await centre.session(sessions[0]["id"]))["status"] == "Active"
        await server.stop()
    async with running_server(tmp_path, config) as server, call_centre(server) as centre, AsyncExitStack() as stack:
        failed = await centre.session(sessions[0]["id"])
        assert (failed["status"], failed["end_reason"]) == ("Ended", "failed")
        queue = await centre.call("GET", "/queue")
        assert [one["customer_name"] for one in queue["visitors"]] == ["b", "c"]
        third = await stack.enter_async_context(customer(server, sessions[2]["link"]))
        assert (await third.until("queue_position"))["position"] == 2
        second = await stack.enter_async_context(customer(server, sessions[1]["link"]))
        assert (await second.until("queue_position"))["position"] == 1
        wang = await stack.enter_async_context(desk(server, token))
        assert (await wang.until("incoming_call"))["session_id"] == sessions[1]["id"]
