"""Plugins in a real server: found, told, obeyed; and what they and the hosts decide holds for LiveKit clients."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from livekit import rtc
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.running_server import running_server
from tests.stagehand import installed_in

from .meeting import Meeting
from .theatre import Refused, Theatre, theatre, theatre_config
from .waiting import until_seen

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Theatre]:
    config = theatre_config(**{"stage-hand": {"fails": ["join"], "hangs": ["leave"]}})
    async with theatre(tmp_path_factory.mktemp("theatre"), config) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(stage: Theatre) -> AsyncIterator[Meeting]:
    """A room of type `stage` that the plugin made."""
    opened = Meeting(stage.server)
    opened.name = opened.name.replace(" ", "-")
    await stage.do("create_room", opened.name, "stage", "A play", "director")
    yield opened
    await opened.close()


async def refused(meeting: Meeting, identity: str, why: str) -> None:
    """A LiveKit client is sent away for good, and can find out why."""
    token = meeting.token(identity)
    with pytest.raises(rtc.ConnectError, match="403"):
        await meeting.join(identity, token=token)
    async with httpx.AsyncClient(base_url=meeting.server.http_url) as client:
        answer = await client.get("/rtc/validate", params={"access_token": token})
    assert (answer.status_code, why in answer.text) == (403, True)


async def test_a_plugin_that_fails_and_hangs_harms_no_room(stage: Theatre, meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.leave()
    await bob.until("participant_disconnected", "alice")
    await until_seen(
        lambda: stage.diary(meeting.name),
        lambda diary: ["leave", meeting.name, "alice", "leave"] in diary,
        "the plugin hears of it",
    )
    diary = await stage.diary(meeting.name)
    assert diary[0] == ["created", meeting.name]
    assert sorted(entry[2] for entry in diary if entry[0] == "join") == ["alice", "bob"]
    metrics = (await stage.http.get("/metrics")).text
    assert 'extension_errors_total{extension="stagehand"}' in metrics
    assert (await stage.do("get_room", meeting.name))["user_count"] == 1


async def test_a_banned_identity_stays_out_also_with_another_connection(stage: Theatre, meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await stage.do("add_ban", meeting.name, "alice", 0, "rude", "bob")
    assert (await alice.until("disconnected")).details == (rtc.DisconnectReason.PARTICIPANT_REMOVED,)
    await bob.until("participant_disconnected", "alice")
    await refused(meeting, "alice", "banned")
    assert [ban["user_id"] for ban in await stage.do("list_bans", meeting.name)] == ["alice"]
    assert await stage.do("remove_ban", meeting.name, "alice")
    await meeting.join("alice")


async def test_a_plugin_decides_who_joins_and_as_what(stage: Theatre, meeting: Meeting) -> None:
    with pytest.raises(rtc.ConnectError, match="403"):
        await meeting.join("heckler")
    onlooker = await meeting.join("onlooker")
    assert not onlooker.me.permissions.can_publish
    assert (await stage.do("get_user", meeting.name, "onlooker"))["role"] == "viewer"
    await stage.do("set_lobby_enabled", meeting.name, True)
    await meeting.join("star")


async def test_a_locked_room_lets_in_nobody_but_administrators(stage: Theatre, meeting: Meeting) -> None:
    await meeting.join("alice")
    assert await stage.do("set_room_locked", meeting.name, True)
    await refused(meeting, "bob", "locked")
    await meeting.join("carol", room_admin=True)
    await stage.do("set_room_locked", meeting.name, False)
    await meeting.join("bob")


async def test_livekit_clients_wait_in_the_lobby_until_it_opens(stage: Theatre, meeting: Meeting) -> None:
    await stage.do("set_lobby_enabled", meeting.name, True)
    alice = await meeting.join("alice")
    assert [one["user_id"] for one in await stage.do("list_lobby", meeting.name)] == ["alice"]
    assert (await stage.do("get_room", meeting.name))["user_count"] == 0
    await stage.do("set_lobby_enabled", meeting.name, False)
    await alice.until("reconnected")
    assert (await stage.do("get_room", meeting.name))["user_count"] == 1


@pytest.mark.timeout(120)
async def test_a_forced_mute_holds_whatever_the_client_does(stage: Theatre, meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    microphone = await alice.publish_tone()
    await bob.hears("alice")
    await stage.do("set_force_mute", meeting.name, "alice", "audio", True, "bob")
    await bob.until("track_muted", "alice")
    await bob.hears_nothing("alice")

    assert microphone.track is not None
    microphone.track.unmute()
    await bob.hears_nothing("alice")
    (user,) = [user for user in await stage.do("list_users", meeting.name) if user["user_id"] == "alice"]
    assert user["force_muted"] == {"audio": True, "video": False, "screen": False}
    assert not user["media"]["audio"]

    await alice.me.unpublish_track(microphone.sid)
    await bob.until("track_unpublished", "alice")
    again = await alice.publish_tone()
    await bob.until("track_published", "alice")
    await bob.hears_nothing("alice")

    await stage.do("set_force_mute", meeting.name, "alice", "audio", False, "bob")
    assert again.track is not None
    again.track.unmute()
    await bob.hears("alice")


async def test_on_hold_nothing_is_received_until_it_is_over(stage: Theatre, meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await bob.hears("alice")
    await stage.do("set_receiving", meeting.name, "bob", False)
    await bob.hears_nothing("alice")
    await stage.do("set_receiving", meeting.name, "bob", True)
    await bob.hears("alice")


async def test_publishing_can_be_taken_away_and_given(stage: Theatre, meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await bob.hears("alice")
    await stage.do("revoke_publish", meeting.name, "alice")
    await bob.until("track_unpublished", "alice")
    assert await stage.do("find_stream", meeting.name, "alice") == []
    assert await stage.do("grant_publish", meeting.name, "alice", ["audio"])
    await alice.publish_tone()
    await until_seen(
        lambda: stage.do("find_stream", meeting.name, "alice"),
        lambda streams: streams == [f"room/{meeting.name}/alice"],
        "the new stream is found",
    )


async def test_a_plugin_records_a_room(stage: Theatre, meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await bob.hears("alice")
    await stage.do("set_room_recording", meeting.name, True, "director")
    await until_seen(
        lambda: stage.do("list_recordings", meeting.name),
        lambda recordings: any(one["status"] == "recording" for one in recordings),
        "a file is begun",
    )
    assert (await stage.do("get_room", meeting.name))["recording"]
    await stage.do("set_room_recording", meeting.name, False)
    (recording,) = await until_seen(
        lambda: stage.do("list_recordings", meeting.name),
        lambda recordings: bool(recordings) and all(one["status"] == "complete" for one in recordings),
        "the file is finished",
    )
    assert recording["user_id"] == "alice"
    assert recording["duration"] > 0
    assert ["recording", meeting.name, "True", ""] in await stage.diary(meeting.name)


async def test_routes_check_what_they_get(stage: Theatre) -> None:
    async with httpx.AsyncClient(base_url=stage.server.http_url) as stranger:
        refused = await stranger.post("/stagehand/do", json={"name": "list_rooms"})
        assert (refused.status_code, refused.json()["code"]) == (403, 40301)
    wrong = await stage.http.post("/stagehand/do", json={"arguments": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (400, 40003)
    broken = await stage.http.post("/stagehand/do", json={"name": "no_such_operation"})
    assert (broken.status_code, broken.json()["code"]) == (500, 50001)
    with pytest.raises(Refused) as missing:
        await stage.do("get_room", "nowhere")
    assert (missing.value.status, missing.value.code) == (404, 40401)
    document = (await stage.http.get("/docs/openapi.json")).json()
    assert document["paths"]["/stagehand/diary/{room_id}"]["get"]["summary"] == "What was heard"
    assert document["paths"]["/stagehand/diary/{room_id}"]["delete"]["summary"] == "Forget it"
    assert "requestBody" in document["paths"]["/stagehand/do"]["post"]


async def test_sockets_of_a_plugin_echo_refuse_and_close(stage: Theatre) -> None:
    async with connect(f"{stage.server.ws_url}/stagehand/echo/hi") as socket:
        assert json.loads(await socket.recv()) == {"action": "hello", "word": "hi"}
        await socket.send('{"action": "x", "n": 1}')
        assert json.loads(await socket.recv()) == {"action": "x", "n": 1, "again": True}
        await socket.send("[1, 2")
        assert json.loads(await socket.recv())["code"] == 40001
        await socket.send('{"action": "raise", "seq": 7}')
        failed = json.loads(await socket.recv())
        assert (failed["code"], failed["seq"], failed["for"]) == (50001, 7, "raise")
        await socket.send('{"action": "bye"}')
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4000
    async with connect(f"{stage.server.ws_url}/stagehand/echo/hi") as socket:
        await socket.recv()
        await socket.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    with pytest.raises(InvalidStatus):
        await connect(f"{stage.server.ws_url}/stagehand/nothing")


@pytest.mark.timeout(150)
async def test_what_was_decided_survives_a_power_cut(tmp_path: Path) -> None:
    config = theatre_config()
    async with theatre(tmp_path, config) as stage:
        await stage.do("create_room", "hall", "stage", "The hall", "director", password="sesame", max_users=9)
        await stage.do("set_room_locked", "hall", True)
        await stage.do("add_ban", "hall", "rude", 0, "rude", "director")
        await stage.do("add_ban", "hall", "brief", 0.01, "", "director")
        await stage.do("add_chat_mute", "hall", "loud", 0, "director")
        await stage.do("set_slow_mode", "hall", 7)
        await stage.do("create_room", "gone", "stage")
        await stage.do("add_ban", "gone", "rude")
        await stage.do("close_room", "gone")
        await stage.do("records.put", "plays", "one", {"title": "Faust"})
        assert await stage.do("records.count", "plays") == 1
        before = await stage.do("get_room", "hall")
        await stage.do("create_room", "last", "stage")  # answered when it, and what was before it, is written
        await stage.server.kill()
    async with theatre(tmp_path, config) as stage:
        assert await stage.do("get_room", "hall") == before
        assert before["locked"]
        assert [ban["user_id"] for ban in await stage.do("list_bans", "hall")] == ["rude"]
        assert [mute["user_id"] for mute in await stage.do("list_chat_mutes", "hall")] == ["loud"]
        assert await stage.do("records.get", "plays", "one") == {"title": "Faust"}
        assert ["created", "hall"] in await stage.diary("hall")
        with pytest.raises(Refused):
            await stage.do("get_room", "gone")
        await stage.do("create_room", "gone", "stage")
        assert [ban["user_id"] for ban in await stage.do("list_bans", "gone")] == ["rude"]


async def test_a_wrong_setting_is_named_and_the_server_does_not_start(tmp_path: Path) -> None:
    config = theatre_config(**{"stage-hand": {"fails": "join"}})
    with pytest.raises(RuntimeError, match=r"stage-hand\.fails: expected a list"):
        async with running_server(tmp_path, config, environment=installed_in(tmp_path / "plugin")):
            pass
