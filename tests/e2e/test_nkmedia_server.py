"""A server of the NkMEDIA API's own: TCP, files, the console, and very many rooms."""

import asyncio
import functools
import http.server
import json
import os
import shutil
import socket
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import pytest_asyncio
from av.error import FFmpegError

from tests.rtc import Peer, Picture, Tone, peers
from tests.running_server import RunningServer, free_port, loopback_config, running_server

from .conference import Plain, Sine, callers
from .nkmedia_client import NkMediaClient, listen, nkmedia_client, publish
from .showing import BLUE, RED
from .test_bots import film, tone
from .waiting import WITHIN, until, until_seen

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]

ROOMS = 10_000
PASSWORD = "right"
TEAL = (0, 128, 128)


@dataclass
class Place:
    """The server, its TCP port, and where its films are."""

    server: RunningServer
    tcp_port: int
    films: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder, port = tmp_path_factory.mktemp("nkmedia"), free_port(socket.SOCK_STREAM)
    films = folder / "data" / "films"
    films.mkdir(parents=True)
    settings = {"users": {"ann": PASSWORD}, "tcp_listen": f"127.0.0.1:{port}"}
    async with running_server(folder, loopback_config(nkmedia=settings)) as server:
        yield Place(server, port, films)


@pytest_asyncio.fixture(loop_scope="module")
async def backend(place: Place) -> AsyncIterator[NkMediaClient]:
    async with nkmedia_client(place.server.ws_url, "ann", password=PASSWORD) as client:
        yield client


@pytest.mark.parametrize("by_length", [True, False])
async def test_the_same_replies_by_tcp(place: Place, backend: NkMediaClient, by_length: bool) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", place.tcp_port)

    async def ask(subclass: str, cmd: str, tid: int, **data: Any) -> Any:
        class_name = "core" if subclass == "user" else "media"
        request = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": data, "tid": tid}
        text = json.dumps(request).encode()
        writer.write(len(text).to_bytes(4) + text if by_length else text + b"\n")
        while True:
            async with asyncio.timeout(WITHIN):
                if by_length:
                    answer = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
                else:
                    answer = await reader.readline()
            message = json.loads(answer)
            if message.get("tid") == tid and "result" in message:
                return message

    name = f"by-tcp-{by_length}"
    assert (await ask("user", "login", 1, user="ann", password=PASSWORD))["result"] == "ok"
    made = {"class": "sfu", "room_id": name}
    assert await ask("room", "create", 2, **made) == {"result": "ok", "data": {"room_id": name}, "tid": 2}
    refusal = {"code": 304002, "error": "Room already exists"}
    assert await ask("room", "create", 3, **made) == {"result": "error", "data": refusal, "tid": 3}
    info = await ask("room", "info", 4, room_id=name)
    assert info["data"] == await backend.ok("media/room/info", room_id=name)
    assert await ask("room", "destroy", 5, room_id=name) == {"result": "ok", "tid": 5}
    writer.close()


async def test_a_recording_is_played_to_a_listener(place: Place, backend: NkMediaClient) -> None:
    async with peers(3) as (red, blue, viewer):
        recorded = await publish(backend, "studio", red.send(Picture(RED), Tone(450)), create_room=True, record=True)
        live = await publish(backend, "studio", blue.send(Picture(BLUE), Tone(700)))
        listener = await listen(backend, live, viewer)
        await viewer.sees(BLUE)
        path = place.films.parent / "recordings" / f"{recorded}_p0000.webm"
        await until(lambda: path.is_file() and path.stat().st_size > 8_000, f"something in {path}")
        await backend.ok("media/session/recorder_action", session_id=recorded, action="stop")
        await until(lambda: frames_of(path, "video") > 5 and frames_of(path, "audio") > 5, f"{path} to be whole")
        shutil.copy(path, place.films / "film.webm")
        action: dict[str, Any] = {"session_id": listener, "action": "start", "uri": "film.webm"}
        assert (await backend.ok("media/session/player_action", **action))["uri"].endswith("/films/film.webm")
        await viewer.sees(RED, still=True)
        await viewer.sees(BLUE, still=True)  # as the film is over
        kinds: list[str] = []
        while kinds.count("listen") < 2:
            kinds.append((await backend.event("session", "type", listener))["body"]["type"])
        assert kinds == ["listen", "play", "listen"]


async def test_a_conference_is_recorded_with_a_film_played_into_it(place: Place, backend: NkMediaClient) -> None:
    tone(place.films / "music.wav", 0.4, seconds=60)
    async with callers(backend, (Sine(400), Plain(RED)), (Sine(700), Plain(BLUE))) as (red, blue):
        room_id = f"conference {uuid.uuid4().hex[:8]}"
        for one in (red, blue):
            await one.call("mcu", room_id=room_id)
        await red.hears(700)
        path = Path((await red.act("record_start"))["uri"].removeprefix("file://"))
        assert path == place.films.parent / "recordings" / f"{room_id.replace(' ', '_')}_p0000.webm"
        assert (await red.act("play", uri="music.wav"))["uri"].endswith("/films/music.wav")
        await red.hears(500, 700)
        await blue.hears(400, 500)
        await until(lambda: path.is_file() and path.stat().st_size > 60_000, f"something in {path}")
        await red.act("play_stop")
        await red.act("record_stop")
        await until(lambda: frames_of(path, "video") > 5 and frames_of(path, "audio") > 50, f"{path} to be whole")
    heard = tones_of(path, (300, 400, 500, 700))
    assert min(heard[hertz] for hertz in (400, 500, 700)) > 5 * heard[300], f"all are in one sound: {heard}"


