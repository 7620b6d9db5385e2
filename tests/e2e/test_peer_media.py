"""`roomful p2p publish` and `watch`: films and patterns from one process to another, and to a stock peer."""

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import pytest

from tests import qr_code
from tests.e2e.peers import PATIENCE, STOCK, Peer, stock_peer

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a picture in a codec that no peer takes."""
    path = tmp_path_factory.mktemp("films") / "film.mkv"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("mpeg4", 10)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for _ in range(20):
            container.mux(video.encode(av.VideoFrame(320, 180, "yuv420p")))
        container.mux(video.encode(None))
    return path


def guest(command: str, ready: dict[str, Any], *arguments: str) -> Peer:
    return Peer.roomful(command, ready["ticket"], "--peer", ready["peer"], *arguments)


def test_a_pattern_is_seen_heard_and_recorded(tmp_path: Path) -> None:
    with Peer.roomful("publish", "--name", "Ada") as ada:
        ready = ada.expect("ready")
        assert ada.expect("publishing")["tracks"] == ["video/h264-360p", "audio/opus-hq"]
        with guest("watch", ready, "--every", "0.5", "--seconds", "6", "--output", str(tmp_path)) as ben:
            ben.expect("peer_joined", display_name="Ada")
            seen = ben.expect("seen", broadcast="camera", width=640, height=360)
            while not (seen["pictures"] and seen["peak"] > 0.2):  # it beeps once in a second
                seen = ben.expect("seen", broadcast="camera")
            assert not seen["broken"]
            recorded = ben.expect("recorded", remote=ready["id"])
            assert ben.process.wait(PATIENCE) == 0
    with av.open(str(recorded["file"]), "r") as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert sum(1 for _ in container.decode(video=0)) > 10


def test_a_film_is_encoded_for_peers_and_the_peer_leaves_at_its_end(film: Path) -> None:
    with Peer.roomful("new") as host:
        ready = host.expect("ready")
        with guest("watch", ready, "--every", "0.2") as viewer, guest("join", ready) as other:
            viewer.expect("peer_joined")
            with guest("publish", ready, "--file", str(film), "--loop") as ada:
                assert ada.expect("publishing")["tracks"] == ["video/h264-180p"]
                viewer.expect("seen", width=320, height=180)
            with guest("publish", ready, "--file", str(film), "--name", "Eve") as eve:
                eve.expect("publishing")
                assert eve.process.wait(PATIENCE) == 0
                gone = other.expect("peer_joined", display_name="Eve")["remote"]
                other.expect("peer_left", remote=gone)


def test_only_the_one_asked_for_is_watched() -> None:
    with Peer.roomful("publish", "--width", "320", "--height", "180") as ada:
        ready = ada.expect("ready")
        with guest("publish", ready, "--width", "640") as bob:
            wanted = bob.expect("ready")["id"]
            with guest("watch", ready, "--every", "0.3", "--of", wanted[:12]) as viewer:
                viewer.expect("broadcast_subscribed", remote=ready["id"], broadcast="camera")
                for _ in range(4):
                    assert viewer.expect("seen")["remote"] == wanted


@pytest.mark.timeout(240)
@pytest.mark.skipif(stock_peer() is None, reason=f"no {STOCK} in the folder of ROOMFUL_PEERS")
def test_a_stock_peer_decodes_what_is_published_and_is_watched_itself() -> None:
    path = stock_peer()
    assert path is not None
    with Peer.roomful("publish", "--name", "Ada") as ada:
        ready = ada.expect("ready")
        arguments = ["--ticket", ready["ticket"], "--peer", ready["peer"], "--decode", "--publish-test-av"]
        with guest("watch", ready, "--every", "0.3") as viewer, Peer(path, *arguments) as bob:
            remote = bob.expect("ready")["id"]
            bob.expect("video_frame")
            bob.expect("audio")
            # A stock peer says once what it has; who missed that hears of it by the next exchange, within a minute.
            seen = viewer.expect("seen", within=90, remote=remote, broadcast="cam")
            while not (seen["pictures"] and seen["sounds"]):
                seen = viewer.expect("seen", remote=remote, broadcast="cam")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["publish", "--loop"], "--file"),
        (["publish", "--file", "/nowhere/film.mp4"], "/nowhere/film.mp4 cannot be played"),
        (["publish", "--width", "17"], "no pattern of 17x360"),
        (["watch", "room"], "this is no ticket"),
        (["watch"], "which room?"),
        (["watch", "room", "--every", "0"], "above 0"),
        (["watch", "room", "--output", "/nowhere"], "no folder"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(arguments: list[str], words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IROH")}
    command = [sys.executable, "-m", "roomful", "p2p", *arguments, "--offline"]
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert refused.returncode == 1
    assert words in " ".join(refused.stderr.split())


def test_people_are_told_of_nothing_but_the_room() -> None:
    with Peer.roomful("new") as host:
        ready = host.expect("ready")
        arguments = [ready["ticket"], "--peer", ready["peer"], "--offline", "--bind", "127.0.0.1:0", "--seconds", "2"]
        command = [sys.executable, "-m", "roomful", "p2p", "publish", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        host.expect("peer_left")
    assert (done.returncode, done.stderr) == (0, "")
    assert "publishing camera: video/h264-360p, audio/opus-hq" in done.stdout


def test_the_code_that_is_drawn_on_a_terminal_is_the_ticket() -> None:
    terminal, slave = pty.openpty()
    command = [sys.executable, "-m", "roomful", "p2p", "new", "--offline", "--bind", "127.0.0.1:0"]
    environment = {**os.environ, "COLUMNS": "400"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as host:
        os.close(slave)
        try:
            shown = b""
            while (code := qr_code.drawn(shown.decode(errors="ignore"))) is None:
                assert select.select([terminal], [], [], PATIENCE)[0], shown
                shown += os.read(terminal, 65536)
        finally:
            host.kill()
            os.close(terminal)
    ticket = re.search(r"ticket\s+(room[a-z2-7]+)\s*\n", shown.decode(errors="ignore"))
    assert ticket is not None
    assert qr_code.read(code) == ticket[1]
