"""What somebody says is text for everybody in the room, while it is said and in files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from livekit import api, rtc

from tests.asr_server import AsrServer
from tests.running_server import RunningServer, loopback_config, running_server
from tests.spoken import spoken
from tests.unit.media.ports.recorder.storage_server import serve

from .client import Client
from .meeting import Meeting
from .speaking import play, publish_voice, say
from .test_egress import reached
from .waiting import WITHIN, until


def config(asr: AsrServer, folder: Path, **transcription: object) -> dict[str, object]:
    return loopback_config(
        transcription={"url": asr.url, "timeout": "2s", "captions": True, **transcription},
        egress={"output_directory": str(folder / "recordings")},
    )


@dataclass
class Stream:
    """A text stream on the topic of transcriptions."""

    sender: str
    text: str
    attributes: dict[str, str]


@dataclass
class Reader:
    """Somebody who reads what others say."""

    client: Client
    streams: list[Stream] = field(default_factory=list[Stream])
    segments: list[tuple[str, str, bool, str]] = field(default_factory=list[tuple[str, str, bool, str]])
    """Identity of the speaker, text, whether it is final, sid of the track."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def read(self) -> None:
        self.client.room.register_text_stream_handler("lk.transcription", self._on_stream)
        self.client.room.on("transcription_received", self._on_transcription)

    @property
    def final(self) -> list[str]:
        return [text for _, text, final, _ in self.segments if final]

    def _on_stream(self, reader: rtc.TextStreamReader, identity: str) -> None:
        async def read() -> None:
            text = await reader.read_all()
            self.streams.append(Stream(identity, text, reader.info.attributes or {}))

        task = asyncio.create_task(read())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_transcription(
        self,
        segments: list[rtc.TranscriptionSegment],
        participant: rtc.Participant | None,
        publication: rtc.TrackPublication | None,
    ) -> None:
        who, track = participant.identity if participant else "", publication.sid if publication else ""
        self.segments += [(who, one.text, one.final, track) for one in segments]


class Desk:
    """The server's API, for whoever administers the room."""

    def __init__(self, meeting: Meeting) -> None:
        self._room = meeting.name
        grants = api.VideoGrants(room_admin=True, room=meeting.name)
        token = api.AccessToken(meeting.server.api_key, meeting.server.api_secret).with_grants(grants).to_jwt()
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=meeting.server.http_url, headers=headers)

    async def order(self, what: str) -> dict[str, Any]:
        """`start` or `stop`."""
        answer = await self._http.post(f"/api/transcription/{what}", json={"room": self._room})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def becomes(self, key: str, value: object, within: float = WITHIN) -> dict[str, Any]:
        """Wait until the state of the transcription says so."""
        async with asyncio.timeout(within):
            while True:
                answer = await self._http.get("/api/transcription", params={"room": self._room})
                if answer.status_code == 200 and answer.json()[key] == value:
                    return answer.json()
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def talk(server: RunningServer) -> AsyncIterator[tuple[Meeting, Desk, Client, Reader, rtc.AudioSource]]:
    """Alice has a microphone, Bob reads."""
    meeting = Meeting(server)
    desk = Desk(meeting)
    try:
        alice, bob = await meeting.meet("alice", "bob")
        reader = Reader(bob)
        reader.read()
        source = await publish_voice(alice.room)
        await bob.knows_track("alice", "microphone")
        yield meeting, desk, alice, reader, source
    finally:
        await desk.close()
        await meeting.close()


def microphone_of(client: Client) -> str:
    return next(iter(client.me.track_publications.values())).sid


async def test_what_is_said_reaches_everybody_as_event_as_stream_and_as_file(asr: AsrServer, tmp_path: Path) -> None:
    async with running_server(tmp_path, config(asr, tmp_path, rooms="all")) as server:
        async with talk(server) as (_, desk, alice, bob, source):
            own = Reader(alice)
            own.read()
            await desk.becomes("state", "active")
            alice.start(play(source, "123"))
            await until(lambda: bob.final and bob.streams and own.final, lambda: f"{bob} {asr.heard}")
            microphone = microphone_of(alice)
            assert bob.segments == [("alice", "1 2 3", True, microphone)]
            assert own.final == ["1 2 3"]
            (stream,) = bob.streams
            assert (stream.sender, stream.text) == ("alice", "1 2 3")
            assert stream.attributes["lk.transcribed_track_id"] == microphone
            assert stream.attributes["lk.transcription_final"] == "true"
            assert stream.attributes["lk.segment_id"].startswith("SG_")
        assert await server.stop() == 0
    (captions,) = (tmp_path / "recordings").glob("*.vtt")
    head, _, cue = captions.read_text().partition("\n\n")
    assert head == "WEBVTT"
    assert cue.endswith("<v alice>1 2 3\n")
    assert " --> " in cue.splitlines()[1]


