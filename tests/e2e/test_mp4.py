"""Streams are recorded one by one over HTTP, and fetched. specs/monibuca-rooms.md §10.4."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from livekit import api

from tests.running_server import RunningServer, loopback_config, running_server

from .meeting import Meeting, open_to_all
from .room_client import room_client
from .waiting import until_seen

pytestmark = pytest.mark.timeout(120)

STRANGER = {"origin": "https://elsewhere.example"}
"""A page of another site, which is no program of this machine."""


@dataclass
class Archive:
    server: RunningServer
    http: httpx.AsyncClient
    meeting: Meeting

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        answer = await self.http.request(method, f"/mp4{path}", **options)
        body = answer.json()
        return answer.status_code, body if "code" not in body else body["code"] or body["data"]

    def token(self, **rights: Any) -> dict[str, str]:
        grants = api.VideoGrants(room=self.meeting.name, **rights)
        token = api.AccessToken(self.server.api_key, self.server.api_secret).with_identity("ann").with_grants(grants)
        return {**STRANGER, "authorization": f"Bearer {token.to_jwt()}"}


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    config = loopback_config(egress={"output_directory": str(tmp_path / "recordings")}, room={"auth": {"mode": "none"}})
    async with (
        running_server(tmp_path, config) as server,
        httpx.AsyncClient(base_url=server.http_url, timeout=30) as http,
        open_to_all(server) as meeting,
    ):
        yield Archive(server, http, meeting)


async def test_a_stream_is_recorded_from_start_to_stop(archive: Archive) -> None:
    room = archive.meeting.name
    stream = f"room/{room}/alice"
    async with room_client(archive.server.ws_url, room) as host:
        await host.join("host")
        assert await archive.ask("POST", f"/start/{stream}") == (404, 40402), "nobody of that name is here"
        alice = await archive.meeting.join("alice")
        assert await archive.ask("POST", f"/start/{stream}") == (404, 40404), "and nothing is sent"
        await alice.publish_tone()
        await host.until("stream_published", user_id="alice")

        for status in ("started", "already_recording"):
            assert await archive.ask("POST", f"/start/{stream}") == (200, {"status": status, "stream": stream})
        told = await host.until("recording_state")
        assert (told["recording"], told["target"], told["by"]) == (True, stream, "admin")
        async with room_client(archive.server.ws_url, room) as late:
            assert (await late.join("late"))["room"]["recording_targets"] == [stream]
            assert (await late.until("recording_state"))["target"] == stream
        _, running = await until_seen(
            lambda: archive.ask("GET", "/files", params={"room_id": room}),
            lambda seen: bool(seen[1]["recordings"]),
            "a file in the list",
        )
        (recording,) = running["recordings"]
        assert (recording["user_id"], recording["stream_path"]) == ("alice", stream)
        assert await archive.ask("GET", f"/files/{recording['id']}") == (404, 40404), "it is not finished"

        assert await archive.ask("POST", f"/stop/{stream}") == (200, {"status": "stopped", "stream": stream})
        assert (await host.until("recording_state"))["files"] == [recording["id"]]
        assert await archive.ask("POST", f"/stop/{stream}") == (404, 40404)

    _, done = await until_seen(
        lambda: archive.ask("GET", "/files", params={"room_id": room, "stream": stream}),
        lambda seen: seen[1]["recordings"][0]["status"] == "complete",
        "a complete file",
    )
    (recording,) = done["recordings"]
    host_token, member_token = archive.token(room_admin=True), archive.token(room_join=True)
    film = await archive.http.get(f"/mp4/files/{recording['id']}", headers=host_token)
    assert film.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(film.content), mode="r") as container:
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert seconds == pytest.approx(recording["duration"], abs=0.5)
    for headers, refusal in ((member_token, (403, 40301)), (STRANGER, (401, 40101))):
        assert await archive.ask("GET", f"/files/{recording['id']}", headers=headers) == refusal
        assert await archive.ask("GET", "/files", params={"room_id": room}, headers=headers) == refusal
        assert await archive.ask("POST", f"/start/{stream}", headers=headers) == refusal


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("POST", "/start/live/camera01", (400, 40003)),
        ("POST", "/start/room/x", (400, 40003)),
        ("POST", "/start/room/nowhere/alice", (404, 40401)),
        ("POST", "/stop/room/nowhere/alice/screen", (404, 40401)),
        ("GET", "/files/nothing.mp4", (404, 40404)),
        ("GET", "/files/%2e%2e/%2e%2e/etc/passwd", (404, 40404)),
        ("GET", "/files", (400, 40003)),
    ],
)
async def test_what_cannot_be_recorded_or_fetched(
    roomful_server: RunningServer, method: str, path: str, refusal: tuple[int, int]
) -> None:
    async with httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http:
        request = http.build_request(method, "/mp4")
        request.url = request.url.copy_with(raw_path=f"/mp4{path}".encode())
        answer = await http.send(request)
    assert (answer.status_code, answer.json()["code"]) == refusal
