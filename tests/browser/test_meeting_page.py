"""Two people at the page and a program in one room see and hear each other."""

import asyncio

import pytest

from .meeting_server import MeetingServer
from .sdk_participant import PATTERN_COLOUR, Heard, SdkParticipant, Watched
from .sights import Element, Tile
from .tabs import Tab, Tabs
from .visitors import enter_room, see_meter_move, see_moving, visit
from .waiting import until
from .wire import Wire

pytestmark = pytest.mark.timeout(180)
"""Seconds. Browsers encode every picture several times, on whatever machine this is."""

OTHER_CAMERA = 2
"""Place in the list of a camera other than the one used first; see driver/browser.mjs."""
COLOUR_TOLERANCE = 30
"""Of 255 per channel: what a video codec at low bitrate may change."""


async def come_by_the_landing_page(tabs: Tabs, server: MeetingServer, name: str, room: str) -> Tab:
    tab = await tabs.open(name, server.http_url)
    await tab.fill("landing-name", name)
    await tab.fill("landing-room", room)
    await tab.click("landing-continue")
    await enter_room(tab, name)
    return tab


async def expect_seen_and_heard(participant: SdkParticipant, identity: str) -> None:
    """Waits until the SDK client decoded a moving picture and sound of a participant. Raises TimeoutError."""

    async def look() -> tuple[Watched | None, Heard | None]:
        return participant.watched.get(identity), participant.heard.get(identity)

    def seen_and_heard(got: tuple[Watched | None, Heard | None]) -> bool:
        watched, heard = got
        picture = watched is not None and watched.changes >= 10 and watched.deviation > 3
        sound = heard is not None and heard.loudest > 0.01
        return picture and sound

    await until(look, seen_and_heard, f"the SDK client sees and hears {identity}")


async def expect_pattern(tab: Tab, label: str) -> None:
    """Waits until the tab shows the SDK client's moving pattern in its colour. Raises TimeoutError."""
    tile = await see_moving(tab, label)
    assert tile.picture is not None
    assert tile.picture.dominant_colour == pytest.approx(PATTERN_COLOUR, abs=COLOUR_TOLERANCE)


async def expect_tone(tab: Tab, label: str, frequency: float) -> None:
    """Waits until the tab plays a tone of that many Hz, with its meter up and its tile marked. Raises TimeoutError."""

    def plays(peaks: list[float | None]) -> bool:
        return any(peak is not None and abs(peak - frequency) < 10 for peak in peaks)

    await until(tab.peaks, plays, f"{tab.name} hears {frequency} Hz")

    async def look() -> Tile | None:
        return await tab.tile(label)

    def speaks(tile: Tile | None) -> bool:
        return tile is not None and tile.speaking and (tile.audio_level or 0) > 0.5

    await until(look, speaks, f"{tab.name} shows that {label} speaks")