async def test_over_a_websocket_words_come_while_they_are_said(asr: AsrServer, tmp_path: Path) -> None:
    settings = config(asr, tmp_path, rooms="all", url=asr.socket_url)
    async with running_server(tmp_path, settings) as server, talk(server) as (_, desk, alice, bob, source):
        await desk.becomes("state", "active")
        alice.start(play(source, "123456"))
        await until(lambda: bob.final == ["1 2 3 4 5 6"], lambda: f"{bob.segments} {asr.heard}")
        interim = [text for _, text, final, _ in bob.segments if not final]
        assert interim
        assert all("1 2 3 4 5 6".startswith(text) for text in interim)
        await until(lambda: len(bob.streams) == len(bob.segments), lambda: str(bob.streams))
        assert len({stream.attributes["lk.segment_id"] for stream in bob.streams}) == 1


async def test_words_become_text_without_anybody_elses_help(asr: AsrServer, tmp_path: Path) -> None:
    sound = await spoken("hello everybody please open the window")
    settings = config(asr, tmp_path, rooms="all", url="local")
    async with running_server(tmp_path, settings) as server, talk(server) as (_, desk, alice, bob, source):
        await desk.becomes("state", "active")
        alice.start(say(source, sound))
        await until(lambda: bob.final, lambda: str(bob.segments))
        assert "open the window" in bob.final[0]
    assert asr.heard == []


async def test_a_recognizer_that_fails_costs_words_and_the_state_says_so(asr: AsrServer, tmp_path: Path) -> None:
    asr.faults = [500] * 100
    async with running_server(tmp_path, config(asr, tmp_path)) as server, talk(server) as (_, desk, alice, bob, source):
        await desk.order("start")
        await desk.becomes("state", "active")
        alice.start(play(source, "12"))
        failing = await desk.becomes("service", "failing")
        assert failing["service_error"] == "status 500: not today"
        await alice.publish_tone(name="still here")
        await bob.client.hears("alice", name="still here")
        asr.faults = []
        await desk.becomes("service", "working")
        await until(lambda: "1 2" in bob.final, lambda: f"{bob.segments} {asr.heard}")
        assert (await desk.order("stop"))["state"] == "ending"
        await desk.becomes("state", "complete")


async def test_a_recording_gets_captions_in_its_own_time(asr: AsrServer, tmp_path: Path) -> None:
    settings = config(asr, tmp_path, rooms="all", captions=False)
    async with running_server(tmp_path, settings) as server, talk(server) as (meeting, desk, alice, bob, source):
        await desk.becomes("state", "active")
        request = api.TrackEgressRequest(
            room_name=meeting.name, track_id=microphone_of(alice), file=api.DirectFileOutput(filepath="talk")
        )
        egress = await meeting.api.egress.start_track_egress(request)
        recordings = tmp_path / "recordings"
        await until(lambda: list(recordings.glob("talk*")), "the recording begins")
        alice.start(play(source, "456"))
        await until(lambda: bob.final == ["4 5 6"], lambda: f"{bob.segments} {asr.heard}")
        captions = recordings / "talk.vtt"
        await until(captions.exists, "captions appear while the recording runs")
        await meeting.api.egress.stop_egress(api.StopEgressRequest(egress_id=egress.egress_id))
        assert captions.read_text().endswith("<v alice>4 5 6\n")
        start, _, end = captions.read_text().splitlines()[3].partition(" --> ")
        assert "00:00:00.000" <= start < end < "00:00:30.000"


async def test_captions_go_where_their_recording_goes(asr: AsrServer, tmp_path: Path) -> None:
    settings = config(asr, tmp_path, rooms="all", captions=False)
    with serve() as storage:
        s3 = api.S3Upload(access_key="key", secret="secret", region="x", endpoint=storage.url, bucket="films")
        async with running_server(tmp_path, settings) as server, talk(server) as (meeting, desk, alice, bob, source):
            await desk.becomes("state", "active")
            request = api.TrackEgressRequest(
                room_name=meeting.name,
                track_id=microphone_of(alice),
                file=api.DirectFileOutput(filepath="day/talk", s3=s3),
            )
            egress = await meeting.api.egress.start_track_egress(request)
            recordings = tmp_path / "recordings"
            await until(lambda: list(recordings.glob("day/talk*")), "the recording begins")
            alice.start(play(source, "456"))
            await until(lambda: bob.final == ["4 5 6"], lambda: f"{bob.segments} {asr.heard}")
            await meeting.api.room.delete_room(api.DeleteRoomRequest(room=meeting.name))
            stored = await until(lambda: storage.objects.get("/films/day/talk.vtt"), "the captions arrive")
            assert stored.endswith(b"<v alice>4 5 6\n")
            info = await reached(meeting, egress.egress_id, lambda info: "Captions" in info.details)
            assert info.details == "Captions: s3://films/day/talk.vtt."
            assert not list(recordings.glob("day/*.vtt"))
