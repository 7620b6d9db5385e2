"""What is said reaches who may read it, is kept, exported, and summed up."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from roomful.plugins.meeting.transcript import Segment, as_srt, as_txt, as_vtt
from roomful.rooms import Participant, Room
from roomful.rooms.events import PluginMessage
from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.transcripts import Transcription, TranscriptSegment
from tests.chat_server import ChatServer

from .convention import Convention, convention, refusal


class Recognizer:
    """A port that starts and stops, as it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    async def start(self, room: Room, language: str) -> None:
        self.calls.append(("start", language))

    async def stop(self, room: Room) -> None:
        self.calls.append(("stop", ""))


async def hear(stage: Convention, room: Room, who: Participant, text: str, **fields: Any) -> None:
    final = fields.pop("final", True)
    segment = TranscriptSegment(
        id=fields.pop("id", f"s{stage.now}"),
        track="t",
        speaker=who.sid,
        identity=who.identity,
        name=who.name,
        text=text,
        start=stage.now,
        end=stage.now + 2,
        **fields,
    )
    room.add_transcript(segment, stage.now, final=final)
    await stage.settled()


async def test_a_meeting_is_transcribed_while_it_goes_on(tmp_path: Path) -> None:
    async with convention(tmp_path, enable_lobby=False, enable_transcription=True) as stage:
        recognizer = stage.ports.transcriber = Recognizer()
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting")
        await stage.say(room, host, "start_transcription", language="de-CH")
        await stage.say(room, host, "pause_meeting")
        await stage.say(room, host, "resume_meeting")
        await stage.say(room, host, "stop_transcription")
        assert recognizer.calls == [("start", "de-CH"), ("stop", ""), ("start", "de-CH"), ("stop", "")]
        assert stage.heard("transcription_started")[0]["language"] == "de-CH"
        assert stage.heard("transcription_stopped")
        room.set_transcription(Transcription(running=True, trouble="no answer"), stage.now)
        await stage.settled()
        assert stage.heard("transcription_error")[0]["message"] == "no answer"


async def test_without_a_recognizer_or_switched_off_there_is_no_transcription(tmp_path: Path) -> None:
    for enabled, code in ((False, Code.FEATURE_DISABLED), (True, Code.BACKEND_UNAVAILABLE)):
        async with convention(tmp_path / str(enabled), enable_lobby=False, enable_transcription=enabled) as stage:
            room = stage.hold()
            host = await stage.join(room, "hanna", Role.HOST)
            await stage.say(room, host, "start_meeting")
            with pytest.raises(RoomApiError) as error:
                await stage.say(room, host, "start_transcription")
            assert refusal(error) == code
            assert not stage.view(room).extension["transcription"]


