"""A meeting in three tabs of a browser that survives whatever happens to its network and its server."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.browser.tabs import Tab, Tabs
from tests.browser.visitors import see_moving
from tests.browser.waiting import until

from .lab import NetLab
from .room_server import PORT, RoomServer

pytestmark = pytest.mark.timeout(420)
"""Seconds. A browser encodes three pictures, and each scenario breaks a connection."""

NAMES = ("alice", "bob", "carol")
MESSAGE = "the agenda is in the folder"
RESUMED = ("signal-reconnect", "disconnect-signal-on-resume")
REJOINED = (
    "resume-reconnect",
    "full-reconnect",
    "leave-full-reconnect",
    "node-failure",
    "migration",
    "force-tcp",
    "force-tls",
)
REPAIRED = ("disconnect-signal-on-resume-no-messages",)
UNBROKEN = ("speaker", "subscriber-bandwidth")
"""What the menu can break, by what becomes of the connection: it goes on, is made anew, either of them, or neither."""


@pytest.fixture
async def tabs(netlab: NetLab, room_server: RoomServer) -> AsyncIterator[Tabs]:
    """A browser in a host of its own."""
    origin = room_server.url.replace("ws", "http", 1)
    async with Tabs.launch(trusted=origin, through=netlab.host("browser").command) as launched:
        yield launched


async def enter(tabs: Tabs, server: RoomServer, name: str) -> Tab:
    tab = await tabs.open(name, f"http://{server.host.address}:{PORT}/r/lab?debug#token={server.token(name)}")
    await tab.click("join")
    await tab.wait("meeting")
    return tab


async def state(tab: Tab) -> str:
    return (await tab.elements("connection-banner"))[0].attributes["data-state"]


async def all_see_all(meeting: list[Tab], within: float = 90.0) -> None:
    """Each tab is connected and shows the moving pictures of the two others. Raises TimeoutError."""

    async def sees(tab: Tab) -> None:
        await until(lambda: state(tab), lambda now: now == "connected", f"{tab.name} is connected", within)
        for name in NAMES:
            if name != tab.name:
                await see_moving(tab, name)
        tiles = await tab.tiles()
        assert len(tiles) == 3, tiles

    async with asyncio.timeout(within):
        await asyncio.gather(*(sees(tab) for tab in meeting))


async def own_connection(tab: Tab) -> tuple[str, int]:
    """The session that the tab has, and how often its connection was repaired."""
    attributes = (await tab.elements("own-connection"))[0].attributes
    return attributes["data-sid"], int(attributes["data-repairs"])


async def simulate(tab: Tab, scenario: str) -> None:
    await tab.click(f"simulate-{scenario}")
    await until(lambda: tab.texts("simulated"), lambda texts: texts == [scenario], f"{scenario} was asked for")


async def test_a_meeting_of_three_tabs_survives(netlab: NetLab, room_server: RoomServer, tabs: Tabs) -> None:
    meeting = [await enter(tabs, room_server, name) for name in NAMES]
    alice, bob, carol = meeting
    await all_see_all(meeting)
    await asyncio.to_thread(room_server.call, "UpdateRoomMetadata", room="lab", metadata="a plan")
    for tab in (alice, bob):
        await tab.click("toggle-chat")
    await alice.fill("chat-input", MESSAGE)
    await alice.press("Enter")
    await until(lambda: bob.texts("chat-text"), lambda texts: texts == [MESSAGE], "bob reads it")

    await asyncio.to_thread(room_server.restart)
    await all_see_all(meeting)
    rooms = await asyncio.to_thread(room_server.call, "ListRooms")
    assert [room["metadata"] for room in rooms["rooms"]] == ["a plan"]
    await carol.close()
    meeting[2] = carol = await enter(tabs, room_server, "carol")
    await carol.click("toggle-chat")
    for tab in meeting:
        await until(lambda tab=tab: tab.texts("chat-text"), lambda texts: texts == [MESSAGE], f"{tab.name} can read it")

    netlab.host("browser").cut()
    for tab in meeting:
        await until(lambda tab=tab: state(tab), lambda now: now != "connected", f"{tab.name} notices")
    await asyncio.sleep(10)  # on top of those that passed until it was noticed
    netlab.host("browser").restore()
    await all_see_all(meeting)

    await alice.click("toggle-debug")
    for scenario in RESUMED + REJOINED + REPAIRED:
        session, repairs = await own_connection(alice)
        await simulate(alice, scenario)
        await until(lambda: own_connection(alice), lambda now, before=repairs: now[1] > before, f"{scenario} is over")
        await all_see_all(meeting)
        now, _ = await own_connection(alice)
        assert scenario in REPAIRED or (now == session) == (scenario in RESUMED), scenario
    for scenario in UNBROKEN:
        await simulate(alice, scenario)
        await all_see_all(meeting)

    await alice.click("simulate-server-leave")
    await alice.wait("left-page")
    await until(bob.tiles, lambda tiles: len(tiles) == 2, "the others are still there")
