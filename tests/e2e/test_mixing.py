"""Mixed rooms: everybody hears the others in one track and sees all in one picture, and gets nothing else."""

import asyncio
import os
import signal
import sys
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from livekit import rtc

from tests.running_server import RunningServer, loopback_config, running_server

from .client import Client
from .meeting import Meeting
from .showing import BLUE, GREEN, RED, Colour, is_like
from .signals_caller import caller
from .waiting import until, until_seen
from .watching import Sound

TONES = {"alice": 450, "bob": 700, "carol": 1100}
COLOURS = {"alice": RED, "bob": GREEN, "carol": BLUE}
MUSIC = 1900
LOUD, QUIET = 0.1, 0.03
"""Root mean squares: of a tone that is heard, the published ones have 0.35, and of one that is not: gaps make noise."""

BLACK: Colour = (0, 0, 0)
TWO_BY_TWO = [(0.0, 0.0, 0.5), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5), (0.5, 0.5, 0.5)]
ONE_UP = [(0.0, 0.0, 2 / 3), (2 / 3, 0.0, 1 / 3), (2 / 3, 1 / 3, 1 / 3)]
"""Left, top and width of cells as fractions of the canvas; specs/nkmedia.md §12."""

pytestmark = pytest.mark.timeout(150)


class MixingDesk:
    """The API of who mixes."""

    def __init__(self, meeting: Meeting) -> None:
        token = meeting.token("desk", room_admin=True)
        self.http = httpx.AsyncClient(
            base_url=f"{meeting.server.http_url}/api/rooms/{meeting.name}/mixing",
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
        )

    async def mix(self, **wanted: Any) -> dict[str, Any]:
        answer = await self.http.post("", json=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def state(self) -> dict[str, Any]:
        return (await self.http.get("")).json()

    async def member(self, identity: str, **settings: Any) -> None:
        answer = await self.http.put(f"/members/{identity}", json=settings)
        assert answer.status_code == 200, answer.text

    async def play(self, **file: Any) -> str:
        answer = await self.http.post("/files", json=file)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server of the test's own, with pictures that a slow machine can make, and a film folder."""
    films = tmp_path / "data" / "films"
    films.mkdir(parents=True)
    _write_tone(films / "music.wav", MUSIC)
    config = loopback_config(mcu={"canvas": "640x360", "fps": 10, "max_rooms": 1})
    async with running_server(tmp_path, config) as running:
        yield running


@pytest.fixture
async def meeting(server: RunningServer) -> AsyncIterator[Meeting]:
    opened = Meeting(server)
    yield opened
    await opened.close()


@pytest.fixture
def desk(meeting: Meeting) -> MixingDesk:
    return MixingDesk(meeting)


async def test_everybody_hears_the_others_and_sees_all(meeting: Meeting, desk: MixingDesk) -> None:
    alice, bob, carol = clients = await _three(meeting)
    await bob.hears("alice", TONES["alice"])
    mix = (await desk.mix(layout="2x2"))["identity"]
    for client in clients:
        await _hears_only(client, mix, *(tone for who, tone in TONES.items() if who != client.identity))
        await _sees_all(client, mix)
        await _gets_nothing_but(client, mix)

    await desk.mix(layout="1up_top_left+5")
    await _sees(alice, mix, ONE_UP, RED, GREEN, BLUE)
    await desk.mix(floor="carol")
    for client in clients:
        await _sees(client, mix, ONE_UP, BLUE, GREEN, RED)

    await desk.mix(layout="2x2", floor="")
    await carol.leave()
    await _hears_only(alice, mix, TONES["bob"])
    await _hears_only(bob, mix, TONES["alice"])
    await _sees(alice, mix, TWO_BY_TWO, RED, GREEN, BLACK, BLACK)

    assert (await desk.http.delete("")).status_code == 200
    await alice.hears("bob", TONES["bob"])
    await alice.sees("bob", GREEN)
    await alice.until("participant_disconnected", mix)
    assert (await desk.http.get("")).status_code == 404


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "hung"])
async def test_a_room_outlives_its_mixer(
    meeting: Meeting, desk: MixingDesk, server: RunningServer, blow: signal.Signals
) -> None:
    alice, _, _ = await _three(meeting)
    mix = (await desk.mix(layout="2x2"))["identity"]
    await desk.member("bob", mute_audio=True)
    await _hears_only(alice, mix, TONES["carol"])
    (first,) = _mixers(server.pid)
    os.kill(first, blow)
    await until(lambda: [pid for pid in _mixers(server.pid) if pid != first], "another mixer", within=60)
    assert first not in _mixers(server.pid)
    await _hears_only(alice, mix, TONES["carol"])
    await _sees_all(alice, mix)
    assert alice.told("participant_disconnected") == [], "the mix never left"
    state = await until_seen(desk.state, lambda state: state["state"] == "active", "it goes on")
    assert (state["restarts"], state["members"]) == (1, ["alice", "bob", "carol"])


