"""Ways into a room: by link, by token, and with devices that are not there."""

import pytest

from .meeting_server import MeetingServer
from .tabs import Devices, Tabs
from .visitors import enter_room, room_link, see_moving
from .waiting import until

pytestmark = pytest.mark.timeout(180)
"""Seconds. Browsers encode every picture several times, on whatever machine this is."""


@pytest.mark.parametrize(
    ("devices", "explanation"),
    [
        ("denied", "The browser does not permit the camera or microphone."),
        ("absent", "No camera or microphone was found."),
    ],
)
async def test_without_devices_the_page_explains_and_lets_in(
    meeting_server: MeetingServer, room: str, devices: Devices, explanation: str
) -> None:
    async with Tabs.launch(devices=devices) as tabs:
        alice = await tabs.open("alice", room_link(meeting_server, room))
        await until(
            lambda: alice.texts("capture-problems"),
            lambda texts: texts[0].startswith(explanation),
            "the page says what is wrong with the devices",
        )
        await enter_room(alice, "Alice")
        tile = await until(lambda: alice.tile("Alice (you)"), lambda tile: tile is not None, "Alice has a tile")
        assert tile is not None
        assert tile.picture is None
        assert tile.audio_level is None
        assert await alice.errors() == []


async def test_devices_turned_off_before_joining_stay_off(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    alice = await tabs.open("alice", room_link(meeting_server, room))
    await alice.click("preview-camera")
    await alice.click("preview-microphone")
    await enter_room(alice, "Alice")
    tile = await until(lambda: alice.tile("Alice (you)"), lambda tile: tile is not None, "Alice has a tile")
    assert tile is not None
    assert tile.picture is None
    assert tile.audio_level is None
    await alice.click("toggle-camera")
    await see_moving(alice, "Alice (you)")


@pytest.mark.parametrize("separator", ["#", "?"])
async def test_a_token_in_the_link_names_room_and_visitor_and_leaves_the_address(
    meeting_server: MeetingServer, room: str, tabs: Tabs, separator: str
) -> None:
    token = meeting_server.token("Grace", room)
    tab = await tabs.open("grace", f"{meeting_server.http_url}/{separator}token={token}")
    await tab.click("join")
    await tab.wait("meeting")
    assert token not in await tab.address()
    await see_moving(tab, "Grace (you)")


async def test_a_refused_token_is_explained_and_can_be_replaced(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    header, payload, _ = meeting_server.token("Grace", room).split(".")
    tab = await tabs.open("grace", f"{room_link(meeting_server, room)}#token={header}.{payload}.bm90IGEgc2lnbmF0dXJl")
    await tab.click("join")
    await tab.wait("join-failure")
    assert "does not let you in" in (await tab.texts("join-failure"))[0]

    await tab.fill("access-token", meeting_server.token("Grace", room))
    await tab.click("use-token")
    await tab.click("join")
    await tab.wait("meeting")


async def test_the_room_can_be_named_in_the_query(meeting_server: MeetingServer, tabs: Tabs) -> None:
    tab = await tabs.open("alice", f"{meeting_server.http_url}/?room=demo&name=Alice")
    await tab.wait("prejoin")
    assert (await tab.elements("prejoin-name"))[0].value == "Alice"


async def test_the_invite_link_leads_into_the_room(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    alice = await tabs.open("alice", meeting_server.http_url)
    await alice.fill("landing-room", room)
    await alice.click("copy-invite")
    await until(lambda: alice.texts("copy-invite"), lambda texts: texts == ["Link copied"], "the link is copied")
    link = await alice.clipboard()
    assert link == room_link(meeting_server, room)

    bob = await tabs.open("bob", link)
    await bob.wait("prejoin")
    await enter_room(bob, "Bob")
