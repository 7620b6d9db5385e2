"""Calls in real rooms: what is done to those who are in them, and what survives. specs/monibuca-rooms.md §8."""

import asyncio
import wave
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from roomful.rooms.extension import Code, RoomApiError, RoomCallbacks

from .office_stage import PASSWORD, OfficeStage, life


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[OfficeStage]:
    async with life(tmp_path) as one:
        yield one


async def refused(asked: Any) -> int:
    with pytest.raises(RoomApiError) as refusal:
        await asked
    return int(refusal.value.code)


async def test_on_hold_neither_gets_the_others_media(stage: OfficeStage) -> None:
    _, john, kim, tab = await stage.call()
    assert (john.receiving, kim.receiving) == (True, True)
    await stage.at_work(tab, "hold_call")
    assert (john.receiving, kim.receiving) == (False, False)
    assert [one["hold_music"] for one in stage.heard("call_held")] == [False]
    await stage.at_work(tab, "resume_call")
    assert (john.receiving, kim.receiving) == (True, True)
    assert len(stage.heard("call_resumed")) == 1


def sound() -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\x10" * 4000)
    return file.getvalue()


async def test_music_on_hold_is_played_to_the_customer_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with life(tmp_path) as stage:
        file = await stage.http("POST", "/audio_files", raw=sound(), name="waltz")
    async with life(tmp_path, hold_music=file["id"]) as stage:
        played: list[tuple[bytes, tuple[str, ...]]] = []
        stopped: list[str] = []

        async def play(room_id: str, path: str, *, to: tuple[str, ...] = (), loop: bool = False) -> str:
            assert loop
            played.append((await asyncio.to_thread(Path(path).read_bytes), to))
            return "playback"

        async def stop(room_id: str, playback_id: str) -> bool:
            stopped.append(playback_id)
            return True

        monkeypatch.setattr(stage.api, "play_audio", play)
        monkeypatch.setattr(stage.api, "stop_audio", stop)
        _, john, _, tab = await stage.call()
        await stage.at_work(tab, "hold_call")
        assert played == [(sound(), (john.user_id,))]
        assert [one["hold_music"] for one in stage.heard("call_held")] == [True]
        await stage.at_work(tab, "resume_call")
        assert stopped == ["playback"]