async def test_who_hears_whom_is_decided_for_each(meeting: Meeting, desk: MixingDesk) -> None:
    """A customer on hold hears music; a supervisor whispers to the agent."""
    agent, customer, supervisor = await _three(meeting)
    mix = (await desk.mix())["identity"]
    await desk.member("carol", mute_audio=True)
    await desk.member("alice", hears={"carol": 0})
    await _hears_only(customer, mix, TONES["alice"])
    await _hears_only(agent, mix, TONES["bob"], TONES["carol"])
    await _hears_only(supervisor, mix, TONES["alice"], TONES["bob"])

    await desk.member("bob", mute_audio=True, deaf=True)
    music = await desk.play(path="music.wav", loop=True, to=["bob"])
    await _hears_only(customer, mix, MUSIC)
    await _hears_only(agent, mix, TONES["carol"])

    assert (await desk.http.delete(f"/files/{music}")).status_code == 200
    await desk.member("bob")
    await _hears_only(customer, mix, TONES["alice"])
    for_all = await desk.play(path="music.wav", loop=True)
    await _hears_only(customer, mix, TONES["alice"], MUSIC)
    once = await desk.play(path="music.wav")
    assert (await desk.state())["playing"] == [for_all, once]
    await until_seen(desk.state, lambda state: state["playing"] == [for_all], "it is over")


async def test_room_signals_clients_are_in_the_mix_and_get_it(meeting: Meeting, desk: MixingDesk) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(TONES["alice"])
    await alice.publish_picture(RED)
    token = meeting.token("bob")
    async with (
        caller(meeting.server.ws_url, meeting.name, "bob", token=token) as bob,
        caller(meeting.server.ws_url, meeting.name, "dave", token=meeting.token("dave")) as dave,
    ):
        await bob.enter()
        await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
        await bob.until("PUBLISH_ACCEPT", ack=False)
        await bob.publish(GREEN, TONES["bob"])
        await bob.told(bob=True)
        mix = (await desk.mix(layout="2x2"))["identity"]
        assert await bob.watch_mix() == mix
        assert bob.publishing == {"alice": False, "bob": True, mix: True}
        await bob.down[mix].hears_only(TONES["alice"], but=(TONES["bob"],))
        await _hears_only(alice, mix, TONES["bob"])
        await _sees_all(alice, mix, RED, GREEN)
        await bob.down[mix].receives("video")

        ack = await dave.enter()
        assert ack["pps"][-1]["id"] == mix
        assert await dave.watch_mix() == mix
        await dave.down[mix].hears_only(TONES["alice"], TONES["bob"])
        await bob.say("LEAVE")
        await dave.down[mix].hears_only(TONES["alice"], but=(TONES["bob"],), still=True)

        assert (await desk.http.delete("")).status_code == 200
        await dave.watch("alice")
        await dave.hears("alice", TONES["alice"])


async def test_who_comes_back_is_still_on_hold(meeting: Meeting, desk: MixingDesk) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(TONES["alice"])
    mix = (await desk.mix())["identity"]
    await desk.member("bob", hears={"alice": None})
    bob = await meeting.join("bob")
    await bob.publish_tone(TONES["bob"])
    await _hears_only(alice, mix, TONES["bob"])
    await _hears_only(bob, mix)


