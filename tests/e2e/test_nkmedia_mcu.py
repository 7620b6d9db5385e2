"""Conferences and two-way sessions of the NkMEDIA API, with clients that send and receive. specs/nkmedia.md §18."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.running_server import RunningServer, loopback_config, running_server

from .conference import LEVEL, SIZE, Plain, Sine, callers
from .meeting import Meeting
from .nkmedia_client import NkMediaClient, nkmedia_client
from .showing import BLUE, GREEN, RED, Colour
from .waiting import until, until_seen

TONES = (400, 700, 1100)
LIVEKIT = 1500
WHITE: Colour = (235, 235, 235)
BLACK: Colour = (0, 0, 0)
COLOURS = (RED, GREEN, BLUE, WHITE, (200, 200, 40))

Cell = tuple[float, float, float]
HALF, THIRD = 1 / 2, 1 / 3
TWO_BY_TWO: list[Cell] = [(0, 0, HALF), (HALF, 0, HALF), (0, HALF, HALF), (HALF, HALF, HALF)]
GRIDS: dict[str, list[Cell]] = {
    "1x1": [(0, 0, 1)],
    "2x1": [(0, 0.25, HALF), (HALF, 0.25, HALF)],
    "1x1+2x1": [(0.25, 0, HALF), (0, HALF, HALF), (HALF, HALF, HALF)],
    "2x2": TWO_BY_TWO,
    "3x3": [(0, 0, THIRD), (THIRD, 0, THIRD), (2 * THIRD, 0, THIRD), (0, THIRD, THIRD), (THIRD, THIRD, THIRD)],
}
"""Left, top and width of the cells that are taken, for one member after the other."""
ONE_UP: list[Cell] = [(0, 0, 2 * THIRD), (2 * THIRD, 0, THIRD), (2 * THIRD, THIRD, THIRD), (0, 2 * THIRD, THIRD)]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """One server for all tests here, with pictures that a slow machine can make."""
    path: Path = tmp_path_factory.mktemp("conferences")
    config = loopback_config(mcu={"canvas": "640x360", "fps": 8})
    async with running_server(path, config, arguments=("--dev",)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def backend(server: RunningServer) -> AsyncIterator[NkMediaClient]:
    async with nkmedia_client(server.ws_url) as client:
        yield client


@pytest.fixture
def room_id() -> str:
    return f"conference {uuid.uuid4().hex[:8]}"


async def test_each_member_hears_the_others(backend: NkMediaClient, server: RunningServer, room_id: str) -> None:
    await backend.ok("media/room/create", **{"class": "mcu"}, room_id=room_id)
    meeting = Meeting(server)
    meeting.name = room_id
    try:
        async with callers(backend, *((Sine(tone),) for tone in TONES)) as members:
            for member in members:
                await member.call("mcu", room_id=room_id)
            for member, own in zip(members, TONES, strict=True):
                await member.hears_only(*(tone for tone in TONES if tone != own), among=TONES)

            alice = await meeting.join("alice")
            await alice.publish_tone(LIVEKIT)
            (mix,) = (one.identity for one in alice.room.remote_participants.values() if one.identity[:3] == "MX_")
            heard = alice.sound(mix, "mix")
            await until(lambda: all(heard.level_at(tone) > LEVEL / 2 for tone in TONES), "LiveKit's client hears all")
            assert heard.level_at(LIVEKIT) < LEVEL / 10
            for member in members:
                await member.hears(LIVEKIT)
            told = await backend.ok("media/room/info", room_id=room_id)
            assert [one["user"] for one in told["members"].values()] == [*["backend@example.com"] * 3, "alice"]
    finally:
        await meeting.close()
        await backend.ok("media/room/destroy", room_id=room_id)


async def test_the_picture_has_all_members_in_the_layout(backend: NkMediaClient, room_id: str) -> None:
    async with callers(backend, *((Plain(colour),) for colour in COLOURS)) as members:
        for count, (layout, cells) in enumerate(GRIDS.items(), 1):
            await members[count - 1].call("mcu", room_id=room_id)
            await members[0].sees(*zip(cells, COLOURS, strict=False))
            info = await backend.ok("media/room/info", room_id=room_id)
            assert (info["layout"], info["shown"]) == ("group:grid", layout)
        first = members[0]
        await members[4].ask("destroy")
        await first.act("layout", layout="1up_top_left+5")
        await first.sees(*zip(ONE_UP[:3], COLOURS, strict=False))
        event = await backend.event("session", "type", first.session_id)
        while "layout" not in event["body"]:
            event = await backend.event("session", "type", first.session_id)
        assert event["body"]["layout"] == "1up_top_left+5"
        await first.act("floor", member=members[2].session_id)
        await first.sees((ONE_UP[0], BLUE), (ONE_UP[1], GREEN), (ONE_UP[2], RED))
        await first.act("floor")
        await first.act("layout", data={"layout": "2x2"})
        await first.sees(*zip(TWO_BY_TWO, COLOURS, strict=False))
        await members[1].ask("update_media", mute_video=True)
        await first.sees((TWO_BY_TWO[0], RED), (TWO_BY_TWO[1], BLACK), (TWO_BY_TWO[2], BLUE))
        await members[1].ask("update_media", mute_video=False)
        await first.sees(*zip(TWO_BY_TWO, COLOURS, strict=False))


async def test_a_muted_member_is_not_heard(backend: NkMediaClient, room_id: str) -> None:
    async with callers(backend, *((Sine(tone),) for tone in TONES[:2])) as (ann, bob):
        await ann.call("mcu", room_id=room_id)
        await bob.call("mcu", room_id=room_id)
        await ann.hears_only(TONES[1], among=TONES)
        await bob.ask("update_media", mute_audio=True)
        await ann.hears_only(among=TONES)
        await bob.ask("update_media", mute_audio=False)
        await ann.hears_only(TONES[1], among=TONES)
        await ann.act("mute", member=bob.session_id)
        await ann.hears_only(among=TONES)
        await ann.act("unmute", member=bob.session_id)
        await ann.act("deaf", member=bob.session_id)
        await ann.hears_only(TONES[1], among=TONES)
        await bob.hears_only(among=TONES)
        await backend.ok("core/event/subscribe", **{"class": "media"}, subclass="room", obj_id=room_id)
        await bob.act("kick", member=ann.session_id)
        assert (await backend.event("session", "destroyed", ann.session_id))["body"]["code"] == 100012
        await bob.ask("destroy")
        assert (await backend.event("room", "destroyed", room_id))["body"]["code"] == 304004


async def test_a_session_changes_what_it_is_for_on_one_connection(backend: NkMediaClient, room_id: str) -> None:
    async with callers(backend, (Sine(TONES[0]), Plain(RED)), (Sine(TONES[1]),)) as (ann, bob):
        await bob.be_called("mcu", room_id=room_id)
        await ann.call("park")
        description = await ann.ask("get_answer")
        assert (await ann.ask("set_type", type="mcu", room_id=room_id))["room_id"] == room_id
        await ann.hears_only(TONES[1], among=TONES)
        await bob.hears_only(TONES[0], among=TONES)
        await ann.sees((GRIDS["1x1"][0], RED))
        await ann.ask("set_type", type="echo")
        await ann.hears_only(TONES[0], among=TONES)
        await until_seen(
            lambda: backend.ok("media/room/info", room_id=room_id),
            lambda info: list(info["members"]) == [bob.session_id],
            "she has left",
        )
        await until(lambda: ann.picture.size == SIZE, "her own picture comes back")
        await ann.sees((GRIDS["1x1"][0], RED))
        await ann.ask("set_type", type="park")
        pieces = bob.sound.pieces
        await ann.ask("set_type", type="bridge", peer_id=bob.session_id)
        await ann.hears_only(TONES[1], among=TONES)
        await bob.hears_only(TONES[0], among=TONES)
        assert bob.sound.pieces > pieces
        assert await ann.ask("get_answer") == description
        await bob.ask("destroy")
        assert (await backend.event("session", "destroyed", ann.session_id))["body"]["code"] == 300020
        await ann.peer.ended()


async def test_loud_members_do_not_overflow(backend: NkMediaClient, room_id: str) -> None:
    loud = [(Sine(tone, level=1.0),) for tone in TONES[:2]]
    async with callers(backend, *loud, (Sine(TONES[2]),)) as members:
        for member in members:
            await member.call("mcu", room_id=room_id)
        listener = members[2]
        await listener.hears(*TONES[:2])
        pieces = listener.sound.pieces
        await until(lambda: listener.sound.pieces > pieces + 5, "they go on")
        assert listener.largest_step < 0.2, "a sample that wraps is a step of nearly 2"


async def test_candidates_may_follow_the_offer(backend: NkMediaClient) -> None:
    async with callers(backend, (Sine(TONES[0]),)) as (ann,):
        ann.session_id = uuid.uuid4().hex
        lines = (await ann.peer.offer()).splitlines()
        candidates = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
        bare = "".join(f"{line}\r\n" for line in lines if not line.startswith(("a=candidate:", "a=end-of")))
        await ann.ask("create", type="echo", offer={"sdp": bare, "trickle_ice": True})
        for candidate in candidates:
            await ann.ask("set_candidate", sdpMLineIndex=0, candidate=candidate)
        await ann.ask("set_candidate_end")
        await ann.peer.accept((await ann.ask("get_answer"))["answer"]["sdp"])
        await ann.hears_only(TONES[0], among=TONES)
