"""Meetings of the plugin on the meeting page: the lobby, the host's controls, captions, and what is left of them."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from livekit import rtc

from tests.asr_server import AsrServer
from tests.chat_server import ChatServer
from tests.e2e.speaking import play, publish_voice
from tests.running_server import loopback_config, running_server

from .live_visitors import faults
from .meeting_server import MeetingServer, meetings_on
from .service_visitors import see_attribute
from .tabs import Tab, Tabs
from .visitors import room_link, see_meter_move, see_moving, visit
from .waiting import until

pytestmark = pytest.mark.timeout(300)
"""Seconds. Browsers encode every picture, on whatever machine this is."""


@pytest.fixture
async def model() -> AsyncIterator[ChatServer]:
    """A language model that writes minutes."""
    server = ChatServer()
    await server.start()
    yield server
    await server.stop()


async def knock(tabs: Tabs, server: MeetingServer, meeting: str, name: str) -> Tab:
    """A new tab of somebody who has a token of their own and asks to come in."""
    tab = await tabs.open(
        name, f"{room_link(server, meeting)}#token={server.token(name, meeting)}", width=720, height=480
    )
    await tab.click("join")
    return tab


async def come_in(tabs: Tabs, server: MeetingServer, meeting: str, name: str, host: Tab) -> Tab:
    """Through the lobby, as the host lets people in whose list of people is open."""
    tab = await knock(tabs, server, meeting, name)
    await tab.wait("lobby-waiting")
    await host.click("admit")
    await tab.wait("meeting")
    return tab


async def plan(http: httpx.AsyncClient, meeting: str) -> None:
    """A meeting whose host is Hanna, and which has a lobby as meetings have."""
    body = {"meeting_id": meeting, "title": "Board", "host_id": "hanna", "agenda": [{"title": "Numbers"}]}
    assert (await http.post("/meeting/meetings", json=body)).json()["code"] == 0


@pytest.fixture
def meeting() -> str:
    """The id of a meeting that is not there yet."""
    return f"board-{uuid.uuid4().hex[:8]}"


async def do(tab: Tab, action: str, person: str) -> None:
    """Use one of the actions on a person; a list that changes may have closed them."""
    if not await tab.elements(action):
        await tab.click(f"actions-of-{person}")
    await tab.click(action)


async def test_who_is_not_let_in_is_told(meeting_server: MeetingServer, tabs: Tabs, meeting: str) -> None:
    async with httpx.AsyncClient(base_url=meeting_server.http_url) as http:
        await plan(http, meeting)
    hanna = await knock(tabs, meeting_server, meeting, "hanna")
    await hanna.wait("meeting")
    await hanna.click("toggle-people")
    dan = await knock(tabs, meeting_server, meeting, "dan")
    await dan.wait("lobby-waiting")
    await hanna.click("refuse")
    await until(lambda: dan.texts("join-failure"), lambda texts: "did not let you in" in "".join(texts), "dan is told")

    # Who gives up leaves the lobby, and the host sees that.
    eve = await knock(tabs, meeting_server, meeting, "eve")
    await hanna.wait("waiter")
    await eve.click("give-up")
    await eve.wait("join-failure")
    await until(lambda: hanna.elements("waiter"), lambda found: found == [], "hanna sees that nobody waits")

    # A locked room says so.
    await hanna.click("toggle-conduct")
    await hanna.click("switch-lock")
    await see_attribute(hanna, "switch-lock", "data-on", "true")
    await eve.click("join")
    await until(lambda: eve.texts("join-failure"), lambda texts: "locked" in "".join(texts), "eve is told")


async def test_people_go_to_a_breakout_room_and_come_back(
    meeting_server: MeetingServer, tabs: Tabs, meeting: str
) -> None:
    async def is_in(tab: Tab, name: str, count: int) -> None:
        await until(lambda: tab.texts("meeting-name"), lambda texts: texts == [name], f"{tab.name} is in {name}")
        await see_attribute(tab, "participant-count", "data-count", str(count))

    async with httpx.AsyncClient(base_url=meeting_server.http_url) as http:
        await plan(http, meeting)
    hanna = await knock(tabs, meeting_server, meeting, "hanna")
    await hanna.wait("meeting")
    await hanna.click("toggle-people")
    bob = await come_in(tabs, meeting_server, meeting, "bob", hanna)
    await hanna.click("toggle-conduct")
    await hanna.click("start-meeting")
    await hanna.fill("breakout-count", "1")
    await hanna.click("open-breakouts")
    await is_in(bob, "Room 1", 1)
    await is_in(hanna, meeting, 1)

    # The host pays a visit; both see and hear each other there.
    await hanna.click("visit-breakout")
    await is_in(hanna, "Room 1", 2)
    await see_moving(hanna, "bob")
    await see_meter_move(hanna, "bob")
    await hanna.click("toggle-conduct")
    await hanna.click("leave-breakout")
    await is_in(hanna, meeting, 1)

    # Who comes late, or again, is taken there; and everybody back at the end, past the lobby.
    await bob.click("toggle-conduct")
    await bob.click("leave-breakout")
    await is_in(bob, meeting, 2)
    await bob.click("toggle-conduct")
    await bob.click("enter-breakout")
    await is_in(bob, "Room 1", 1)
    await hanna.click("toggle-conduct")
    await hanna.click("close-breakouts-now")
    await is_in(bob, meeting, 2)
    await see_moving(hanna, "bob")
    await see_meter_move(bob, "hanna")
    for tab in (hanna, bob):
        assert await faults(tab) == []


async def test_a_meeting_of_four_with_lobby_transcription_and_minutes(
    tabs: Tabs, asr: AsrServer, model: ChatServer, tmp_path: Path, meeting: str
) -> None:
    settings = loopback_config(
        transcription={"url": asr.url},
        meeting={"enable_transcription": True, "ai": {"url": model.url, "model": "reader"}},
    )
    async with running_server(tmp_path, settings) as running, httpx.AsyncClient(base_url=running.http_url) as http:
        server = meetings_on(running)
        await plan(http, meeting)
        hanna = await knock(tabs, server, meeting, "hanna")
        await hanna.wait("meeting")
        await see_attribute(hanna, "meeting-status", "data-status", "Starting")

        # Who comes waits until the host has decided.
        await hanna.click("toggle-people")
        bob = await come_in(tabs, server, meeting, "bob", hanna)
        cem = await come_in(tabs, server, meeting, "cem", hanna)
        await see_moving(cem, "hanna")
        await see_meter_move(hanna, "bob")
        assert await bob.elements("lobby") == []

        # The host begins, has what is said written down, and lets everybody in from now on.
        await hanna.click("toggle-conduct")
        await hanna.click("start-meeting")
        for tab in (hanna, bob, cem):
            await see_attribute(tab, "meeting-status", "data-status", "Active")
        await hanna.click("agenda-next")
        await hanna.click("switch-lobby")
        await see_attribute(hanna, "switch-lobby", "data-on", "false")
        await hanna.click("switch-transcription")
        await bob.wait("transcribing")
        sam = rtc.Room()
        await sam.connect(server.ws_url, server.token("sam", meeting))
        try:
            voice = await publish_voice(sam)

            async def captions() -> list[str]:
                await play(voice, "159")
                return await bob.texts("caption")

            await until(captions, lambda seen: "sam 1 5 9" in seen, "bob reads what Sam says")
        finally:
            await sam.disconnect()

        # A hand is raised and lowered; who is muted is not heard until the host says so.
        await bob.click("toggle-hand")
        await see_attribute(bob, "toggle-hand", "aria-pressed", "true")
        await hanna.click("toggle-people")
        await hanna.wait("hand")
        await do(hanna, "lower-hand", "bob")
        await see_attribute(bob, "toggle-hand", "aria-pressed", "false")
        await until(lambda: hanna.elements("hand"), lambda found: found == [], "hanna sees no hand any more")
        await do(hanna, "mute-person", "bob")
        await until(
            lambda: cem.tile("bob"), lambda tile: tile is not None and tile.audio_level is None, "bob cannot be heard"
        )
        await do(hanna, "unmute-person", "bob")
        await bob.click("toggle-microphone")
        await see_meter_move(cem, "bob")

        # At the end everybody is told, and the host has the minutes.
        decided = {"segment_id": "x", "user_id": "bob", "text": "We decide to ship", "start_ms": 0, "end_ms": 9}
        said = await http.post(f"/meeting/meetings/{meeting}/transcripts", json={"segments": [decided]})
        assert said.json()["code"] == 0
        await hanna.click("toggle-conduct")
        await hanna.click("end-meeting")
        await hanna.click("confirm-yes")
        for tab in (hanna, bob, cem):
            await tab.wait("left-page")
        assert await cem.elements("meeting-results") == []
        await hanna.click("write-minutes")
        await see_attribute(hanna, "minutes", "data-model", "reader")
        assert await hanna.texts("decision") == ["We decide to ship"]
        await hanna.click("save-attendance")
        for tab in (hanna, bob, cem):
            # That the door was closed at first is no fault of the page.
            assert [error for error in await faults(tab) if "response code: 403" not in error] == []


async def test_the_controls_of_a_meeting_fit_a_phone(meeting_server: MeetingServer, tabs: Tabs, meeting: str) -> None:
    async with httpx.AsyncClient(base_url=meeting_server.http_url) as http:
        await plan(http, meeting)
    link = f"{room_link(meeting_server, meeting)}#token={meeting_server.token('hanna', meeting)}"
    hanna = await tabs.open("hanna", link, width=360, height=640, touch=True, colour_scheme="dark")
    await hanna.click("join")
    await hanna.wait("meeting-status")
    for panel in (None, "people", "conduct"):
        if panel is not None:
            await hanna.click(f"toggle-{panel}")
            await hanna.wait(f"{panel}-panel")
        overflow = await hanna.overflow()
        assert (overflow.horizontal, overflow.vertical, overflow.outside) == (0, 0, [])
    await hanna.fill("agenda-title", "Any other business")
    await hanna.press("Enter")
    await until(lambda: hanna.texts("agenda-item"), lambda items: len(items) == 2, "there are two items")
    await hanna.click("start-meeting")
    await see_attribute(hanna, "meeting-status", "data-status", "Active")
    overflow = await hanna.overflow()
    assert (overflow.horizontal, overflow.vertical, overflow.outside) == (0, 0, [])


async def test_a_room_that_is_no_meeting_of_the_plugin_has_none_of_it(
    meeting_server: MeetingServer, tabs: Tabs, room: str
) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    bob = await visit(tabs, meeting_server, room, "Bob")
    await see_moving(alice, "Bob")
    for tab in (alice, bob):
        for testid in ("meeting-status", "toggle-conduct", "toggle-hand"):
            assert await tab.elements(testid) == []