class Mixer:
    """Stands in for what mixes files into voices."""

    def __init__(self, stage: OfficeStage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.playing: dict[str, dict[str, Any]] = {}
        self.voices: dict[str, float] = {}
        """Of those who are not as loud as they are."""
        for name in ("mix_audio", "set_audio", "stop_audio", "set_voice"):
            monkeypatch.setattr(stage.api, name, getattr(self, name))

    async def mix_audio(self, room_id: str, user_id: str, file: str, *, loop: bool, volume: float) -> str:
        number = f"playback-{len(self.playing)}"
        self.playing[number] = {"user_id": user_id, "loop": loop, "volume": volume, "paused": False}
        return number

    async def set_audio(self, room_id: str, playback_id: str, **changes: Any) -> bool:
        self.playing[playback_id] |= {name: value for name, value in changes.items() if value is not None}
        return True

    async def stop_audio(self, room_id: str, playback_id: str) -> bool:
        return self.playing.pop(playback_id, None) is not None

    async def set_voice(self, room_id: str, user_id: str, volume: float) -> None:
        if volume == 1:
            self.voices.pop(user_id, None)
        else:
            self.voices[user_id] = volume


async def test_an_agent_is_as_loud_as_it_wants_until_the_call_is_over(
    stage: OfficeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixer = Mixer(stage, monkeypatch)
    made, john, kim, tab = await stage.call()
    room = stage.rooms.with_name(made)
    for volume in (-1, 101, "loud"):
        assert await refused(stage.at_work(tab, "set_microphone", volume=volume)) == Code.BAD_FIELD
    wish = {"action": "set_microphone", "volume": 20}
    assert await refused(stage.extensions.message(room, john.sid, wish)) == Code.FORBIDDEN
    assert (await stage.at_work(tab, "set_microphone", volume=20))["volume"] == 20
    assert mixer.voices == {kim.user_id: 0.2}
    assert (await stage.at_work(tab, "list_audio_files"))["microphone"] == 20
    await stage.at_work(tab, "set_microphone", volume=0)
    assert mixer.voices == {kim.user_id: 0}
    assert [one["microphone"] for one in tab.heard("audio_playing")] == [20, 0]

    mixer.voices.clear()  # the mix of its voice ends when it leaves
    await stage.go(room, kim, "disconnect")
    await stage.come(made, stage.room_token)
    assert mixer.voices == {kim.user_id: 0}
    await stage.at_work(tab, "set_microphone", volume=100)
    assert mixer.voices == {}
    await stage.at_work(tab, "set_microphone", volume=50)
    await stage.at_work(tab, "end_call")
    assert mixer.voices == {}


async def test_an_agent_mixes_files_into_its_voice(stage: OfficeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    mixer = Mixer(stage, monkeypatch)
    file = await stage.http("POST", "/audio_files", raw=sound(), name="waltz")
    made, _, kim, tab = await stage.call()
    assert await refused(stage.at_work(tab, "play_audio_file", file_id="audio_gone")) == Code.NOT_FOUND
    assert await refused(stage.at_work(tab, "play_audio_file", file_id=file["id"], volume=101)) == Code.BAD_FIELD

    waltz = await stage.at_work(tab, "play_audio_file", file_id=file["id"], volume=50, loop=True)
    number = waltz["playback_id"]
    assert mixer.playing == {number: {"user_id": kim.user_id, "loop": True, "volume": 0.5, "paused": False}}
    listed = await stage.at_work(tab, "list_audio_files")
    assert [one["name"] for one in listed["audio_files"]] == ["waltz"]
    assert [(one["playback_id"], one["volume"], one["loop"]) for one in listed["playing"]] == [(number, 50, True)]
    await stage.at_work(tab, "set_audio_file", playback_id=number, volume=20, paused=True)
    assert mixer.playing[number]["volume"] == 0.2
    assert tab.heard("audio_playing")[-1]["playing"][0]["paused"]
    assert await refused(stage.at_work(tab, "stop_audio_file", playback_id="another")) == Code.NOT_FOUND
    await stage.at_work(tab, "stop_audio_file", playback_id=number)
    assert mixer.playing == {}
    assert tab.heard("audio_playing")[-1]["playing"] == []

    for _ in range(4):
        number = (await stage.at_work(tab, "play_audio_file", file_id=file["id"]))["playback_id"]
    assert await refused(stage.at_work(tab, "play_audio_file", file_id=file["id"])) == Code.LIMIT_REACHED
    stage.extensions.audio_ended(stage.rooms.with_name(made), number, "the file cannot be played")
    await stage.settled()
    ended = tab.heard("audio_playing")[-1]
    assert (len(ended["playing"]), ended["error"]) == (3, "the file cannot be played")
    await stage.at_work(tab, "end_call")
    assert set(mixer.playing) == {number}, "the end of the call ends what is still played"


async def test_only_the_agent_of_a_call_plays_files_into_it(stage: OfficeStage) -> None:
    file = await stage.http("POST", "/audio_files", raw=sound(), name="waltz")
    made, john, _, _ = await stage.call()
    room = stage.rooms.with_name(made)
    wish = {"action": "play_audio_file", "file_id": file["id"]}
    assert await refused(stage.extensions.message(room, john.sid, wish)) == Code.FORBIDDEN
    _, other = await stage.hire("other")
    assert await refused(stage.at_work(other, "play_audio_file", file_id=file["id"])) == Code.BAD_STATE
    wish |= {"session_id": made}
    assert await refused(stage.at_work(other, **wish)) == Code.FORBIDDEN


async def test_hold_without_a_mixer_is_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with life(tmp_path, hold_music="audio_gone") as stage:

        async def no_mixer(*_: object, **__: object) -> str:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "no mixer")

        monkeypatch.setattr(stage.api, "play_audio", no_mixer)
        _, john, _, tab = await stage.call()
        await stage.at_work(tab, "hold_call")
        assert john.receiving is False
        assert [one["hold_music"] for one in stage.heard("call_held")] == [False]


async def test_calls_are_governed_over_http_as_on_the_sockets(stage: OfficeStage) -> None:
    session_id, john, _, _ = await stage.call()
    held = await stage.http("POST", f"/sessions/{session_id}/hold")
    assert (held["session"]["phase"], john.receiving) == ("held", False)
    assert await refused(stage.http("POST", f"/sessions/{session_id}/hold", raw=b"[]")) == 40001
    assert (await stage.http("POST", f"/sessions/{session_id}/resume"))["session"]["phase"] == "talking"
    assert await refused(stage.http("POST", f"/sessions/{session_id}/transfer", raw=b"{}")) == 40003
    _, lou_tab = await stage.hire("lou")
    await stage.http("POST", f"/sessions/{session_id}/transfer", raw=b'{"target_agent_id": "lou"}')
    assert len(lou_tab.heard("incoming_call")) == 1
    assert (await stage.http("POST", f"/sessions/{session_id}/reject"))["session"]["agent_id"] == "kim"
    ended = await stage.http("POST", f"/sessions/{session_id}/end", raw=b'{"reason": "done"}')
    assert (ended["session"]["status"], ended["session"]["end_reason"]) == ("Ended", "agent_hangup")
    assert await refused(stage.http("POST", f"/sessions/{session_id}/end")) == 40902


async def test_who_reconnects_on_hold_gets_nothing(stage: OfficeStage) -> None:
    session_id, john, _, tab = await stage.call()
    await stage.at_work(tab, "hold_call")
    link = (await stage.http("GET", f"/sessions/{session_id}/link"))["link"]
    await stage.go(stage.rooms.with_name(session_id), john, "disconnect")
    john = await stage.come(session_id, link.partition("?t=")[2])
    assert john.receiving is False


async def test_a_transfer_leaves_the_customer_where_it_is(stage: OfficeStage) -> None:
    session_id, john, kim, tab = await stage.call()
    _, lou_tab = await stage.hire("lou")
    await stage.at_work(tab, "transfer_call", target_agent_id="lou")
    way_in = await stage.at_work(lou_tab, "accept_call")
    room = stage.rooms.with_name(session_id)
    assert kim.sid not in room.participants
    await stage.come(session_id, way_in["room_token"])
    assert john.sid in room.participants
    assert await refused(stage.come(session_id, kim_token(stage, session_id))) == 40906
    assert (await stage.http("GET", f"/sessions/{session_id}"))["agent_id"] == "lou"
    assert [one["agent"]["state"] for one in tab.heard("agent_state") if one["agent"]["id"] == "kim"][-1] == "Ready"


def kim_token(stage: OfficeStage, session_id: str) -> str:
    from roomful.plugins.customer_service.extension import CallRooms
    from roomful.plugins.customer_service.tokens import Kind

    callbacks: RoomCallbacks = stage.extensions.registered["customer_service"].callbacks
    assert isinstance(callbacks, CallRooms)
    return callbacks._office.room_token(Kind.CALL, session_id, "kim")


async def test_only_tokens_of_this_very_call_let_in(stage: OfficeStage) -> None:
    first = await stage.http("POST", "/sessions", {"title": "a", "customer_name": "a"})
    second = await stage.http("POST", "/sessions", {"title": "b", "customer_name": "b"})
    token = first["link"].partition("?t=")[2]
    assert await refused(stage.come(second["id"], token)) == 40301
    assert await refused(stage.come(first["id"], "")) == 40101
    assert await refused(stage.come(first["id"], token[:-2])) == 40101
    await stage.http("POST", "/agents", {"id": "kim", "name": "kim", "username": "kim", "password": PASSWORD})
    login = await stage.http("POST", "/agents/login", {"username": "kim", "password": PASSWORD})
    assert await refused(stage.come(first["id"], login["token"])) == 40101
    assert await refused(stage.open_tab(token)) == 40101


async def test_a_link_is_no_longer_good_after_its_time_and_after_the_end(tmp_path: Path) -> None:
    async with life(tmp_path, link_ttl=100, rating_window=0) as stage:
        made = await stage.http("POST", "/sessions", {"title": "a", "customer_name": "a"})
        other = await stage.http("POST", "/sessions", {"title": "b", "customer_name": "b"})
        await stage.http("DELETE", f"/sessions/{other['id']}")
        await stage.pass_time(0)
        assert other["id"] not in [room.name for room in stage.rooms]
        stage.now += 99
        await stage.come(made["id"], made["link"].partition("?t=")[2])
        stage.now += 1
        assert await refused(stage.come(made["id"], made["link"].partition("?t=")[2])) == 40102
        assert await refused(stage.http("GET", f"/sessions/{made['id']}/link")) == 40102


async def test_an_agents_login_is_good_for_twelve_hours_and_until_the_next_password(stage: OfficeStage) -> None:
    await stage.http("POST", "/agents", {"id": "kim", "name": "kim", "username": "kim", "password": PASSWORD})
    login = {"username": "kim", "password": PASSWORD}
    token = (await stage.http("POST", "/agents/login", login))["token"]
    stage.now += 12 * 3600 - 1
    tab = await stage.open_tab(token)
    stage.now += 1
    assert await refused(stage.open_tab(token)) == 40102
    token = (await stage.http("POST", "/agents/login", login))["token"]
    await stage.http("PATCH", "/agents/kim", {"password": "another horse"})
    assert tab.closed == 4001
    assert await refused(stage.open_tab(token)) == 40101
    assert await refused(stage.http("POST", "/agents/login", login)) == 40101


async def test_user_names_are_taken_once_and_agents_in_a_call_stay(stage: OfficeStage) -> None:
    await stage.call()
    new = {"name": "K", "username": "kim", "password": PASSWORD}
    assert await refused(stage.http("POST", "/agents", new)) == 40904
    assert await refused(stage.http("POST", "/agents", {**new, "username": "k2", "id": "kim"})) == 40904
    assert await refused(stage.http("DELETE", "/agents/kim")) == 40902


async def test_visitors_come_in_by_themselves_but_not_in_floods(stage: OfficeStage) -> None:
    came = [await stage.http("POST", "/visitors", {"customer_name": f"v{n}"}, token="none") for n in range(5)]
    assert [one["position"] for one in came] == [1, 2, 3, 4, 5]
    assert await refused(stage.http("POST", "/visitors", {}, token="none")) == 42901
    await stage.come(came[1]["session"]["id"], came[1]["room_token"])
    await stage.pass_time(30)
    queue = await stage.http("GET", "/queue")
    assert [one["customer_name"] for one in queue["visitors"]] == ["v1"], "who does not connect loses its place"
    await stage.http("DELETE", f"/queue/{came[1]['session']['id']}")
    assert (await stage.http("GET", f"/sessions/{came[1]['session']['id']}"))["end_reason"] == "rejected"


async def test_a_room_that_somebody_closes_ends_its_call(stage: OfficeStage) -> None:
    session_id, _, _, tab = await stage.call()
    await stage.api.close_room(session_id, "admin")
    await stage.settled()
    assert (await stage.http("GET", f"/sessions/{session_id}"))["end_reason"] == "deleted"
    assert len(tab.heard("call_ended")) == 1
    assert len([one for one in tab.heard("agent_state") if one["agent"]["state"] == "Ready"]) == 2


async def test_a_workplace_that_comes_back_finds_its_call(stage: OfficeStage) -> None:
    session_id, _, _, tab = await stage.call()
    await stage.close_tab(tab)
    login = await stage.http("POST", "/agents/login", {"username": "kim", "password": PASSWORD})
    tab = await stage.open_tab(login["token"])
    (shown,) = tab.heard("workplace")
    assert shown["call"]["session"]["id"] == session_id
    assert shown["call"]["room_token"]
    assert shown["agent"]["state"] == "Busy"


async def test_a_supervisor_is_not_seen_and_is_heard_by_whom_it_whispers_to(
    stage: OfficeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, john, kim, _ = await stage.call()
    heard: list[tuple[str, str, float]] = []

    async def set_hearing(room_id: str, listener_id: str, speaker_id: str, gain: float) -> None:
        heard.append((listener_id, speaker_id, gain))

    monkeypatch.setattr(stage.api, "set_hearing", set_hearing)
    way_in = await stage.http("POST", f"/sessions/{session_id}/listen")
    boss = await stage.come(session_id, way_in["room_token"])
    assert boss.hidden
    assert (await stage.api.get_room(session_id)).user_count == 2
    assert heard == [(kim.user_id, boss.user_id, 0.0), (john.user_id, boss.user_id, 0.0)]
    heard.clear()
    wish = {"supervisor_id": boss.user_id, "to": "agent"}
    await stage.http("POST", f"/sessions/{session_id}/whisper", wish)
    assert heard == [(kim.user_id, boss.user_id, 1.0), (john.user_id, boss.user_id, 0.0)]


async def test_recordings_are_begun_and_ended_with_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with life(tmp_path, enable_recording=True) as stage:
        recorded: list[bool] = []

        async def record(room_id: str, recording: bool, actor: str = "", target: str = "room") -> None:
            recorded.append(recording)

        monkeypatch.setattr(stage.api, "set_room_recording", record)
        _, _, _, tab = await stage.call()
        assert recorded == [True]
        await stage.at_work(tab, "end_call")
        assert recorded == [True, False]


async def test_statistics_of_a_day(stage: OfficeStage) -> None:
    session_id, john, _, tab = await stage.call()
    stage.now += 100
    await stage.at_work(tab, "end_call")
    room = stage.rooms.with_name(session_id)
    await stage.extensions.message(room, john.sid, {"action": "rate_call", "score": 4})
    await stage.settled()
    gone = await stage.http("POST", "/visitors", {}, token="none")
    await stage.pass_time(30)
    assert (await stage.http("GET", f"/sessions/{gone['session']['id']}"))["status"] == "Ended"
    numbers = await stage.http("GET", "/stats")
    assert numbers["sessions"] == {"total": 2, "waiting": 0, "active": 0, "ended": 2, "abandoned": 1}
    today = {"total": 2, "answered": 1, "abandoned": 1, "average_wait": 0.0, "average_duration": 100.0}
    assert numbers["today"] == today
    assert numbers["agents"] == {"offline": 0, "online": 0, "ready": 1, "ringing": 0, "busy": 0}
    assert numbers["rating"] == {"count": 1, "average": 4.0}


async def test_after_a_restart(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        active, *_ = await stage.call()
        links = []
        for name in "ab":
            made = await stage.http("POST", "/sessions", {"title": name, "customer_name": name})
            links.append(made["link"])
            await stage.come(made["id"], made["link"].partition("?t=")[2])
            stage.now += 1
        later = await stage.http("POST", "/sessions", {"title": "c", "customer_name": "c"})
        now = stage.now
    async with life(tmp_path, now=now + 5) as stage:
        over = await stage.http("GET", f"/sessions/{active}")
        assert (over["status"], over["end_reason"]) == ("Ended", "failed")
        queue = await stage.http("GET", "/queue")
        assert [one["customer_name"] for one in queue["visitors"]] == ["a", "b"]
        assert (await stage.http("GET", f"/sessions/{later['id']}"))["phase"] == "created"
        for link in links:
            await stage.come(link.partition("/cs/")[2].partition("?")[0], link.partition("?t=")[2])
        login = await stage.http("POST", "/agents/login", {"username": "kim", "password": PASSWORD})
        tab = await stage.open_tab(login["token"])
        await stage.at_work(tab, "set_state", state="ready")
        assert [one["customer"]["name"] for one in tab.heard("incoming_call")] == ["a"]
