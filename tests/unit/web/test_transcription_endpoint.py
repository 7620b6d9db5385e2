"""Transcriptions started and stopped over HTTP and from the terminal."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import httpx
import pytest

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.cli import main, output
from roomful.media.ports.transcriber import TranscriptionPlan
from roomful.media.ports.transcription import Transcriptions, TranscriptionSettings
from roomful.rooms.options import RoomOptions
from roomful.web.api import api
from roomful.web.asgi import Application
from roomful.web.server import WebServer
from roomful.web.sockets import listen
from roomful.web.transcription_endpoint import transcription_endpoints
from tests.venue import Venue

KEY, SECRET = "devkey", "secret"
"""Those of `--dev`, which the terminal knows."""
OF_THE_ROOM = VideoGrant(room_admin=True, room="standup")


class Office(Venue):
    """Rooms that may be transcribed, and where they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        plan = TranscriptionPlan(room="", url="http://127.0.0.1:9/v1")
        self.transcriptions = Transcriptions(self.engine, TranscriptionSettings(plan=plan, max_active=1))
        self.url = ""


@pytest.fixture(params=[True])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    place = Office()
    transcriptions = place.transcriptions if request.param else None
    handlers = transcription_endpoints(place.rooms, transcriptions, TokenVerifier({KEY: SECRET}))
    web = WebServer(cast(Application, api([*handlers])), listen(["127.0.0.1"], 0))
    await web.start()
    place.url = f"http://127.0.0.1:{web.port}"
    yield place
    await web.stop(1.0)
    await place.transcriptions.close(5.0)


async def ask(
    office: Office, method: str, path: str, video: VideoGrant | None = OF_THE_ROOM, **request: Any
) -> httpx.Response:
    headers: dict[str, str] = {}
    if video is not None:
        headers["authorization"] = f"Bearer {mint(Grant(identity='x', video=video), KEY, SECRET, 60, time.time())}"
    async with httpx.AsyncClient(base_url=office.url, headers=headers) as http:
        return await http.request(method, f"/api/transcription{path}", **request)


async def test_a_room_is_transcribed_until_it_is_stopped(office: Office) -> None:
    _ = office.room
    started = await ask(office, "POST", "/start", json={"room": "standup", "language": "de"})
    assert (started.status_code, started.json()["state"]) == (200, "waiting")
    assert office.room.transcription.running
    again = await ask(office, "POST", "/start", json={"room": "standup"})
    assert again.status_code == 200
    assert (await ask(office, "GET", "", params={"room": "standup"})).json()["service"] == "unused"
    assert (await ask(office, "POST", "/stop", json={"room": "standup"})).status_code == 200
    async with asyncio.timeout(5):
        while (await ask(office, "GET", "", params={"room": "standup"})).json()["state"] != "aborted":
            pass
    assert not office.room.transcription.running


@pytest.mark.parametrize(
    "video",
    [
        VideoGrant(room_admin=True, room="other"),
        VideoGrant(room_join=True, room="standup"),
        VideoGrant(room_admin=True),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/start"), ("POST", "/stop"), ("GET", "")])
async def test_other_tokens_are_refused(office: Office, video: VideoGrant, method: str, path: str) -> None:
    _ = office.room
    request = {"params": {"room": "standup"}} if method == "GET" else {"json": {"room": "standup"}}
    assert (await ask(office, method, path, video, **request)).status_code == 403
    assert (await ask(office, method, path, None, **request)).status_code == 401
    assert not office.room.transcription.running


async def test_who_may_record_may_transcribe_any_room(office: Office) -> None:
    _ = office.room
    answer = await ask(office, "POST", "/start", VideoGrant(room_record=True), json={"room": "standup"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/start", {"room": "nowhere"}, 404),
        ("/stop", {"room": "nowhere"}, 404),
        ("/stop", {"room": "standup"}, 404),
        ("/start", {}, 400),
        ("/start", {"room": 5}, 400),
        ("/start", {"room": "standup", "language": "x" * 100}, 400),
        ("/start", [], 400),
    ],
)
async def test_what_makes_no_sense_is_refused(office: Office, path: str, body: object, status: int) -> None:
    _ = office.room
    assert (await ask(office, "POST", path, VideoGrant(room_record=True), json=body)).status_code == status


async def test_there_are_no_more_than_allowed(office: Office) -> None:
    office.rooms.create("other", RoomOptions(), time.time())
    _ = office.room
    everything = VideoGrant(room_record=True)
    await ask(office, "POST", "/start", everything, json={"room": "other"})
    refused = await ask(office, "POST", "/start", everything, json={"room": "standup"})
    assert (refused.status_code, refused.json()["detail"]) == (429, "too many rooms are being transcribed: at most 1")


@pytest.mark.parametrize("office", [False], indirect=True)
async def test_without_a_recognizer_it_says_what_to_do(office: Office) -> None:
    _ = office.room
    refused = await ask(office, "POST", "/start", json={"room": "standup"})
    assert refused.status_code == 409
    assert "transcription.url" in refused.json()["detail"]


@pytest.fixture
def terminal(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., "asyncio.Future[str]"]:
    """Run `roomful transcribe` beside the server's event loop; gives what it printed."""
    for variable in [name for name in os.environ if name.startswith(("ROOMFUL_", "LIVEKIT_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(output.out, "_width", 200)

    def run(*arguments: str) -> str:
        capsys.readouterr()
        with contextlib.suppress(SystemExit):
            main(["transcribe", *arguments, "--dev", "--url", office.url])
        printed = capsys.readouterr()
        return printed.out + printed.err

    return lambda *arguments: asyncio.ensure_future(asyncio.to_thread(run, *arguments))


async def test_the_terminal_does_it_too(office: Office, terminal: Callable[..., "asyncio.Future[str]"]) -> None:
    _ = office.room
    assert await terminal("status", "standup") == "✗ the server refuses: this room is not transcribed\n"
    assert await terminal("start", "standup", "--language", "de") == "✓ standup is being transcribed\n"
    assert json.loads(await terminal("status", "standup", "--json"))["state"] == "waiting"
    assert "service" in await terminal("status", "standup")
    assert await terminal("stop", "standup") == "✓ standup is transcribed no longer\n"
    assert await terminal("start", "nowhere") == "✗ the server refuses: requested room does not exist\n"