async def test_two_tabs_and_a_python_client_see_and_hear_each_other(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    alice = await come_by_the_landing_page(tabs, meeting_server, "Alice", room)
    bob = await come_by_the_landing_page(tabs, meeting_server, "Bob", room)
    for tab, other in ((alice, "Bob"), (bob, "Alice")):
        await see_moving(tab, f"{tab.name} (you)")
        await see_moving(tab, other)
        await see_meter_move(tab, other)

    token = meeting_server.token("pattern", room)
    async with SdkParticipant.join(meeting_server.ws_url, token) as program:
        identities = [tile.identity for tile in await alice.tiles() if tile.label in ("Alice (you)", "Bob")]
        assert len(identities) == 2
        await asyncio.gather(*(expect_seen_and_heard(program, identity) for identity in identities))

        await program.publish_tone(440)
        await program.publish_pattern()
        for tab in (alice, bob):
            await expect_pattern(tab, "pattern")
            await expect_tone(tab, "pattern", 440)

    for tab in (alice, bob):
        await until(tab.tiles, lambda tiles: len(tiles) == 2, "the tile of the SDK client goes when it leaves")
        assert await tab.errors() == []


async def test_chat_reaches_everybody_as_text_and_never_as_html(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    message = "<img src=x onerror=alert(1)> see https://example.org/a."
    alice = await visit(tabs, meeting_server, room, "<b>Alice</b>")
    bob = await visit(tabs, meeting_server, room, "Bob")
    await bob.click("toggle-chat")
    await alice.click("toggle-chat")
    await until(alice.tiles, lambda tiles: len(tiles) == 2, "Alice sees Bob")

    await alice.fill("chat-input", message)
    await alice.press("Enter")

    for tab in (alice, bob):
        await until(lambda tab=tab: tab.texts("chat-text"), lambda texts: texts == [message], f"{tab.name} reads it")
    entries = await bob.elements("chat-message")
    assert entries[0].text.startswith("<b>Alice</b>")

    await bob.fill("chat-input", "two\nlines")
    await bob.click("chat-send")
    await until(lambda: alice.texts("chat-text"), lambda texts: texts == [message, "two\nlines"], "Alice reads Bob")


async def test_a_message_to_a_closed_chat_is_announced_and_counted(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    bob = await visit(tabs, meeting_server, room, "Bob")
    await until(bob.tiles, lambda tiles: len(tiles) == 2, "Bob sees Alice")
    await bob.click("toggle-chat")
    await bob.fill("chat-input", "hello")
    await bob.press("Enter")
    await until(lambda: alice.texts("notices"), lambda texts: "Bob: hello" in texts[0], "Alice is told")

    def counted(found: list[Element]) -> bool:
        return found[0].attributes["aria-label"] == "Chat, 1 unread"

    await until(lambda: alice.elements("toggle-chat"), counted, "Alice sees one unread message")
    await alice.click("toggle-chat")
    await until(lambda: alice.elements("toggle-chat"), lambda found: not counted(found), "it is read")


async def test_muting_shows_on_the_others_page(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    bob = await visit(tabs, meeting_server, room, "Bob")
    await see_moving(bob, "Alice")
    await see_meter_move(bob, "Alice")

    await alice.click("toggle-microphone")
    await alice.click("toggle-camera")
    off = await until(
        lambda: bob.tile("Alice"),
        lambda tile: tile is not None and tile.audio_level is None and tile.picture is None,
        "Bob sees that Alice turned off both",
    )
    assert off is not None

    await alice.click("toggle-microphone")
    await alice.click("toggle-camera")
    await see_moving(bob, "Alice")
    await see_meter_move(bob, "Alice")


async def test_the_camera_can_be_changed_during_the_meeting(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    bob = await visit(tabs, meeting_server, room, "Bob")
    await see_moving(bob, "Alice")
    await alice.click("toggle-devices")

    async def chosen() -> str | None:
        return (await alice.elements("camera-select"))[0].value

    first = await chosen()
    await alice.select("camera-select", OTHER_CAMERA)
    await until(chosen, lambda camera: camera not in (first, ""), "the other camera is in use")
    await see_moving(alice, "Alice (you)")
    await see_moving(bob, "Alice")
    assert "camera" not in (await alice.texts("notices"))[0].lower(), "she is told of no trouble with it"


async def test_a_shared_screen_takes_the_stage_until_it_stops(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    bob = await visit(tabs, meeting_server, room, "Bob")
    await see_moving(bob, "Alice")
    await alice.click("toggle-screen-share")
    screen = await until(
        lambda: bob.tile("Alice\u2019s screen", source="screen_share"),
        lambda tile: tile is not None and tile.picture is not None,
        "Bob sees Alice's screen",
    )
    assert screen is not None
    assert (await bob.tiles())[0].source == "screen_share"
    await alice.click("toggle-screen-share")
    await until(bob.tiles, lambda tiles: len(tiles) == 2, "the screen is gone")


async def test_a_lost_connection_is_told_and_repaired(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    async with Wire.laid(meeting_server) as wire:
        alice = await visit(tabs, wire.server, room, "Alice")

        async def state() -> str:
            return (await alice.elements("connection-banner"))[0].attributes["data-state"]

        await wire.cut()
        await until(state, lambda now: now in ("reconnecting", "signalReconnecting"), "the page tells", within=40)
        await wire.mend()
        await until(state, lambda now: now == "connected", "the connection is back", within=40)
        await see_moving(alice, "Alice (you)")


async def test_the_back_button_leaves_the_room(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    bob = await visit(tabs, meeting_server, room, "Bob")
    alice = await come_by_the_landing_page(tabs, meeting_server, "Alice", room)
    await until(bob.tiles, lambda tiles: len(tiles) == 2, "Bob sees Alice")
    await alice.back()
    await alice.wait("landing")
    await until(bob.tiles, lambda tiles: len(tiles) == 1, "Alice is gone")


async def test_leaving_offers_to_come_back(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    await alice.click("leave")
    await alice.wait("left-page")
    await alice.click("rejoin")
    await enter_room(alice, "Alice")
    await see_moving(alice, "Alice (you)")
