"""Live streams over HTTP: who may send up, what is said back, and what can be had, and waited for."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import RoomSignalsAuthConfig
from roomful.protocols.room_signals.bearers import Bearers
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.uploads.livestreams import Livestreams
from roomful.web.gateway import Gateway
from roomful.web.livestreams import MAX_BODY_BYTES, LivestreamsApplication, open_store
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

from .conftest import Recorder

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"
USER, RID = "ali ce/ü", "show"
UP, DOWN = "/data/ali%20ce%2F%C3%BC/show", "/live/ali%20ce%2F%C3%BC/show"


@dataclass
class Person:
    subject: str | None = None


@dataclass(eq=False)
class Streamer:
    """What a session is here."""

    room: "Broadcast"
    user_id: str = USER
    person: Person = field(default_factory=Person)
    sending: bool = False
    ended: bool = False


@dataclass(eq=False)
class Broadcast:
    """What a room is here."""

    name: str = RID
    channel: Channel = Channel.P2M
    owner: Streamer | None = None

    def set_publishing(self, session: Streamer, sending: bool, now: float) -> None:
        session.sending = sending


@dataclass
class Stage:
    http: httpx.AsyncClient
    room: Broadcast
    streamer: Streamer
    livestreams: Livestreams
    count: int = 0

    async def send(self, action: str, *, path: str = UP, message_id: str = "", **payload: Any) -> httpx.Response:
        self.count += 1
        message = {
            "action": action,
            "version": 1,
            "id": message_id or str(self.count),
            "timestamp": str(round(time.time() * 1000) - 5000),
            "payload": {"playlist": {"id": "playlist", "version": 9}, **payload},
        }
        return await self.http.post(path, json=message)

    async def variant(self, **more: Any) -> httpx.Response:
        variant = {"id": "v", "codecs": "avc1", "bandwidth": 5, "targetDuration": 1, "targetPartDuration": 0.5}
        section = {"map": {"id": "init.mp4", "data": base64.b64encode(b"init").decode()}}
        return await self.send("updateVariant", variant=variant, segment=section, **more)

    async def part(self, segment: int, part: int, data: bytes = b"", **more: Any) -> httpx.Response:
        return await self.send(
            "updatePart",
            variant={"id": "v"},
            segment={"id": f"{segment}.m4s", "sequence": segment, "duration": 1.0},
            part={
                "id": f"{segment}.{part}.m4s",
                "sequence": part,
                "duration": 0.5,
                "data": base64.b64encode(data or b"%d.%d " % (segment, part)).decode(),
            },
            **more,
        )


@pytest.fixture(params=["memory", "folder"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory:///" if request.param == "memory" else f"file://{tmp_path}/live"


@pytest.fixture
async def stage(storage: str) -> AsyncIterator[Stage]:
    room = Broadcast()
    streamer = room.owner = Streamer(room)
    livestreams = Livestreams()
    livestreams.find_room = lambda rid: room if rid == RID else None  # type: ignore[assignment,return-value]
    bearers = Bearers(RoomSignalsAuthConfig(mode="keys"), TokenVerifier({KEY: SECRET}))
    application = LivestreamsApplication(livestreams, bearers, open_store(storage))
    nothing = Recorder("nothing")
    gateway = Gateway(signal=nothing, twirp=nothing, api=nothing, pages=Pages(), known=(application,))
    web = WebServer(gateway, listen(["127.0.0.1"], 0))
    await web.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", timeout=30) as http:
        yield Stage(http, room, streamer, livestreams)
    await web.stop(1.0)
    await application.close()


async def test_what_is_sent_up_can_be_had(stage: Stage) -> None:
    answer = await stage.variant()
    assert answer.status_code == 200
    body = answer.json()
    assert (body["c"], body["b"]["id"]) == (200, "1")
    assert 5000 <= body["b"]["delay"] < 60_000
    assert stage.streamer.sending, "the list says that media comes"
    for number in range(3):
        assert (await stage.part(0, number)).status_code == 200
    await stage.part(1, 0)

    master = await stage.http.get(f"{DOWN}/playlist.m3u8")
    assert master.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert master.text.splitlines()[-1] == "v.m3u8"
    playlist = await stage.http.get(f"{DOWN}/v.m3u8")
    assert '#EXT-X-PART:DURATION=0.5,URI="1.0.m4s"' in playlist.text.splitlines()
    for name, data in {"init.mp4": b"init", "1.0.m4s": b"1.0 ", "0.m4s": b"0.0 0.1 0.2 "}.items():
        piece = await stage.http.get(f"{DOWN}/{name}")
        assert (piece.status_code, piece.content, piece.headers["content-type"]) == (200, data, "video/mp4")
    assert (await stage.http.head(f"{DOWN}/0.m4s")).headers["content-length"] == "12"


async def test_a_playlist_that_is_waited_for_comes_with_its_part(stage: Stage) -> None:
    await stage.variant()
    await stage.part(0, 0)
    asked = asyncio.create_task(stage.http.get(f"{DOWN}/v.m3u8?_HLS_msn=0&_HLS_part=1"))
    other = asyncio.create_task(stage.http.get(f"{DOWN}/v.m3u8?_HLS_msn=0"))
    assert (await stage.http.get(f"{DOWN}/v.m3u8?_HLS_msn=0&_HLS_part=0")).status_code == 200
    assert not asked.done()
    await stage.part(0, 1)
    assert '"0.1.m4s"' in (await asked).text
    assert not other.done()
    await stage.part(1, 0)
    assert "0.m4s" in (await other).text.splitlines()


async def test_who_waits_too_long_is_told_to_try_again(stage: Stage) -> None:
    await stage.variant()
    await stage.part(0, 0)
    assert (await stage.http.get(f"{DOWN}/v.m3u8?_HLS_msn=1")).status_code == 503


async def test_who_waits_at_the_end_gets_the_end(stage: Stage) -> None:
    await stage.variant()
    await stage.part(0, 0)
    asked = asyncio.create_task(stage.http.get(f"{DOWN}/v.m3u8?_HLS_msn=1"))
    await stage.http.get(f"{DOWN}/v.m3u8")
    stage.livestreams.ended(stage.room, time.time())  # type: ignore[arg-type]
    assert (await asked).text.splitlines()[-1] == "#EXT-X-ENDLIST"


@pytest.mark.parametrize("query", ["_HLS_msn=9", "_HLS_msn=x", "_HLS_part=1", "_HLS_msn=-1", "_HLS_msn=1&_HLS_part=x"])
async def test_what_nobody_could_know_of_is_not_waited_for(stage: Stage, query: str) -> None:
    await stage.variant()
    await stage.part(0, 0)
    assert (await stage.http.get(f"{DOWN}/v.m3u8?{query}")).status_code == 400


async def test_a_repeated_message_is_answered_as_before_and_ignored(stage: Stage) -> None:
    await stage.variant()
    first = await stage.part(0, 0, message_id="same")
    again = await stage.part(0, 1, message_id="same")
    assert (again.status_code, again.json()) == (200, first.json())
    assert "0.1.m4s" not in (await stage.http.get(f"{DOWN}/v.m3u8")).text


async def test_after_the_end_the_same_place_can_have_another_stream(stage: Stage) -> None:
    await stage.variant()
    await stage.part(8, 0)
    stage.livestreams.ended(stage.room, time.time())  # type: ignore[arg-type]
    await stage.variant()
    await stage.part(0, 0)
    playlist = (await stage.http.get(f"{DOWN}/v.m3u8")).text
    assert "#EXT-X-MEDIA-SEQUENCE:0" in playlist
    assert "#EXT-X-ENDLIST" not in playlist


async def test_signals_that_make_no_sense_are_refused(stage: Stage) -> None:
    for body in (b"", b"[]", b"{}"):
        answer = await stage.http.post(UP, content=body)
        assert (answer.status_code, answer.json()["c"]) == (400, 2001)
    assert (await stage.part(0, 0)).json()["c"] == 2001, "there is no variant"
    answer = await stage.http.post(UP, content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["c"]) == (413, 2001)
    assert not stage.streamer.sending


async def test_only_the_streamer_may_send_up(stage: Stage) -> None:
    answer = await stage.send("updateVariant", path="/data/alice/nowhere")
    assert (answer.status_code, answer.json()["c"]) == (404, 4001)
    answer = await stage.send("updateVariant", path="/data/mallory/show")
    assert (answer.status_code, answer.json()["c"]) == (403, 4051)
    stage.room.channel = Channel.M2M
    assert (await stage.variant()).json()["c"] == 4001
    stage.room.channel, stage.room.owner = Channel.P2M, None
    assert (await stage.variant()).json()["c"] == 4051


async def test_who_joined_by_a_token_needs_it_here_too(stage: Stage) -> None:
    stage.streamer.person.subject = USER
    assert (await stage.variant()).status_code == 401
    for identity, status in ((USER, 200), ("mallory", 403)):
        grant = Grant(identity=identity, video=VideoGrant(room_join=True, room=RID))
        token = mint(grant, KEY, SECRET, 60, time.time())
        stage.http.headers["authorization"] = f"Bearer {token}"
        assert (await stage.variant()).status_code == status


async def test_what_is_not_there_is_not_found(stage: Stage) -> None:
    await stage.variant()
    for name in ("x.m3u8", "x.m4s", "../init.mp4", ""):
        assert (await stage.http.get(f"{DOWN}/{name}")).status_code == 404
    assert (await stage.http.get("/live/nobody/show/playlist.m3u8")).status_code == 404
    assert (await stage.http.delete(f"{DOWN}/v.m3u8")).status_code == 405
    assert (await stage.http.get(UP)).status_code == 405


async def test_pieces_are_deleted_when_the_stream_is_over(stage: Stage) -> None:
    await stage.variant()
    await stage.part(0, 0)
    stage.livestreams.ended(stage.room, time.time() - 61)  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        while (await stage.http.get(f"{DOWN}/init.mp4")).status_code != 404:  # noqa: ASYNC110 - it looks over HTTP
            await asyncio.sleep(0.05)


def test_storage_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        open_store("nonsense://x")
