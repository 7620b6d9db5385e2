"""Takes docs/images/live.png: a viewer's page of a show, with a guest, a PK, comments and gifts.

.venv/bin/python -m tests.browser.live_picture
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tests.running_server import running_server

from .live_visitors import accept_guest, challenge, go_live, open_studio, see_line, watch, write
from .meeting_server import MeetingServer, meetings_on
from .portrait_film import Person, write_film
from .tabs import Tabs
from .visitors import see_moving
from .waiting import until

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "live.png"
SHOW, OTHER_SHOW = "kitchen-songs", "late-night"
KIM = Person(wall=(236, 213, 190), hair=(92, 52, 36), skin=(240, 196, 164), shirt=(13, 114, 99), long_hair=True)
LEE = Person(wall=(186, 208, 222), hair=(38, 34, 40), skin=(168, 112, 78), shirt=(201, 120, 48))
BOB = Person(wall=(222, 205, 226), hair=(196, 160, 92), skin=(236, 190, 160), shirt=(70, 84, 170))


async def take(server: MeetingServer, folder: Path) -> None:
    browsers: dict[str, Tabs] = {}
    async with AsyncExitStack() as stack:
        for name, person in {"Kim": KIM, "Lee": LEE, "Bob": BOB}.items():
            film = folder / f"{name}.y4m"
            write_film(person, film)
            browsers[name] = await stack.enter_async_context(Tabs.launch(film=film))
        kim = await open_studio(browsers["Kim"], server, SHOW, "Kim", "Songs in the kitchen")
        lee = await open_studio(browsers["Lee"], server, OTHER_SHOW, "Lee", "Late night")
        await go_live(kim)
        await go_live(lee)
        ann = await watch(browsers["Bob"], server, SHOW, "Ann", width=1280, height=800)
        bob = await watch(browsers["Bob"], server, SHOW, "Bob", width=480, height=480)
        await accept_guest(bob, kim)
        await challenge(kim, lee)
        for label in ("Kim", "Lee", "Bob"):
            await see_moving(ann, label)
        await until(lambda: ann.texts("notices"), lambda texts: texts == [""], "no notice covers the page")
        for tab, text in ((bob, "This is my favourite one"), (kim, "Thank you all!"), (ann, "Encore, encore!")):
            await write(tab, text)
            await see_line(tab, f"You {text}")
        await ann.click("gift-rocket")
        for _ in range(4):
            await bob.click("gift-rose")
        await until(
            lambda: ann.texts("gift-banner"), lambda texts: any("\u00d74" in text for text in texts), "four roses"
        )
        await ann.screenshot(PICTURE)


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_server(folder, arguments=("--dev",)) as server:
            await take(meetings_on(server), folder)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    asyncio.run(main())