async def test_partial_results_are_pushed_and_final_ones_kept(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    ann = await stage.join(room, "ann", protocol="livekit")
    await stage.say(room, host, "start_meeting")
    await stage.pass_time(61)
    await hear(stage, room, ann, "let us", id="t-1", final=False)
    await hear(stage, room, ann, "let us ship", id="t-1")
    told = stage.heard("transcription_result")
    assert [(one["segment_id"], one["text"], one["is_final"]) for one in told] == [
        ("t-1", "let us", False),
        ("t-1", "let us ship", True),
    ]
    assert (told[1]["user_id"], told[1]["user_name"], told[1]["start_ms"], told[1]["end_ms"]) == (
        "ann",
        "Ann",
        61_000,
        63_000,
    )
    kept = await stage.http("GET", "/m1/transcripts")
    assert [one["text"] for one in kept["segments"]] == ["let us ship"]


async def test_what_only_some_may_hear_only_they_may_read(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    ann, ben = await stage.join(room, "ann"), await stage.join(room, "ben")
    await stage.say(room, host, "start_meeting")
    await hear(stage, room, ann, "a secret", hearers=frozenset({ann.sid, ben.sid}))
    message = next(
        one
        for one in stage.events
        if isinstance(one, PluginMessage) and one.message["action"] == "transcription_result"
    )
    assert message.recipients == {ann.sid, ben.sid}
    assert (await stage.http("GET", "/m1/transcripts"))["total"] == 0


async def test_apps_may_bring_what_they_understood_each_segment_once(stage: Convention) -> None:
    room = stage.hold()
    await stage.join(room, "hanna", Role.HOST)
    later = {"segment_id": "b", "user_id": "hanna", "text": "second", "start_ms": 5000, "end_ms": 6000}
    sooner = {"segment_id": "a", "user_id": "hanna", "text": "first", "start_ms": 1000, "end_ms": 2000}
    assert await stage.http("POST", "/m1/transcripts", {"segments": [later, sooner]}) == {"added": 2}
    assert await stage.http("POST", "/m1/transcripts", {"segments": [later]}) == {"added": 0}
    assert [one["text"] for one in (await stage.http("GET", "/m1/transcripts"))["segments"]] == ["first", "second"]
    assert len(stage.heard("transcription_result")) == 2
    with pytest.raises(RoomApiError) as error:
        await stage.http("GET", "/m1/transcripts", format="doc")
    assert refusal(error) == Code.BAD_FIELD
    srt = await stage.http("GET", "/m1/transcripts", format="srt")
    assert srt.content.decode().startswith("1\n00:00:01,000 --> 00:00:02,000\n")


NASTY = Segment(
    segment_id="x",
    user_id="u",
    user_name="<b>Ann</b>\n",
    text="one --> two\n\n00:00:00.000 --> 00:00:09.000\n<script>&",
    start_ms=3_661_007,
    end_ms=3_661_007,
)


def test_names_and_texts_do_nothing_to_a_file() -> None:
    assert as_vtt([NASTY]) == (
        "WEBVTT\n\n01:01:01.007 --> 01:01:01.008\n"
        "<v &lt;b&gt;Ann&lt;/b&gt;>one → two 00:00:00.000 → 00:00:09.000 &lt;script&gt;&amp;</v>\n"
    )
    assert as_srt([NASTY]).count("-->") == 1
    assert as_txt([NASTY]) == "[01:01:01] <b>Ann</b>: one → two 00:00:00.000 → 00:00:09.000 <script>&\n"


async def written(stage: Convention, path: str = "/m1/summary") -> dict[str, Any]:
    """The minutes, when they are written."""
    async with asyncio.timeout(20):
        while (minutes := await stage.http("GET", path))["status"] == "pending":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return minutes


async def test_minutes_are_written_on_demand_and_announced(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    with pytest.raises(RoomApiError) as error:
        await stage.http("GET", "/m1/summary")
    assert refusal(error) == Code.NOT_FOUND
    await stage.say(room, host, "start_meeting")
    await hear(stage, room, host, "We decided to ship the release. I'll write the notes by Friday.", id="t-1")
    assert (await stage.http("POST", "/m1/summary"))["status"] == "pending"
    minutes = await written(stage)
    assert (minutes["model"], len(minutes["decisions"]), minutes["tasks"][0]["assignee_id"]) == ("builtin", 1, "hanna")
    assert stage.heard("summary_ready")[0]["summary"].overview == minutes["overview"]
    changed = await stage.http("PATCH", "/m1/tasks/k-1", {"status": "done", "due": "2030-05-01"})
    assert (changed["status"], changed["due"]) == ("done", "2030-05-01")
    await stage.http("POST", "/m1/summary")
    await written(stage)
    tasks = (await stage.http("GET", "/m1/tasks"))["tasks"]
    assert [task["status"] for task in tasks] == ["done"]
    with pytest.raises(RoomApiError) as error:
        await stage.http("PATCH", "/m1/tasks/k-9", {"status": "done"})
    assert refusal(error) == Code.NOT_FOUND


async def test_minutes_are_written_at_the_end_and_outlive_a_restart_in_the_middle(tmp_path: Path) -> None:
    server = ChatServer()
    await server.start()
    ai = {"auto": True, "url": server.url, "model": "m", "timeout": 30}
    server.faults = [None]
    async with convention(tmp_path, enable_lobby=False, ai=ai) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting", title="Weekly")
        await hear(stage, room, host, "We decide to go on.", id="t-1")
        await stage.say(room, host, "end_meeting")
        assert stage.heard("meeting_ended")[0]["summary_pending"]
        async with asyncio.timeout(10):
            while not server.requests:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    async with convention(tmp_path, enable_lobby=False, ai=ai) as stage:
        minutes = await written(stage)
        assert (minutes["model"], minutes["decisions"][0]["segment_ids"]) == ("m", ["t-1"])
    await server.stop()


async def test_a_model_that_fails_leaves_built_in_minutes_that_say_so(tmp_path: Path) -> None:
    server = ChatServer()
    await server.start()
    server.faults = [500, b"{}"]
    async with convention(tmp_path, enable_lobby=False, ai={"url": server.url}) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting")
        await hear(stage, room, host, "We decided to go on.", id="t-1")
        await stage.http("POST", "/m1/summary")
        minutes = await written(stage)
        assert (minutes["model"], minutes["status"], len(minutes["decisions"])) == ("builtin", "ready", 1)
        assert "chat endpoint" in minutes["error"]
    await server.stop()


async def test_hosts_read_over_http_what_is_left_of_their_meeting_and_nobody_else_does(tmp_path: Path) -> None:
    async with convention(tmp_path) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting")
        given: dict[str, Any] = await stage.say(room, host, "access_results")
        assert given == await stage.say(room, host, "access_results")
        assert given["token"] not in str(stage.view(room).extension)

        async def read(result: str, bearer: str, meeting: str = given["path"]) -> Any:
            return await stage.ask("GET", f"{meeting}/{result}", query={}, bearer=bearer)

        await stage.say(room, host, "end_meeting")
        assert (await read("attendance", given["token"]))["total"] == 1
        assert (await read("transcripts", given["token"]))["total"] == 0
        for path, bearer in ((given["path"], ""), (given["path"], "x"), ("/meeting/meetings/none", given["token"])):
            with pytest.raises(RoomApiError) as error:
                await read("attendance", bearer, path)
            assert refusal(error) == Code.FORBIDDEN
        written = await stage.ask("POST", f"{given['path']}/summary", query={}, bearer=given["token"])
        assert written.status == "pending"
