"""Media of Room Signals clients: with each other, with a browser, and with LiveKit clients in the same room."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from livekit import rtc

from tests.browser.meeting_server import meetings_on
from tests.browser.sights import Tile
from tests.browser.tabs import Tabs
from tests.browser.visitors import see_moving, visit
from tests.rtc import Peer, Picture, Tone
from tests.running_server import RunningServer, loopback_config, running_server

from .client import Client
from .meeting import Meeting
from .page_server import serve_page
from .showing import BLUE, GREEN, RED, Colour, is_like
from .signals_caller import Caller, caller
from .waiting import until_seen
from .whip_page import WhipTab, page_server

pytestmark = pytest.mark.timeout(180)

PAGE = Path(__file__).parents[2] / "examples" / "room_signals.html"


class Callers:
    """Makes clients in a room of the test's own."""

    def __init__(self, ws_url: str, stack: AsyncExitStack) -> None:
        self.room = f"chat-{uuid.uuid4().hex[:8]}"
        self.ws_url = ws_url
        self._stack = stack

    async def caller(self, user: str, channel: str = "m2m") -> Caller:
        return await self._stack.enter_async_context(caller(self.ws_url, self.room, user, channel))


@pytest.fixture
async def callers(roomful_server: RunningServer) -> AsyncIterator[Callers]:
    async with AsyncExitStack() as stack:
        yield Callers(roomful_server.ws_url, stack)


async def test_a_viewer_raises_its_hand_publishes_and_is_kicked(callers: Callers) -> None:
    alice, bob = await callers.caller("alice"), await callers.caller("bob")
    assert (await alice.enter(creating=True))["pt"] == "admin"
    await alice.publish(RED, 440)
    await alice.told(alice=True)

    ack = await bob.enter()
    assert ack["pt"] == "viewer"
    assert [offer["id"] for offer in ack["es"]["sdps"]] == [entry["id"] for entry in ack["pps"]] == [alice.session_id]
    await bob.sees(alice.session_id, RED)

    await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    request = await alice.until("PUBLISH_REQUEST", ack=False)
    await alice.say("PUBLISH_ACCEPT", to=request["ss"])
    await bob.until("PUBLISH_ACCEPT", ack=False)
    await bob.publish(BLUE, 880)
    await alice.watch("bob")
    await alice.hears(bob.session_id, 880)
    assert (await bob.ask("OFFER", sdp="v=0"))["c"] == 2001, "it has an uplink"

    late = await alice.ask("WATCH", to="bob")
    await alice.say("KICK", to="bob")
    await bob.until("KICK", ack=False)
    await alice.told(bob=False, alice=True)
    answer = await Peer().answer(late["b"]["pps"][0]["sdp"])
    assert (await alice.ask("ANSWER", sdp=answer))["c"] == 4024


async def test_a_room_for_sound_refuses_pictures(callers: Callers) -> None:
    alice, bob = await callers.caller("alice", "a2m"), await callers.caller("bob", "a2m")
    await alice.enter(creating=True)
    answer = (await alice.publish(RED, 440))["sdp"]
    assert [line.split()[1] for line in answer.splitlines() if line.startswith("m=video")] == ["0"]
    await alice.told(alice=True)
    ack = await bob.enter()
    assert [(entry["video"], entry["audio"]) for entry in ack["pps"]] == [(False, True)]
    await bob.hears(alice.session_id, 440)


async def test_in_a_call_of_two_media_flow_directly(callers: Callers) -> None:
    alice, bob = await callers.caller("alice", "p2p"), await callers.caller("bob", "p2p")
    await alice.enter(creating=True)
    assert (await bob.enter())["pt"] == "publisher"
    bob.up, alice.up = Peer().send_both(Picture(BLUE), Tone(880)), Peer()
    await bob.say("OFFER", sdp=await bob.up.offer())
    offer = await alice.until("OFFER", ack=False)
    assert offer["ss"]["userId"] == "bob"
    await alice.say("ANSWER", sdp=await alice.up.answer(offer["sdp"], Picture(RED), Tone(440)))
    await bob.up.accept((await bob.until("ANSWER", ack=False))["sdp"])
    await asyncio.gather(alice.up.hears(880), bob.up.hears(440), alice.up.sees(BLUE), bob.up.sees(RED))
    await bob.say("LEAVE")
    assert (await alice.until("LEAVE", ack=False))["ss"]["sessionId"] == bob.session_id


async def test_livekit_and_signals_clients_see_and_hear_each_other(
    callers: Callers, roomful_server: RunningServer
) -> None:
    alice = await callers.caller("alice")
    await alice.enter(creating=True)
    await alice.publish(RED, 450)
    meeting = Meeting(roomful_server)
    meeting.name = callers.room
    try:
        lisa = await meeting.join("lisa")
        await lisa.sees(alice.session_id, RED, name="")
        await lisa.hears(alice.session_id, 450, name="")
        await lisa.publish_tone(650)
        await alice.watch("lisa")
        await alice.hears("lisa", 650)
        # The picture comes later: the list says so, and whoever watches, watches anew.
        await lisa.publish_picture(GREEN)
        await alice.told(lisa=False)
        await alice.watch("lisa")
        await alice.sees("lisa", GREEN)
    finally:
        await meeting.close()