async def test_a_room_that_is_mixed_from_its_beginning(tmp_path: Path) -> None:
    config = loopback_config(mcu={"rooms": "all", "canvas": "320x180", "fps": 5, "video": "h264"})
    async with running_server(tmp_path, config) as server:
        meeting = Meeting(server)
        try:
            alice, bob = await meeting.join("alice"), await meeting.join("bob")
            await alice.publish_tone(TONES["alice"])
            await alice.publish_picture(RED)
            mix = (await MixingDesk(meeting).state())["identity"]
            await _hears_only(bob, mix, TONES["alice"])
            await bob.sees(mix, RED, name="picture")
            subscribed = {one.identity for one in bob.told("track_subscribed")}
            assert subscribed == {mix}, "and never anybody else's"
        finally:
            await meeting.close()
        await until(lambda: not _mixers(server.pid), "the mixer ends with its room", 60)


async def test_what_makes_no_sense_is_refused(meeting: Meeting, desk: MixingDesk) -> None:
    assert (await desk.http.get("")).status_code == 404
    assert (await desk.http.post("", json={"layout": "9x9"})).status_code == 400
    assert (await desk.http.get("")).status_code == 404, "it was not begun"
    await meeting.join("alice")
    await desk.mix()
    for method, path, body, status, words in [
        ("POST", "", {"layout": "9x9"}, 400, "there is no layout '9x9'; there are group:grid"),
        ("POST", "", {"lay": "2x2"}, 400, "unknown field"),
        ("POST", "", {"floor": "nobody"}, 404, "participant does not exist"),
        ("POST", "", {"reserved": {"front": "alice"}}, 400, "secondary, third, presenter"),
        ("PUT", "/members/alice", {"volume_in": 5}, 400, "<= 4"),
        ("PUT", "/members/alice", {"hears": {"bob": 100}}, 400, "<= 20"),
        ("POST", "/files", {"path": "../../../etc/passwd"}, 404, "there is no file"),
        ("DELETE", "/files/PB_1", None, 404, "not being played"),
    ]:
        answer = await desk.http.request(method, path, json=body)
        assert answer.status_code == status, (path, body, answer.text)
        assert words in answer.json()["detail"]
    assert (await desk.state())["layout"] == "group:grid"

    other = Meeting(meeting.server)
    answer = await MixingDesk(other).http.post("")
    assert (answer.status_code, answer.json()["detail"]) == (429, "too many rooms are mixed: at most 1")
    await other.close()


async def test_the_terminal_can_do_it_too(meeting: Meeting, desk: MixingDesk) -> None:
    await meeting.join("alice")

    async def room_mix(*arguments: str) -> str:
        command = [sys.executable, "-m", "roomful", "room", "mix", meeting.name, *arguments]
        keys = {"LIVEKIT_API_KEY": meeting.server.api_key, "LIVEKIT_API_SECRET": meeting.server.api_secret}
        environment = os.environ | keys | {"LIVEKIT_URL": meeting.server.ws_url}
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        return " ".join(output.decode().split())

    assert "is mixed in the layout 3x3; members: 1" in await room_mix("--layout", "3x3")
    assert (await desk.state())["layout"] == "3x3"
    assert "there is no layout '9x9'" in await room_mix("--layout", "9x9")
    assert "is mixed no longer" in await room_mix("--stop")
    assert "this room is not mixed" in await room_mix("--stop")


