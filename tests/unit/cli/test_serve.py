"""`roomful serve` as a program: how it starts, what it says, and how it ends."""

import asyncio
import importlib.metadata
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from livekit import api
from livekit.protocol import models, rtc
from websockets.asyncio.client import ClientConnection, connect

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from tests.unit.cli.conftest import ServerProgram

Serve = Callable[..., ServerProgram]


def test_without_keys_it_refuses_and_says_why(serve: Serve) -> None:
    server = serve()
    server.wait_for("no API keys: anybody could join, so the server does not start")
    server.wait_for("roomful serve --dev")
    assert server.process.wait(timeout=20) == 2


def test_in_development_it_prints_everything_to_get_in(serve: Serve) -> None:
    server = serve("--dev")
    link = server.wait_for(r"http://127\.0\.0\.1:\d+/r/my-room")[0]
    token = server.wait_for(r"^eyJ[\w-]+\.[\w-]+\.[\w-]+$")[0]
    server.wait_for("Ctrl-C")
    assert re.search(r"API key\s+devkey\s+secret secret", server.printed)
    grant = TokenVerifier({"devkey": "secret"}).verify(token, time.time())
    assert (grant.video.room_join, grant.video.room) == (True, "my-room")
    assert httpx.get(link, headers={"accept": "text/html"}).headers["content-type"].startswith("text/html")
    assert httpx.get(server.url).content == b"OK"


def test_what_is_loaded_is_never_garbage() -> None:
    """In a process of its own: it cannot be undone."""
    program = """
import gc
from roomful.cli.serve import look_for_garbage_less
look_for_garbage_less()
print(gc.isenabled(), gc.get_threshold()[0] > 700, gc.get_freeze_count() > 10 * len(gc.get_objects()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.split() == ["True"] * 3, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(serve: Serve, number: signal.Signals) -> None:
    server = serve("--dev", "--log-format", "json")
    server.wait_for("server started")
    began = time.monotonic()
    assert server.end(number) == 0
    assert time.monotonic() - began < 5.0
    assert '"event": "server stopped"' in server.printed
    assert "Traceback" not in server.printed


def test_a_taken_port_is_one_line(serve: Serve) -> None:
    first = serve("--dev")
    first.wait_for("Ctrl-C")
    second = serve("--dev", port=first.port)
    second.wait_for(f"✗ port {first.port} of 127.0.0.1 .* choose another with --port or `port`")
    assert second.process.wait(timeout=20) == 1
    assert "Traceback" not in second.printed


def test_a_taken_media_port_is_one_line(serve: Serve) -> None:
    first = serve("--dev")
    first.wait_for("Ctrl-C")
    found = re.search(r"UDP (\d+)", first.printed)
    assert found
    second = serve("--dev", f"--rtc.udp_port={found[1]}")
    second.wait_for(rf"✗ port {found[1]} of 127.0.0.1 \(UDP for media\) is taken .* `rtc.udp_port`")
    assert second.process.wait(timeout=20) == 1


def test_a_livekit_file_starts_it_and_keys_without_effect_are_named(serve: Serve, config_file: Path) -> None:
    server = serve("--config", str(config_file), "--log-format", "json")
    server.wait_for("configuration: redis .*: this server needs no Redis")
    server.wait_for("configuration: prot .*: not a key of roomful or LiveKit; did you mean port?")
    server.wait_for("server started")
    assert "a-secret-of" not in server.printed
    assert httpx.post(f"{server.url}/api/token").status_code == 404


async def test_rooms_made_by_the_api_survive_even_a_kill(serve: Serve, config_file: Path) -> None:
    credentials = ("APItest", "a-secret-of-more-than-32-characters")
    first = serve("--config", str(config_file), "--log-format", "json")
    first.wait_for("server started")
    egress = api.RoomEgress(tracks=api.AutoTrackEgress(filepath="x/{track_id}"))
    async with api.LiveKitAPI(first.url, *credentials) as client:
        made = await client.room.create_room(api.CreateRoomRequest(name="meet", empty_timeout=600, egress=egress))
        await client.room.update_room_metadata(api.UpdateRoomMetadataRequest(room="meet", metadata="kept"))
    first.end(signal.SIGKILL)
    second = serve("--config", str(config_file), "--log-format", "json")
    second.wait_for('"rooms": 1')
    async with api.LiveKitAPI(second.url, *credentials) as client:
        [room] = (await client.room.list_rooms(api.ListRoomsRequest())).rooms
    assert (room.sid, room.metadata, room.empty_timeout) == (made.sid, "kept", 600)
    assert room.creation_time == made.creation_time


def test_with_a_self_signed_certificate_it_serves_https(serve: Serve, tmp_path: Path) -> None:
    server = serve("--dev", "--tls", "self-signed", "--data-dir", str(tmp_path))
    server.wait_for(r"https://127\.0\.0\.1")
    server.wait_for("Ctrl-C")
    url = server.url.replace("http", "https")
    assert httpx.get(url, verify=str(tmp_path / "tls" / "self-signed.crt")).content == b"OK"


def test_a_certificate_that_is_not_there_is_one_line(serve: Serve, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")
    server = serve("--dev", "--tls-cert", missing, "--tls-key", missing)
    server.wait_for("✗ the TLS certificate cannot be used")
    assert server.process.wait(timeout=20) == 1


def test_the_program_knows_its_version() -> None:
    printed = subprocess.run([sys.executable, "-m", "roomful", "--version"], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == importlib.metadata.version("roomful")


async def test_clients_are_told_that_the_server_stops(serve: Serve) -> None:
    server = serve("--dev", "--log-format", "json")
    server.wait_for("server started")
    video = VideoGrant(room_join=True, room="meet")
    token = mint(Grant(identity="alice", video=video), "devkey", "secret", 60, time.time())
    async with connect(f"ws://127.0.0.1:{server.port}/rtc?access_token={token}&protocol=16") as socket:
        assert (await next_response(socket)).WhichOneof("message") == "join"
        server.process.send_signal(signal.SIGTERM)
        while (response := await next_response(socket)).WhichOneof("message") != "leave":
            pass
    assert response.leave.reason == models.DisconnectReason.SERVER_SHUTDOWN
    assert server.process.wait(timeout=10) == 0


async def next_response(socket: ClientConnection) -> rtc.SignalResponse:
    message = await asyncio.wait_for(socket.recv(), 10)
    assert isinstance(message, bytes)
    return rtc.SignalResponse.FromString(message)
