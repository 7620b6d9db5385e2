"""The pages on a narrow screen."""

import pytest

from .meeting_server import MeetingServer
from .sdk_participant import SdkParticipant
from .tabs import Tab, Tabs
from .visitors import enter_room, room_link, see_moving

pytestmark = pytest.mark.timeout(180)
"""Seconds. Browsers encode every picture several times, on whatever machine this is."""

WIDTH, HEIGHT = 360, 640
"""CSS pixels of a small phone."""
LONG_NAME = "Bartholomew-Featherstonehaugh-Cholmondeley-without-any-space"


async def expect_no_sideways_scrolling(tab: Tab) -> None:
    overflow = await tab.overflow()
    assert (overflow.horizontal, overflow.outside) == (0, [])


@pytest.mark.parametrize("colour_scheme", ["light", "dark"])
async def test_no_page_is_wider_than_a_phone(
    meeting_server: MeetingServer, tabs: Tabs, room: str, colour_scheme: str
) -> None:
    phone = await tabs.open(
        "phone",
        meeting_server.http_url,
        width=WIDTH,
        height=HEIGHT,
        touch=True,
        colour_scheme="dark" if colour_scheme == "dark" else "light",
    )
    await phone.wait("landing")
    await expect_no_sideways_scrolling(phone)
    await phone.fill("landing-name", LONG_NAME)
    await phone.fill("landing-room", room + LONG_NAME)
    await phone.click("landing-continue")
    await phone.wait("prejoin")
    await expect_no_sideways_scrolling(phone)

    await enter_room(phone, LONG_NAME)
    await see_moving(phone, f"{LONG_NAME} (you)")
    await expect_no_sideways_scrolling(phone)
    assert (await phone.overflow()).vertical == 0, "the controls are always in sight"
    for panel in ("chat", "people", "devices"):
        await phone.click(f"toggle-{panel}")
        await phone.wait(f"{panel}-panel")
        await expect_no_sideways_scrolling(phone)

    await phone.click("leave")
    await phone.wait("left-page")
    await expect_no_sideways_scrolling(phone)


async def test_a_phone_shows_everybody(meeting_server: MeetingServer, tabs: Tabs, room: str) -> None:
    phone = await tabs.open("phone", room_link(meeting_server, room), width=WIDTH, height=HEIGHT, touch=True)
    await enter_room(phone, "Alice")
    token = meeting_server.token("pattern", room)
    async with SdkParticipant.join(meeting_server.ws_url, token) as program:
        await program.publish_pattern()
        await see_moving(phone, "pattern")
        await see_moving(phone, "Alice (you)")
        await expect_no_sideways_scrolling(phone)