async def test_mixing_is_for_who_may_administer_the_room(meeting: Meeting) -> None:
    url = f"{meeting.server.http_url}/api/rooms/{meeting.name}/mixing"
    async with httpx.AsyncClient() as http:
        assert (await http.post(url)).status_code == 401
        for token in (meeting.token("a"), meeting.token("a", room_admin=True, room="elsewhere")):
            answer = await http.post(url, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 403


async def _three(meeting: Meeting) -> list[Client]:
    """Alice, Bob and Carol, in this order, each with a tone and a colour."""
    clients = [await meeting.join(identity) for identity in TONES]
    for client in clients:
        await client.publish_tone(TONES[client.identity])
        await client.publish_picture(COLOURS[client.identity])
    return clients


async def _hears_only(client: Client, mix: str, *tones: int) -> None:
    """Waits until new sound of the mix has these tones, and none of the others."""
    sound = client.sound(mix, "mix")
    others = {*TONES.values(), MUSIC} - set(tones)
    before = sound.pieces

    def so() -> bool:
        return (
            sound.pieces > before
            and all(sound.level_at(tone) > LOUD for tone in tones)
            and all(sound.level_at(tone) < QUIET for tone in others)
        )

    await until(
        so,
        lambda: (
            f"{client.identity} hears {tones}: "
            f"{ {tone: round(sound.level_at(tone), 3) for tone in sorted({*tones, *others})} }"
        ),
    )


async def _sees(client: Client, mix: str, cells: list[tuple[float, float, float]], *colours: Colour) -> None:
    """Waits until the cells of the mix show these colours."""
    picture = client.picture(mix, "picture")
    before = picture.frames

    def seen() -> list[Colour]:
        # What is in the middle, without the black that a picture of another shape leaves.
        return [
            picture.colour_in(left + side / 4, top + side / 4, side / 2, side / 2)
            for (left, top, side), _ in zip(cells, colours, strict=True)
        ]

    await until(
        lambda: (
            picture.frames > before and all(is_like(one, wanted) for one, wanted in zip(seen(), colours, strict=True))
        ),
        lambda: f"{client.identity} sees {colours}: {seen()} in {picture.frames} pictures of {picture.size}",
    )


async def _sees_all(client: Client, mix: str, *colours: Colour) -> None:
    """Waits until the mix shows these in a layout of two by two; without any: three people, and one cell is empty.

    Whose frames come late, on a machine that is busy, takes the next cell that is free.
    """
    picture = client.picture(mix, "picture")

    def seen() -> list[Colour]:
        return [picture.colour_in(left + 1 / 8, top + 1 / 8, 1 / 4, 1 / 4) for left, top, _ in TWO_BY_TWO]

    await until(
        lambda: all(any(is_like(one, wanted) for one in seen()) for wanted in colours or (RED, GREEN, BLUE, BLACK)),
        lambda: f"{client.identity} sees all: {seen()}",
    )


async def _gets_nothing_but(client: Client, mix: str) -> None:
    """Waits until nobody's own sound and picture come any more; looks whether there are one of each of the mix.

    The SDK is not told that a subscription ended, and where its old track was it may find what the mix sends there.
    """

    others = [identity for identity in client.room.remote_participants if identity != mix]

    def raw() -> list[str]:
        pictures = [(who, client.picture(who)) for who in others]
        sounds = [(who, client.sound(who)) for who in others]
        return [
            *(who for who, picture in pictures if _is_fresh(picture.times) and picture.shows(COLOURS[who])),
            *(who for who, sound in sounds if _is_fresh(sound.heard_at) and _is_alone(sound, TONES[who])),
        ]

    await until(lambda: not raw(), lambda: f"{client.identity} gets nothing but the mix: {raw()}")
    kinds = sorted(one.kind for one in client.other(mix).track_publications.values())
    assert kinds == [rtc.TrackKind.KIND_AUDIO, rtc.TrackKind.KIND_VIDEO], "mixes for others are none of their business"


def _is_fresh(times: list[float]) -> bool:
    return bool(times) and time.monotonic() - times[-1] < 1


def _is_alone(sound: Sound, tone: int) -> bool:
    """Whether this tone is heard, and no other."""
    others = {*TONES.values(), MUSIC} - {tone}
    return sound.level_at(tone) > LOUD and all(sound.level_at(other) < QUIET for other in others)


def _mixers(server: int) -> list[int]:
    """Processes called `mixer` that this server has started."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, parent = _name_and_parent(stat.read_text())
            if name == "mixer" and _name_and_parent(Path(f"/proc/{parent}/stat").read_text())[1] == server:
                found.append(int(stat.parent.name))
        except OSError:  # it has just ended
            continue
    return found


def _name_and_parent(stat: str) -> tuple[str, int]:
    head, _, rest = stat.rpartition(")")
    return head.partition("(")[2], int(rest.split()[1])


def _write_tone(path: Path, hertz: int) -> None:
    """Three seconds of mono at 44.1 kHz."""
    samples = 0.5 * np.sin(2 * np.pi * hertz * np.arange(3 * 44_100) / 44_100)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes((samples * 32767).astype(np.int16).tobytes())