@pytest.fixture
def cinema(tmp_path: Path) -> Iterator[str]:
    """A web server with a film, `film.webm`."""
    film(tmp_path / "film.webm", "libvpx", "libopus", seconds=2)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_films_are_played_to_a_client_in_no_room(place: Place, backend: NkMediaClient, cinema: str) -> None:
    film(place.films / "film.mp4", "libx264", "aac", seconds=2)
    async with peers(2) as (first, second):
        offered = {"type": "play", "uri": "film.mp4", "loops": 0, "offer": {"sdp": await first.watch().offer()}}
        made = await backend.ok("media/session/create", **offered, wait_reply=True)
        await first.accept(made["answer"]["sdp"])
        await first.sees(TEAL)
        await first.hears(500)
        await _is_controlled(backend, made["session_id"], first)
        url = f"{cinema}/film.webm"
        asked = await backend.ok("media/session/create", type="play", uri=url, loops=2, wait_reply=True)
        answer = await second.answer(asked["offer"]["sdp"])
        await backend.ok("media/session/set_answer", session_id=asked["session_id"], answer={"sdp": answer})
        await second.sees(TEAL)
        await second.hears(500)
        kinds: list[str] = []
        while "park" not in kinds:
            kinds.append((await backend.event("session", "type", asked["session_id"]))["body"]["type"])
        (place.films / "notes.mp4").write_text("no film")
        action = {"session_id": made["session_id"], "action": "start", "uri": "notes.mp4"}
        await backend.ok("media/session/player_action", **action)
        ended = await backend.event("session", "destroyed", made["session_id"])
        assert ended["body"] == {"code": 100070, "reason": "Invalid Uri"}


async def _is_controlled(backend: NkMediaClient, session_id: str, viewer: Peer) -> None:
    async def act(action: str, **data: int) -> Any:
        return await backend.ok("media/session/player_action", session_id=session_id, action=action, **data)

    async def twice() -> tuple[Any, Any]:
        return await act("get_position"), await act("get_position")

    info = await act("get_info")
    assert info["is_seekable"]
    assert 1900 < info["duration"] == info["last_position"] < 2300
    await act("pause")
    await viewer.gets_nothing(viewer.latest("audio"))
    await until_seen(twice, lambda positions: positions[0] == positions[1], "it stands still")
    await act("set_position", position=0)
    await act("resume")
    await viewer.hears(500, still=True)
    await viewer.sees(TEAL, still=True)


async def test_recordings_stay_where_they_belong(backend: NkMediaClient) -> None:
    async with peers(1) as (camera,):
        publisher = await publish(backend, "safe", camera.send(Tone(450)), create_room=True)
        action = {"session_id": publisher, "action": "start", "uri": "file:///tmp/x.webm"}
        refusal = await backend.ask("media/session/recorder_action", **action)
        assert refusal["data"] == {"code": 100046, "error": "Invalid value: uri"}


async def test_the_console(place: Place) -> None:
    async def run(*words: str, typed: str = "", secret: str = PASSWORD) -> tuple[int, list[Any], str]:
        where = ("--url", place.server.http_url, "--user", "ann")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "roomful", "nkmedia", *words, *where),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"ROOMFUL_NKMEDIA_PASSWORD": secret},
        )
        out, err = await asyncio.wait_for(process.communicate(typed.encode()), 3 * WITHIN)
        return process.returncode or 0, [json.loads(line) for line in out.splitlines()], err.decode()

    reply = {"result": "ok", "data": {"room_id": "typed"}}
    assert await run("room", "create", "class=sfu", "room_id=typed") == (0, [reply], "")
    lines = "event subscribe class=media subclass=room\nroom destroy room_id=typed\nroom info room_id=typed\n"
    status, printed, told = await run(typed=lines)
    event = {"class": "media", "subclass": "room", "type": "destroyed", "obj_id": "typed"}
    event |= {"body": {"code": 100013, "reason": "API stop received"}}
    assert status == 1
    assert {"class": "core", "cmd": "event", "data": event} in printed
    assert printed[-1] == {"result": "error", "data": {"code": 304001, "error": "Room not found"}}
    assert "Room not found (304001)" in told
    status, printed, told = await run("room", "list", secret="wrong")
    assert (status, printed) == (1, [])
    assert "the server refuses: Unauthorized (100030)" in told


async def test_ten_thousand_rooms_are_listed(backend: NkMediaClient) -> None:
    """The last one: they end with the server."""
    names = [f"one-of-many-{number}" for number in range(ROOMS)]
    for begin in range(0, ROOMS, 2500):
        part = names[begin : begin + 2500]
        await backend.ok_all("media/room/create", [{"class": "sfu", "room_id": name} for name in part])
    listed = await backend.ok("media/room/list")
    assert [room["room_id"] for room in listed if room["room_id"].startswith("one-of-many-")] == names


def tones_of(path: Path, hertz: tuple[int, ...]) -> dict[int, float]:
    """The amplitude of each tone in the whole sound of a file, full scale 1."""
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    times = np.arange(len(sound)) / 48_000
    return {one: float(2 * abs(np.mean(sound * np.exp(-2j * np.pi * one * times)))) for one in hertz}


def frames_of(path: Path, kind: str) -> int:
    """How many frames can be decoded, 0 while there is no file that can be."""
    try:
        with av.open(str(path)) as container:
            return sum(1 for packet in container.demux(**{kind: 0}) for _ in packet.decode())
    except (FFmpegError, IndexError):
        return 0
