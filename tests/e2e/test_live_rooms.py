"""Live rooms on a real server, with raw clients of the room WebSocket. specs/monibuca-rooms.md §6, §14 (9 to 13)."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running_server import RunningServer, loopback_config, running_server

from .live_show import LiveApi, bank, live_api, member, running_show
from .room_client import room_client


@pytest.fixture
async def api(roomful_server: RunningServer) -> AsyncIterator[LiveApi]:
    async with live_api(roomful_server) as one:
        yield one


@pytest.fixture
def room() -> str:
    return f"show-{uuid.uuid4().hex[:8]}"


async def test_a_show_from_its_making_to_its_end(roomful_server: RunningServer, api: LiveApi, room: str) -> None:
    made = await api.make(room, title="Evening songs", category="music")
    assert (made["status"], made["viewer_count"]) == ("Preparing", 0)
    async with member(roomful_server, room, "kim") as host:
        async with room_client(roomful_server.ws_url, room) as early:
            await early.say("join_room", room_id=room, user_id="ann", user_name="Ann")
            assert (await early.until("error"))["code"] == 40902
        assert (await host.ask("start_live", title="Night songs"))["code"] == 0
        started = await host.until("live_started")
        assert (started["live"]["status"], started["live"]["title"]) == ("Living", "Night songs")
        async with member(roomful_server, room, "ann") as ann:
            await host.until("user_joined")
            await ann.ask("send_danmaku", content="hello", color="#FF0000", mode="top")
            flown = await host.until("danmaku")
            assert (flown["content"], flown["user_name"], flown["color"]) == ("hello", "Ann", "#FF0000")
            for hits in (1, 2, 3):
                given = await ann.ask("send_gift", gift_id="rose")
                received = await host.until("gift_received")
                assert given["gift_record_id"] == received["gift_record_id"]
                assert received["combo_count"] == hits
            assert (await host.until("gift_combo_end"))["combo_count"] == 3
            assert (await host.ask("pause_live", reason="tea"))["code"] == 0
            assert (await ann.until("live_paused"))["reason"] == "tea"
            assert (await ann.ask("send_gift", gift_id="rose"))["code"] == 40902
            assert (await ann.ask("send_danmaku", content="hurry"))["code"] == 0
            assert (await host.ask("resume_live"))["code"] == 0
            await ann.until("live_resumed")
            assert (await ann.ask("stop_live"))["code"] == 40301
            assert (await host.ask("stop_live"))["code"] == 0
            stopped = await ann.until("live_stopped")
            assert stopped["live"]["gift_value"] == 3
            assert (await ann.until("room_closed"))["reason"] == "ended"
            assert await ann.close_code() == 4004
    over = await api.get(room)
    assert (over["status"], over["total_viewers"], over["gift_count"], over["danmaku_count"]) == ("Ended", 1, 3, 2)
    assert (await api.call("GET", f"/live/rooms/{room}/rank"))["rank"][0]["user_id"] == "ann"
    assert (await api.call("GET", f"/live/rooms/{room}/gifts"))["total"] == 3
    assert (await api.call("GET", f"/live/rooms/{room}/viewers"))["viewers"][0]["gift_value"] == 3


async def test_nobody_joins_a_show_that_was_not_made(roomful_server: RunningServer, room: str) -> None:
    async with room_client(roomful_server.ws_url, room, type="live") as client:
        await client.say("join_room", room_id=room, user_id="ann", user_name="Ann")
        assert (await client.until("error"))["code"] == 40401


async def test_a_viewer_gets_the_mic_and_gives_it_back(roomful_server: RunningServer, api: LiveApi, room: str) -> None:
    async with (
        running_show(roomful_server, api, room) as host,
        member(roomful_server, room, "ann") as ann,
        member(roomful_server, room, "bob") as bob,
    ):
        await ann.say("link_mic_request", media="video", message="me!")
        asked = await host.until("link_mic_requested")
        assert (asked["user"], asked["position"]) == ({"user_id": "ann", "user_name": "Ann"}, 1)
        assert (await host.ask("link_mic_accept", user_id="ann"))["code"] == 0
        assert "publish" not in await bob.until("link_mic_accepted")
        publish = (await ann.until("link_mic_accepted"))["publish"]
        assert publish["token"]
        assert (await ann.until("user_updated", user_id="ann"))["changes"]["can_publish"]
        assert (await ann.ask("link_mic_end"))["code"] == 0
        assert (await bob.until("link_mic_ended"))["user_id"] == "ann"
        assert not (await ann.until("user_updated", user_id="ann"))["changes"]["can_publish"]


async def test_two_streamers_battle(roomful_server: RunningServer, api: LiveApi, room: str) -> None:
    other = f"{room}-b"
    async with (
        running_show(roomful_server, api, room, "kim") as kim,
        running_show(roomful_server, api, other, "lou") as lou,
        member(roomful_server, room, "ann") as ann,
        member(roomful_server, other, "bob") as bob,
    ):
        pk_id = (await kim.ask("pk_invite", target_room_id=other))["pk_id"]
        assert (await lou.until("pk_invited"))["from_room_id"] == room
        assert (await lou.ask("pk_accept", pk_id=pk_id))["code"] == 0
        for client in (ann, bob):
            sides = (await client.until("pk_started"))["sides"]
            assert [side["streamer"]["user_id"] for side in sides] == ["kim", "lou"]
        await ann.ask("send_gift", gift_id="cake")
        await bob.ask("send_gift", gift_id="rose", count=7)
        score = await ann.until("pk_score")
        while [side["score"] for side in score["sides"]] != [50, 7]:
            score = await ann.until("pk_score")
        assert score["sides"][1]["top"] == [{"user_id": "bob", "user_name": "Bob", "value": 7}]
        assert (await lou.ask("pk_end", pk_id=pk_id))["code"] == 0
        ended = await bob.until("pk_ended")
        assert (ended["winner_room_id"], ended["reason"]) == (room, "host")


# Servers of their own


def live_config(**live: object) -> dict[str, object]:
    """A server that believes everybody, with these settings of live rooms."""
    return loopback_config(room={"auth": {"mode": "none"}}, live=live)


async def test_a_show_waits_for_a_streamer_that_vanishes_and_then_ends(tmp_path: Path, room: str) -> None:
    config = live_config(host_grace=1, host_offline_timeout=3)
    async with running_server(tmp_path, config) as server, live_api(server) as api:
        await api.make(room)
        async with member(server, room, "kim") as host:
            await host.ask("start_live")
            async with member(server, room, "ann") as viewer:
                host.connection.transport.abort()
                assert (await viewer.until("live_paused"))["reason"] == "host_offline"
                async with member(server, room, "kim") as back:
                    await viewer.until("live_resumed")
                    back.connection.transport.abort()
                    await viewer.until("live_paused")
                    assert (await viewer.until("live_stopped"))["reason"] == "host_offline"
                    assert await viewer.close_code() == 4004


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_restart_in_the_middle_of_a_show(tmp_path: Path, room: str, how: str) -> None:
    config, other = live_config(), f"{room}-b"
    async with running_server(tmp_path, config) as server, live_api(server) as api:
        await api.make(room)
        await api.make(other, "lou")
        async with (
            member(server, room, "kim") as kim,
            member(server, other, "lou") as lou,
        ):
            await kim.ask("start_live")
            await lou.ask("start_live")
            async with member(server, room, "ann") as ann:
                pk_id = (await kim.ask("pk_invite", target_room_id=other))["pk_id"]
                await lou.ask("pk_accept", pk_id=pk_id)
                first = await ann.ask("send_gift", gift_id="cake", request_id="r1")
                # Once it is read from the database it is there to stay.
                assert (await api.call("GET", f"/live/rooms/{room}/gifts"))["total"] == 1
                await (server.stop() if how == "stop" else server.kill())
    async with running_server(tmp_path, config) as server, live_api(server) as api:
        live = await api.get(room)
        assert (live["status"], live["reason"], live["gift_value"]) == ("Paused", "host_offline", 50)
        assert [side["score"] for side in live["pk"]["sides"]] == [50, 0]
        async with member(server, room, "kim") as kim, member(server, other, "lou"), member(server, room, "ann") as ann:
            again = await ann.ask("send_gift", gift_id="cake", request_id="r1")
            assert again["gift_record_id"] == first["gift_record_id"]
            assert (await kim.ask("pk_end", pk_id=pk_id))["code"] == 0
            ended = await ann.until("pk_ended")
            assert [side["score"] for side in ended["sides"]] == [50, 0]
        assert (await api.call("GET", f"/live/rooms/{room}/gifts"))["total"] == 1


async def test_gifts_are_charged_by_another_service(tmp_path: Path, room: str) -> None:
    async with (
        bank() as till,
        running_server(tmp_path, live_config(gift={"charge_url": till.url})) as server,
        live_api(server) as api,
        running_show(server, api, room),
        member(server, room, "ann") as ann,
    ):
        given = await ann.ask("send_gift", gift_id="rocket")
        assert (given["code"], till.bills[0]["value"]) == (0, 500)
        assert till.bills[0]["gift_record_id"] == given["gift_record_id"]
        till.status = 402
        assert (await ann.ask("send_gift", gift_id="rocket"))["code"] == 40301
        assert (await api.get(room))["gift_value"] == 500
