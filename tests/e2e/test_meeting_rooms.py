"""Meetings on a real server, with raw clients of the room WebSocket. specs/monibuca-rooms.md §7, §14 (14 and 15)."""

import asyncio
import contextlib
import io
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import av
import httpx
import msgspec
import pytest
from livekit import rtc

from tests.asr_server import AsrServer
from tests.chat_server import ChatServer
from tests.running_server import RunningServer, loopback_config, running_server

from .client import Client
from .meeting import Meeting
from .room_client import RoomClient, room_client
from .speaking import play, publish_voice
from .waiting import until, until_seen

pytestmark = pytest.mark.timeout(240)


def open_house(**changes: object) -> dict[str, object]:
    """Whoever comes is who it says it is."""
    return loopback_config(room={"auth": {"mode": "none"}}, **changes)


class Office:
    """A server's HTTP API of meetings."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = await self._http.request(method, f"/meeting/meetings{path}", json=body, params=query)
        decoded = answer.json()
        assert decoded["code"] == 0, decoded
        return decoded["data"]

    async def fetch(self, url: str, headers: dict[str, str]) -> httpx.Response:
        return await self._http.get(url, headers=headers)

    async def file(self, path: str, **query: str) -> httpx.Response:
        return await self._http.get(f"/meeting/meetings{path}", params=query)


@asynccontextmanager
async def office(server: RunningServer) -> AsyncIterator[Office]:
    async with httpx.AsyncClient(base_url=server.http_url, timeout=30) as http:
        yield Office(http)


@asynccontextmanager
async def gathering(server: RunningServer, room: str, *names: str) -> AsyncIterator[list[RoomClient]]:
    """Clients in a room of type `meeting`; the first makes it and is its host. Each has seen the next one join."""
    async with AsyncExitStack() as stack:
        clients: list[RoomClient] = []
        for name in names:
            client = await stack.enter_async_context(room_client(server.ws_url, room, type="meeting"))
            if clients:
                await client.say("join_room", room_id=room, user_id=name, user_name=name.title())
                await client.until("lobby_waiting")
                await clients[0].until("lobby_user_waiting")
                await clients[0].ask("admit_user", user_id=name)
                await client.until("room_joined")
            else:
                await client.join(name)
            clients.append(client)
        yield clients


@pytest.fixture
def room() -> str:
    return f"meet-{uuid.uuid4().hex[:8]}"


async def test_a_meeting_with_all_its_actions(roomful_server: RunningServer, room: str) -> None:
    async with gathering(roomful_server, room, "hanna", "ann", "ben") as (host, ann, ben):
        assert (await ann.ask("start_meeting"))["code"] == 40301
        assert (await host.ask("pause_meeting"))["code"] == 40902
        assert (await host.ask("start_meeting", title="Weekly"))["code"] == 0
        assert (await ann.until("meeting_started"))["title"] == "Weekly"
        assert (await ann.until("timer_updated"))["remaining"] == pytest.approx(7200, abs=30)

        assert (await ann.ask("raise_hand", reason="a question"))["order"] == 1
        assert (await ben.ask("raise_hand"))["order"] == 2
        assert (await host.until("hand_raised"))["user_name"] == "Ann"
        assert (await host.ask("lower_hand", user_id="*"))["code"] == 0
        assert (await ben.until("hand_lowered"))["user_id"] == "*"

        assert (await host.ask("mute_participant", user_id="ann"))["code"] == 0
        assert (await ann.until("participant_muted"))["by"] == "hanna"
        assert (await ann.ask("media_state", audio=True))["code"] == 40301
        assert (await host.ask("unmute_participant", user_id="ann"))["code"] == 0
        assert (await ann.ask("media_state", audio=True))["code"] == 0

        assert (await ann.ask("share_screen", stream_path=f"room/{room}/ann/screen"))["code"] == 0
        assert (await ben.until("screen_share"))["user_id"] == "ann"
        assert (await ben.ask("share_screen"))["code"] == 40903
        assert (await host.ask("share_screen"))["code"] == 0

        for title in ("Intro", "Budget"):
            assert (await host.ask("agenda_add", item={"title": title, "item_id": title}))["item_id"] == title
        assert (await host.ask("agenda_reorder", order=["Budget", "Intro"]))["code"] == 0
        assert (await host.ask("agenda_next"))["current_id"] == "Budget"
        assert (await host.ask("agenda_next"))["current_id"] == "Intro"
        assert (await host.ask("agenda_next"))["current_id"] is None
        shown = [await ann.until("agenda_updated") for _ in range(6)][-1]
        assert [(item["item_id"], item["status"]) for item in shown["items"]] == [("Budget", "done"), ("Intro", "done")]

        assert (await host.ask("lock_room"))["code"] == 0
        assert (await ann.until("room_updated", changes={"locked": True}))["by"] == "hanna"
        async with room_client(roomful_server.ws_url, room) as late:
            await late.say("join_room", room_id=room, user_id="late", user_name="Late")
            assert (await late.until("error"))["code"] == 40303
        await host.ask("lock_room", locked=False)
        assert (await host.ask("toggle_lobby"))["enabled"] is False
        async with room_client(roomful_server.ws_url, room) as late:
            joined = await late.join("late")
            extension = joined["extension"]
            assert (extension["status"], extension["title"], extension["hands"]) == ("Active", "Weekly", [])
            assert extension["screen_share"]["user_id"] == "hanna"
            await host.until("user_joined")
            await host.ask("kick_participant", user_id="late", reason="wrong door")
            assert (await late.until("kicked"))["reason"] == "wrong door"
            assert await late.close_code() == 4010
        assert (await ben.until("participant_kicked"))["user_name"] == "Late"

        assert (await host.ask("ban_user", user_id="ben", duration=60))["code"] == 0
        assert await ben.close_code() == 4003
        assert (await host.ask("start_transcription"))["code"] == 50101
        assert (await host.ask("send_gift"))["code"] == 40002
        assert (await host.ask("agenda_add", item={"title": 7}))["detail"] == {"field": "item.title"}
        await host.say("end_meeting", reason="done")
        ended = await ann.until("meeting_ended")
        assert (ended["reason"], ended["by"]) == ("done", "hanna")
        assert (await ann.until("room_closed"))["reason"] == "ended"
        assert await ann.close_code() == 4004
    async with office(roomful_server) as api:
        detail = await api.call("GET", f"/{room}")
        assert (detail["status"], detail["title"]) == ("Ended", "Weekly")
        csv = await api.file(f"/{room}/attendance", format="csv")
        assert csv.headers["content-type"].startswith("text/csv")
        assert len(csv.text.strip().splitlines()) == 5


async def test_the_time_runs_out_with_a_warning_and_speakers_have_theirs(tmp_path: Path, room: str) -> None:
    meeting = {"timer": {"max_duration": 6, "warning_before_end": 3}, "enable_lobby": False}
    async with (
        running_server(tmp_path, open_house(meeting=meeting)) as server,
        room_client(server.ws_url, room, type="meeting") as host,
    ):
        await host.join("hanna")
        await host.ask("start_meeting")
        assert (await host.ask("start_speaker_timer", user_id="hanna", seconds=5))["code"] == 0
        states = [(await host.until("speaker_timer"))["state"] for _ in range(3)]
        assert states == ["running", "warning", "expired"]
        assert (await host.until("timer_warning"))["remaining"] == pytest.approx(3, abs=1)
        await host.until("timer_expired")
        assert (await host.until("meeting_ended"))["by"] == "system"
        assert await host.close_code() == 4004


async def test_a_planned_meeting_has_its_lobby_password_and_host_from_the_start(
    roomful_server: RunningServer, room: str
) -> None:
    async with office(roomful_server) as api:
        plan = {"meeting_id": room, "title": "Board", "host_id": "hanna", "password": "sesame"}
        await api.call("POST", "", {**plan, "agenda": [{"title": "Numbers"}]})
        async with room_client(roomful_server.ws_url, room) as ann:
            await ann.say("join_room", room_id=room, user_id="ann", user_name="Ann")
            assert (await ann.until("error"))["code"] == 40307
            await ann.say("join_room", room_id=room, user_id="ann", user_name="Ann", password="sesame")
            await ann.until("lobby_waiting")
            async with room_client(roomful_server.ws_url, room, password="sesame") as host:
                joined = await host.join("hanna")
                assert (joined["self"]["role"], joined["room"]["name"]) == ("host", "Board")
                assert joined["extension"]["agenda"][0]["title"] == "Numbers"
                await api.call("POST", f"/{room}/participants/ann/admit")
                assert (await ann.until("room_joined"))["self"]["role"] == "member"
                await api.call("POST", f"/{room}/start")
                await ann.until("meeting_started")
                await api.call("POST", f"/{room}/end", {})
                await ann.until("room_closed")


async def test_a_meeting_goes_on_after_the_server_was_killed(tmp_path: Path, room: str) -> None:
    config = open_house(meeting={"enable_lobby": False})
    async with (
        running_server(tmp_path, config) as server,
        gathering_open(server, room, "hanna", "ann") as (host, ann),
        office(server) as api,
    ):
        await host.ask("start_meeting", title="Weekly")
        await host.ask("agenda_add", item={"title": "Budget", "item_id": "b"})
        await host.ask("agenda_start", item_id="b")
        await ann.ask("raise_hand")
        extended = await host.ask("extend_meeting", seconds=600, request_id="more")
        assert (await api.call("GET", ""))["total"] == 1  # a search waits until everything is written
        await server.kill()
    async with running_server(tmp_path, config) as server, room_client(server.ws_url, room) as host:
        joined = await host.join("hanna")
        extension = joined["extension"]
        assert (joined["self"]["role"], extension["status"], extension["title"]) == ("host", "Active", "Weekly")
        assert (extension["current_agenda_id"], extension["hands"][0]["user_id"]) == ("b", "ann")
        again = await host.ask("extend_meeting", seconds=600, request_id="more")
        assert again["max_duration"] == extended["max_duration"] == 7800


@asynccontextmanager
async def gathering_open(server: RunningServer, room: str, *names: str) -> AsyncIterator[list[RoomClient]]:
    """The same without a lobby."""
    async with AsyncExitStack() as stack:
        clients: list[RoomClient] = []
        for name in names:
            clients.append(await stack.enter_async_context(room_client(server.ws_url, room, type="meeting")))
            await clients[-1].join(name)
        yield clients


async def said_until_heard(client: RoomClient, voice: rtc.AudioSource, keys: str) -> dict[str, Any]:
    """Press keys again and again, until they come back as text: a recognizer takes its time to start."""

    async def say_on() -> None:
        while True:
            await play(voice, keys)

    saying = asyncio.create_task(say_on())
    try:
        async with asyncio.timeout(90):
            while True:
                with contextlib.suppress(TimeoutError):
                    result = await client.until("transcription_result", is_final=True, text=" ".join(keys))
                    break
                await client.ask("heartbeat")
    finally:
        saying.cancel()
    return result


async def test_what_is_said_is_pushed_exported_and_summed_up(tmp_path: Path, room: str) -> None:
    asr, model = AsrServer(), ChatServer()
    await asr.start()
    await model.start()
    config = open_house(
        transcription={"url": asr.url, "timeout": "2s"},
        meeting={
            "enable_lobby": False,
            "enable_transcription": True,
            "ai": {"url": model.url, "model": "reader"},
        },
    )
    async with running_server(tmp_path, config) as server, office(server) as api:
        meeting = Meeting(server)
        meeting.name = room
        async with gathering_open(server, room, "hanna") as (host,):
            speaker = await meeting.join("sam")
            voice = await publish_voice(speaker.room)
            await host.ask("start_meeting")
            assert (await host.ask("start_transcription", language="en"))["code"] == 0
            await host.until("transcription_started")
            result = await said_until_heard(host, voice, "135")
            assert result["user_id"] == "sam"
            assert 0 <= result["start_ms"] < result["end_ms"]

            # The recognizer goes, and comes back: what is said then becomes text again.
            await asr.stop()
            await play(voice, "7")
            assert "message" in await host.until("transcription_error")
            await asr.start()
            await said_until_heard(host, voice, "246")

            srt = (await api.file(f"/{room}/transcripts", format="srt")).text
            assert "Sam" in srt or "sam" in srt
            assert "1 3 5" in srt
            assert "1 3 5" in (await api.file(f"/{room}/transcripts", format="txt")).text
            segment = {"segment_id": "x", "user_id": "hanna", "text": "We decide to ship", "start_ms": 0, "end_ms": 9}
            await api.call("POST", f"/{room}/transcripts", {"segments": [segment]})
            await api.call("POST", f"/{room}/summary")
            ready = (await host.until("summary_ready"))["summary"]
            assert (ready["model"], ready["decisions"]) == (
                "reader",
                [{"text": "We decide to ship", "segment_ids": ["x"]}],
            )
            await host.ask("stop_transcription")
            await host.until("transcription_stopped")
        await meeting.close()
    await asr.stop()
    await model.stop()


async def test_a_meeting_is_recorded_and_the_recording_listed(tmp_path: Path, room: str) -> None:
    config = open_house(
        egress={"output_directory": str(tmp_path / "recordings")},
        meeting={"enable_lobby": False},
    )
    async with running_server(tmp_path, config) as server, office(server) as api:
        meeting = Meeting(server)
        meeting.name = room
        async with gathering_open(server, room, "hanna") as (host,):
            speaker = await meeting.join("sam")
            voice = await publish_voice(speaker.room)
            await host.ask("start_meeting")
            assert (await host.ask("start_recording"))["code"] == 0
            assert (await host.until("recording_state"))["recording"] is True
            look = partial(api.call, "GET", f"/{room}/recordings")
            await until_seen(look, lambda seen: bool(seen["recordings"]), "a recording in the list", within=60)
            await play(voice, "135")
            assert (await host.ask("stop_recording"))["code"] == 0
            told = await host.until("recording_state")
            assert (told["recording"], told["target"]) == (False, "room")
            results = await host.ask("access_results")
            done = await until_seen(
                look, lambda seen: seen["recordings"][0]["status"] == "complete", "a complete recording", within=60
            )
        await meeting.close()
        (recording,) = done["recordings"]
        keyed = {"authorization": f"Bearer {results['token']}"}
        film = await api.fetch(recording["url"], keyed)
        assert film.headers["content-type"] == "video/mp4"
        with av.open(io.BytesIO(film.content), mode="r") as container:
            assert sum(packet.size for packet in container.demux(audio=0)) > 0
        for url, headers in ((recording["url"], {"authorization": "Bearer x"}), (f"{recording['url']}x", keyed)):
            assert (await api.fetch(url, headers)).status_code in (403, 404)
    assert told["files"] == [recording["id"]]
    assert recording["user_id"] == "sam"
    assert recording["duration"] > 1


class PacketClient:
    """A LiveKit participant that speaks the room's messages."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.got: list[dict[str, Any]] = []
        client.room.on("data_received", self._on_data)

    def _on_data(self, packet: rtc.DataPacket) -> None:
        if packet.topic == "roomful.room":
            self.got.append(msgspec.json.decode(packet.data))

    async def ask(self, action: str, **fields: Any) -> dict[str, Any]:
        seq = uuid.uuid4().hex
        payload = msgspec.json.encode({"action": action, "seq": seq, **fields})
        await self._client.me.publish_data(payload, reliable=True, topic="roomful.room")
        return await self.until("ack", "error", "room_joined", seq=seq)

    async def until(self, *actions: str, **fields: Any) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            for message in self.got:
                if message["action"] in actions and all(message.get(name) == value for name, value in fields.items()):
                    return message
            return None

        message = await until(found, lambda: f"{actions} {fields} among {self.got}")
        self.got.remove(message)
        return message


