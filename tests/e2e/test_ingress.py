"""What comes in by RTMP and from URLs is seen and heard by LiveKit's clients."""

import asyncio
import functools
import http.server
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from livekit import api

from tests.ffmpeg_push import push
from tests.running_server import RunningServer, free_port, loopback_config, running_server

from .meeting import Meeting
from .test_bots import film
from .waiting import until

Status = api.IngressState


@pytest.fixture
async def rtmp_server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    config = loopback_config(ingress={"rtmp_port": free_port(socket.SOCK_STREAM)})
    async with running_server(tmp_path, config) as server:
        yield server


@pytest.fixture
async def place(rtmp_server: RunningServer) -> AsyncIterator[Meeting]:
    meeting = Meeting(rtmp_server)
    yield meeting
    await meeting.close()


class Cinema(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; below `/redirect/` it sends on to the URL in a file."""

    def do_GET(self) -> None:
        if not self.path.startswith("/redirect/"):
            super().do_GET()
            return
        self.send_response(302)
        self.send_header("location", Path(self.directory, self.path.removeprefix("/redirect/")).read_text())
        self.send_header("content-length", "0")
        self.end_headers()


def segments(folder: Path) -> None:
    """Cut `film.mp4` into HLS, `film.m3u8`."""
    options = ("-c:a", "copy", "-c:v", "libx264", "-g", "8", "-bf", "0", "-hls_time", "0.5", "-hls_list_size", "0")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(folder / "film.mp4"), *options, str(folder / "film.m3u8")], check=True
    )


TEAL = "color=c=0x008080:size=320x240:rate=15"


async def ingress(meeting: Meeting, **fields: object) -> api.IngressInfo:
    request = api.CreateIngressRequest(
        room_name=meeting.name,
        participant_identity="studio",
        participant_name="Studio",
        **fields,  # type: ignore[arg-type]
    )
    return await meeting.api.ingress.create_ingress(request)


async def state(meeting: Meeting, ingress_id: str) -> api.IngressState:
    [info] = (await meeting.api.ingress.list_ingress(api.ListIngressRequest(ingress_id=ingress_id))).items
    return info.state


async def reached(meeting: Meeting, ingress_id: str, status: "api.IngressState.Status") -> api.IngressState:
    async with asyncio.timeout(20):
        while True:
            now = await state(meeting, ingress_id)
            if now.status == status:
                return now
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("options", [("-tune", "zerolatency"), ("-bf", "2")], ids=["plain", "B-frames"])
async def test_rtmp_is_seen_and_heard_and_ends_with_its_sender(place: Meeting, options: tuple[str, ...]) -> None:
    info = await ingress(place, input_type=api.IngressInput.RTMP_INPUT)
    alice = await place.join("alice")
    url = info.url.replace("localhost", "127.0.0.1")
    async with push(f"{url}/{info.stream_key}", *options, picture=TEAL):
        await alice.sees("studio", (0, 128, 128))
        await alice.hears("studio", 600)
        await until(lambda: alice.speakers == ["studio"], "it is told who speaks")
        now = await reached(place, info.ingress_id, Status.ENDPOINT_PUBLISHING)
        assert {track.mime_type for track in now.tracks} == {"video/H264", "audio/opus"}
    await alice.until("participant_disconnected", "studio")
    await reached(place, info.ingress_id, Status.ENDPOINT_INACTIVE)


async def test_an_unknown_key_is_refused_and_a_deleted_ingress_ends_its_sender(place: Meeting) -> None:
    info = await ingress(place, input_type=api.IngressInput.RTMP_INPUT)
    url = info.url.replace("localhost", "127.0.0.1")
    async with push(f"{url}/guessed") as refused:
        assert await asyncio.wait_for(refused.wait(), 20) != 0
    alice = await place.join("alice")
    async with push(f"{url}/{info.stream_key}", "-tune", "zerolatency", picture=TEAL) as sender:
        await alice.sees("studio", (0, 128, 128))
        await place.api.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=info.ingress_id))
        await alice.until("participant_disconnected", "studio")
        await asyncio.wait_for(sender.wait(), 20)


@pytest.fixture
def cinema(tmp_path: Path) -> Iterator[str]:
    """A web server with a film."""
    film(tmp_path / "film.mp4", "libx264", "aac")
    handler = functools.partial(Cinema, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_a_url_is_played_once(place: Meeting, cinema: str) -> None:
    alice = await place.join("alice")
    info = await ingress(place, input_type=api.IngressInput.URL_INPUT, url=f"{cinema}/film.mp4")
    await alice.sees("studio", (0, 128, 128))
    await until(lambda: alice.picture("studio").frames > 20, lambda: "the film runs", 20)
    await alice.until("participant_disconnected", "studio")
    await reached(place, info.ingress_id, Status.ENDPOINT_COMPLETE)


async def test_hls_is_played_from_its_playlist(place: Meeting, cinema: str, tmp_path: Path) -> None:
    segments(tmp_path)
    alice = await place.join("alice")
    info = await ingress(place, input_type=api.IngressInput.URL_INPUT, url=f"{cinema}/film.m3u8")
    await alice.sees("studio", (0, 128, 128))
    await alice.until("participant_disconnected", "studio")
    await reached(place, info.ingress_id, Status.ENDPOINT_COMPLETE)


@pytest.mark.parametrize("way", ["a redirect", "the first segment", "a later segment", "a key"])
async def test_what_leads_to_a_forbidden_address_is_refused(
    place: Meeting, cinema: str, tmp_path: Path, way: str
) -> None:
    forbidden = "http://169.254.169.254/latest/meta-data"
    segments(tmp_path)
    playlist = tmp_path / "film.m3u8"
    lines = playlist.read_text().splitlines()
    names = [place for place, line in enumerate(lines) if line.endswith(".ts")]
    assert len(names) > 2
    match way:
        case "the first segment":
            lines[names[0]] = f"{forbidden}/film0.ts"
        case "a later segment":
            lines[names[1]] = f"{forbidden}/film1.ts"
        case "a key":
            lines.insert(names[0] - 1, f'#EXT-X-KEY:METHOD=AES-128,URI="{forbidden}/key"')
        case _:
            pass
    playlist.write_text("\n".join(lines) + "\n")
    (tmp_path / "away").write_text(forbidden)
    name = "redirect/away" if way == "a redirect" else "film.m3u8"
    info = await ingress(place, input_type=api.IngressInput.URL_INPUT, url=f"{cinema}/{name}")
    now = await reached(place, info.ingress_id, Status.ENDPOINT_ERROR)
    assert "169.254.169.254 is 169.254.169.254, where this server does not connect to" in now.error


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("{cinema}/missing.mp4", "404"),
        ("http://169.254.169.254/latest/meta-data", "does not connect"),
        ("http://127.0.0.1:1/film.mp4", "refused"),
    ],
    ids=["missing", "metadata", "nobody there"],
)
async def test_a_url_that_cannot_be_played_says_why(place: Meeting, cinema: str, url: str, words: str) -> None:
    info = await ingress(place, input_type=api.IngressInput.URL_INPUT, url=url.format(cinema=cinema))
    now = await reached(place, info.ingress_id, Status.ENDPOINT_ERROR)
    assert words in now.error
    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"{place.server.http_url}/metrics")).text
    assert 'roomful_work_failed_total{kind="ingress"} 1.0' in metrics