async def test_a_session_goes_on_with_a_livekit_sdk_in_the_same_room(tmp_path: Path) -> None:
    config = loopback_config(development=True, room_signals={"engines": ["livekit", "agora"]})
    async with running_server(tmp_path, config=config) as server, AsyncExitStack() as stack:
        callers = Callers(server.ws_url, stack)
        alice, bob = await callers.caller("alice"), await callers.caller("bob")
        await alice.say("JOIN", ve=True, ae=True, eg="livekit", op={"roomCreating": True})
        ack = (await alice.until("JOIN"))["b"]
        assert (ack["eg"], ack["es"]["room"], ack["es"]["identity"]) == ("livekit", callers.room, alice.session_id)
        assert ack["es"]["url"] == server.ws_url
        assert (await bob.join())["eg"] == "livekit", "the room's engine, whatever one asks for"
        assert (await alice.ask("OFFER", sdp="v=0"))["c"] == 2002, "media are with the SDK"
        sdk = Client(alice.session_id)
        await sdk.connect(ack["es"]["url"], ack["es"]["token"], rtc.RoomOptions())
        try:
            meeting = Meeting(server)
            meeting.name = callers.room
            lisa = await meeting.join("lisa")
            await sdk.publish_tone(450)
            await lisa.hears(alice.session_id, 450)
            await meeting.close()
        finally:
            await sdk.leave()


async def test_an_engine_without_keys_is_not_enabled(tmp_path: Path) -> None:
    config = loopback_config(development=True, room_signals={"engines": ["agora", "hundredms"]})
    async with running_server(tmp_path, config=config) as server, AsyncExitStack() as stack:
        alice = await Callers(server.ws_url, stack).caller("alice")
        await alice.say("JOIN", ve=True, ae=True, eg="agora", op={"roomCreating": True})
        ack = (await alice.until("JOIN"))["b"]
        assert ack["eg"] == "native"
        assert ack["es"]["icfg"]["is"]


class Seen(msgspec.Struct):
    """What the page shows."""

    state: str
    sizes: dict[str, int]
    """Width of the picture of each, by the name under it."""
    said: list[str]
    """What is written."""


@pytest.mark.browser
async def test_pages_and_two_others_see_each_other(callers: Callers, roomful_server: RunningServer) -> None:
    """One page speaks Room Signals, the other one is the meeting page, on LiveKit's SDK."""
    alice, bob = await callers.caller("alice"), await callers.caller("bob")
    await alice.enter(creating=True, chat=True)
    await alice.ask("CHAT", msg="before")
    await alice.publish(RED, 440)
    await alice.told(alice=True)
    await bob.enter()
    async with Tabs.launch() as tabs, serve_page(PAGE.read_bytes()) as url:
        tab = await tabs.open("page", url)
        await tab.call(object, "enter", callers.ws_url, "", callers.room, "carol")

        async def look() -> Seen:
            return await tab.call(Seen, "look")

        await until_seen(look, lambda seen: seen.state == "viewer" and seen.sizes.get("alice", 0) > 0, "alice", 60)
        await tab.call(object, "write", "here I am")
        assert (await alice.until("CHAT", ack=False))["msg"] == "here I am"
        await alice.ask("CHAT", msg="<b>welcome</b>")
        said = ["alice: before", "you: here I am", "alice: <b>welcome</b>"]
        await until_seen(look, lambda seen: seen.said == said, "what is written")
        await tab.call(object, "raiseHand")
        request = await alice.until("PUBLISH_REQUEST", ack=False)
        await alice.say("PUBLISH_ACCEPT", to=request["ss"])
        for other in (alice, bob):
            await other.watch("carol")
            carol = request["ss"]["sessionId"]
            await other.down[carol].receives("video")
        await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
        request = await alice.until("PUBLISH_REQUEST", ack=False)
        await alice.say("PUBLISH_ACCEPT", to=request["ss"])
        await bob.until("PUBLISH_ACCEPT", ack=False)
        await bob.publish(BLUE, 880)
        lisa = await visit(tabs, meetings_on(roomful_server), callers.room, "Lisa")
        await see_moving(lisa, "carol")
        for who, colour in (("alice", RED), ("bob", BLUE)):

            async def tile(name: str = who) -> Tile | None:
                return await lisa.tile(name)

            def shows(seen: Tile | None, wanted: Colour = colour) -> bool:
                return seen is not None and seen.picture is not None and is_like(seen.picture.dominant_colour, wanted)

            await until_seen(tile, shows, f"{who} on the meeting page", 60)
        everybody = {"alice", "bob", "you", "lisa"}

        def shows_all(seen: Seen) -> bool:
            # The meeting page adds something to a name, to tell two of the same name apart.
            return {one.partition("-")[0].lower() for one, size in seen.sizes.items() if size} == everybody

        await until_seen(look, shows_all, "all", 60)
        await alice.say("KICK", to="carol")
        await until_seen(look, lambda seen: seen.state == "removed" and not seen.sizes, "the end", 60)


async def test_a_viewer_chooses_the_size_of_a_picture(callers: Callers, roomful_server: RunningServer) -> None:
    alice = await callers.caller("alice")
    await alice.enter(creating=True)
    meeting = Meeting(roomful_server)
    meeting.name = callers.room
    try:
        lisa = await meeting.join("lisa")
        await lisa.publish_picture(GREEN, size=(960, 540), simulcast=True)
        await alice.watch("lisa")
        for layer, width in (("low", 320), ("high", 960)):
            await alice.say("SIMULCAST_UPDATE", to="lisa", layer=layer)
            await alice.down["lisa"].sees_width(width)
    finally:
        await meeting.close()


@pytest.mark.browser
async def test_a_whip_stream_is_watched_like_any_other(callers: Callers, roomful_server: RunningServer) -> None:
    alice = await callers.caller("alice")
    await alice.enter(creating=True)
    meeting = Meeting(roomful_server)
    async with Tabs.launch() as tabs, page_server() as url:
        camera = WhipTab(await tabs.open("camera", url))
        token = meeting.token("camera", room=callers.room)
        await camera.publish(f"{roomful_server.http_url}/whip/v1", token, RED, 450)
        await alice.watch("camera")
        await alice.sees("camera", RED)
        await alice.hears("camera", 450)
    await meeting.close()