async def test_a_livekit_client_takes_part_in_a_meeting_as_any_other(tmp_path: Path, room: str) -> None:
    async with (
        running_server(tmp_path, open_house(meeting={"enable_lobby": False})) as server,
        office(server) as api,
        gathering_open(server, room, "hanna") as (host,),
    ):
        meeting = Meeting(server)
        meeting.name = room
        sam, silent = await meeting.join("sam"), await meeting.join("silent")
        packets, nothing = PacketClient(sam), PacketClient(silent)
        await host.ask("start_meeting", title="Weekly")

        joined = await packets.ask("join_room")
        assert (joined["self"]["user_id"], joined["extension"]["title"]) == ("sam", "Weekly")
        assert sorted(user["user_id"] for user in joined["users"]) == ["hanna", "sam", "silent"]
        assert (await packets.ask("raise_hand", reason="over here"))["order"] == 1
        assert (await host.until("hand_raised"))["user_id"] == "sam"
        await packets.until("hand_raised")
        # Whoever speaks LiveKit alone sees the hand too.
        await until(lambda: "hand_raised" in silent.other("sam").attributes, "the hand as an attribute")
        assert (await packets.ask("end_meeting"))["code"] == 40301

        tone = await sam.publish_tone()
        await silent.hears("sam")
        assert (await host.ask("mute_participant", user_id="sam"))["code"] == 0
        assert (await packets.until("participant_muted"))["by"] == "hanna"
        await until(lambda: tone.muted, "the client is told that it is muted")
        await host.ask("action", op="set_role", target_id="sam", params={"role": "cohost"})
        assert (await packets.ask("agenda_add", item={"title": "From the SDK"}))["code"] == 0
        assert (await host.until("agenda_updated"))["items"][0]["title"] == "From the SDK"
        assert (await packets.ask("action", op="lock"))["code"] == 0
        assert (await packets.until("room_updated", changes={"locked": True}))["by"] == "sam"

        assert (await host.ask("kick_participant", user_id="silent", reason="bye"))["code"] == 0
        await silent.until("disconnected")
        assert (await packets.until("participant_kicked"))["user_id"] == "silent"
        assert nothing.got == []
        people = (await api.call("GET", f"/{room}/attendance"))["participants"]
        assert {one["user_id"]: one["visits"][0]["protocol"] for one in people} == {
            "hanna": "monibuca",
            "sam": "livekit",
            "silent": "livekit",
        }
        await meeting.close()
