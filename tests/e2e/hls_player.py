"""HLS in a real browser, by hls.js as its users set it up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tests.browser.tabs import Tab, Tabs

from .page_server import serve_page
from .showing import Colour, is_like
from .waiting import until_seen

PAGE = Path(__file__).with_name("hls_page.html")
HLS_JS = Path(__file__).parents[2] / "ui" / "node_modules" / "hls.js" / "dist" / "hls.min.js"
WITHIN = 40.0


class Shown(msgspec.Struct):
    """What a player shows. Times are seconds."""

    fatal: str
    """Why hls.js gave up; empty while it did not."""
    time: float
    frames: int
    sound_bytes: int = msgspec.field(name="soundBytes")
    width: int
    ended: bool
    duration: float
    """0 while it is not known."""
    left: Colour
    right: Colour


class Player:
    """A tab with the page."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    async def look(self) -> Shown:
        shown = await self._tab.call(Shown, "look")
        assert not shown.fatal
        return shown

    async def sees_both(self, one: Colour, other: Colour) -> Shown:
        """Wait until one half of the picture has one colour, and the other half the other."""

        def both(shown: Shown) -> bool:
            pairs = ((shown.left, shown.right), (shown.right, shown.left))
            return any(is_like(first, one) and is_like(second, other) for first, second in pairs)

        return await until_seen(self.look, both, f"{one} and {other}", WITHIN)

    async def goes_on(self, seconds: float) -> Shown:
        """Wait until it has played so much more."""
        before = await self.look()

        def later(shown: Shown) -> bool:
            heard, seen = shown.sound_bytes > before.sound_bytes, shown.frames >= before.frames + 5 * seconds
            return heard and seen and shown.time >= before.time + seconds

        return await until_seen(self.look, later, "the film going on", WITHIN)

    async def ends(self) -> Shown:
        return await until_seen(self.look, lambda shown: shown.ended, "the end", WITHIN)


Play = Callable[[str, str], Awaitable[Player]]


@asynccontextmanager
async def hls_players() -> AsyncIterator[Play]:
    """Opens links, each in a tab of its own."""
    async with Tabs.launch() as tabs, serve_page(PAGE.read_bytes(), HLS_JS.read_bytes()) as page:

        async def play_one(name: str, url: str) -> Player:
            tab = await tabs.open(name, page)
            await tab.call(object, "watch", url)
            return Player(tab)

        yield play_one
