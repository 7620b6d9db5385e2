"""What comes in by RTMP and from URLs is seen and heard by LiveKit's clients."""

import asyncio
import contextlib
import functools
import http.server
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from livekit import api

from tests.running_server import RunningServer, free_port, loopback_config, running_server

from .meeting import Meeting
from .test_bots import film
from .waiting import until

FFMPEG = shutil.which("ffmpeg") or ""
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


@contextlib.asynccontextmanager
async def push(url: str, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg as an encoder would be set up: teal and a tone of 600 Hz."""
    if not FFMPEG:
        pytest.skip("ffmpeg is not installed")
    process = await asyncio.create_subprocess_exec(
        *(FFMPEG, "-loglevel", "error", "-re", "-f", "lavfi", "-i", "color=c=0x008080:size=320x240:rate=15"),
        *("-f", "lavfi", "-i", "sine=frequency=600:sample_rate=44100", "-af", "volume=4"),
        *("-c:v", "libx264", "-preset", "veryfast", "-g", "15", "-pix_fmt", "yuv420p", *options),
        *("-c:a", "aac", "-f", "flv", url),
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


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
    async with push(f"{url}/{info.stream_key}", *options):
        await alice.sees("studio", (0, 128, 128))
        await alice.hears("studio", 600)
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
    async with push(f"{url}/{info.stream_key}", "-tune", "zerolatency") as sender:
        await alice.sees("studio", (0, 128, 128))
        await place.api.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=info.ingress_id))
        await alice.until("participant_disconnected", "studio")
        await asyncio.wait_for(sender.wait(), 20)


@pytest.fixture
def cinema(tmp_path: Path) -> Iterator[str]:
    """A web server with a film."""
    film(tmp_path / "film.mp4", "libx264", "aac")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
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
