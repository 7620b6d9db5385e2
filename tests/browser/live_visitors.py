"""Ways of people through the pages of live rooms."""

import uuid

from .meeting_server import MeetingServer
from .sights import Element
from .tabs import Tab, Tabs
from .waiting import until


def new_show() -> str:
    """The name of a live room that is not there yet."""
    return f"show-{uuid.uuid4().hex[:8]}"


async def open_studio(tabs: Tabs, server: MeetingServer, show: str, name: str, title: str) -> Tab:
    """A new tab of a streamer, who has entered the studio and is not on air yet."""
    tab = await tabs.open(name, f"{server.http_url}/live/{show}/studio")
    await tab.fill("entrance-name", name)
    await tab.fill("live-title", title)
    await tab.click("enter")
    await tab.wait("live-room")
    return tab


async def go_live(tab: Tab) -> None:
    await tab.click("start-live")
    await see_status(tab, "Living")


async def watch(tabs: Tabs, server: MeetingServer, show: str, name: str, *, width: int = 960, height: int = 640) -> Tab:
    """A new tab of a viewer, who has entered the room."""
    tab = await tabs.open(name, f"{server.http_url}/live/{show}", width=width, height=height)
    await tab.fill("entrance-name", name)
    await tab.click("enter")
    await tab.wait("live-room")
    return tab


async def see_status(tab: Tab, status: str) -> None:
    """Returns once the page says so. Raises TimeoutError."""

    def says(found: list[Element]) -> bool:
        return bool(found) and found[0].attributes["data-status"] == status

    await until(lambda: tab.elements("live-status"), says, f"{tab.name} reads that the show is {status}")


async def accept_guest(viewer: Tab, streamer: Tab) -> None:
    """The viewer asks for the mic, and the streamer lets them in."""
    await viewer.click("toggle-mic")
    await viewer.click("ask-mic")
    await streamer.click("toggle-guests")
    await streamer.click("accept-guest")
    await viewer.wait("end-mic")
    await viewer.click("toggle-mic")
    await streamer.click("toggle-guests")


async def challenge(streamer: Tab, other: Tab) -> None:
    """A PK of two streamers who are on air; there must be no third one."""
    await streamer.click("toggle-pk")
    await streamer.click("invite-pk")
    await other.click("accept-pk")
    await streamer.wait("pk")
    await streamer.click("toggle-pk")


async def write(tab: Tab, text: str) -> None:
    """Say something, over the picture."""
    await tab.fill("chat-input", text)
    await tab.press("Enter")


async def see_text(tab: Tab, testid: str, text: str) -> None:
    """Returns once an element with that test id has exactly this text. Raises TimeoutError."""
    await until(lambda: tab.texts(testid), lambda texts: text in texts, f"{tab.name} sees {text!r} in {testid}")


async def see_line(tab: Tab, line: str) -> None:
    """Returns once it stands in the list beside the picture, as `name text`. Raises TimeoutError."""
    await see_text(tab, "live-line", line)


NO_FAULTS = (
    "Failed to load resource",
    "publisher data channel",
    "Error while running updatePages()",
    "WebSocket is already in CLOSING or CLOSED state",
)
"""How browsers begin to tell of an answer like 404, which a stream that is not there yet gives; and LiveKit's SDK of
channels that a server ends which lets it join anew, of a list of tiles that is quite another one from then on, and of
its goodbye to a server that has said goodbye at the same time."""


async def faults(tab: Tab) -> list[str]:
    """Errors of the page's own."""
    return [error for error in await tab.errors() if not error.startswith(NO_FAULTS)]
