"""A page that speaks WHIP and WHEP, in a real browser, served from another origin than the server's."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec

from tests.browser.tabs import Tab

from .page_server import serve_page
from .showing import Colour, is_like
from .waiting import WITHIN, until_seen

PAGE = Path(__file__).with_name("whip_page.html")


def page_server() -> AbstractAsyncContextManager[str]:
    """The URL of the page."""
    return serve_page(PAGE.read_bytes())


class Began(msgspec.Struct):
    """What the server answered to an offer."""

    session: str
    etag: str
    links: str | None


class State(msgspec.Struct):
    connection: str
    trickled: int
    """Candidates sent by PATCH, the end of them included."""


class Seen(msgspec.Struct):
    """What a viewer's page shows."""

    frames: int
    width: int
    colour: Colour
    loudness: float
    """Peak of the latest samples, full scale 1; the tones that are played have at least 0.5."""


class Restarted(msgspec.Struct):
    previous: str
    etag: str


class WhipTab:
    """A tab with the page."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    async def publish(self, url: str, token: str, colour: Colour, frequency: int = 0) -> Began:
        """Send a picture of one colour, and a tone of so many Hz if there are any. Raises BrowserError."""
        return await self.tab.call(Began, "publish", url, token, f"rgb{colour}", frequency)

    async def play(self, url: str, token: str) -> Began:
        return await self.tab.call(Began, "play", url, token)

    async def restart_ice(self) -> Restarted:
        return await self.tab.call(Restarted, "restart")

    async def end(self) -> int:
        return await self.tab.call(int, "end")

    async def vanish(self) -> None:
        """Close the peer connection without a word."""
        await self.tab.call(object, "vanish")

    async def state(self) -> State:
        return await self.tab.call(State, "state")

    async def look(self) -> Seen:
        return await self.tab.call(Seen, "look")

    async def is_connected(self) -> None:
        await until_seen(self.state, lambda state: state.connection == "connected", "a connection")

    async def sees(self, colour: Colour, within: float = WITHIN) -> Seen:
        """Wait until new frames show the colour."""
        before = (await self.look()).frames
        return await until_seen(
            self.look, lambda seen: seen.frames > before and is_like(seen.colour, colour), f"{colour}", within
        )

    async def hears_tone(self, frequency: int, *, heard: bool = True) -> None:
        """Wait until there is a tone of so many Hz in the sound, or there is none."""

        async def pitch() -> float:
            return await self.tab.call(float, "pitch", frequency)

        await until_seen(
            pitch, lambda level: (level > -50) is heard, f"{'a' if heard else 'no'} tone of {frequency} Hz"
        )

    async def hears(self) -> None:
        await until_seen(self.look, lambda seen: seen.loudness > 0.2, "sound")
