"""Takes docs/images/meeting.png: two people at the page and a Python program, in one room.

.venv/bin/python -m tests.browser.readme_picture
"""

import asyncio
import tempfile
from pathlib import Path

from tests.running_server import running_server

from .meeting_server import MeetingServer, meetings_on
from .portrait_film import Person, write_film
from .sdk_participant import SdkParticipant
from .tabs import Tabs
from .visitors import see_moving, visit
from .waiting import until

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "meeting.png"
ROOM = "kitchen-table"
ALICE = Person(wall=(236, 213, 190), hair=(92, 52, 36), skin=(240, 196, 164), shirt=(13, 114, 99), long_hair=True)
BOB = Person(wall=(186, 208, 222), hair=(38, 34, 40), skin=(168, 112, 78), shirt=(201, 120, 48))


async def take(server: MeetingServer, folder: Path) -> None:
    films = {"Alice": folder / "alice.y4m", "Bob": folder / "bob.y4m"}
    write_film(ALICE, films["Alice"])
    write_film(BOB, films["Bob"])
    async with (
        Tabs.launch(film=films["Alice"]) as alices,
        Tabs.launch(film=films["Bob"]) as bobs,
        SdkParticipant.join(server.ws_url, server.token("test-pattern.py", ROOM)) as program,
    ):
        await program.publish_pattern()
        alice = await visit(alices, server, ROOM, "Alice", width=1280, height=800)
        bob = await visit(bobs, server, ROOM, "Bob")
        await program.publish_tone(440)
        for label in ("Alice (you)", "Bob", "test-pattern.py"):
            await see_moving(alice, label)
        await alice.click("toggle-chat")
        await bob.click("toggle-chat")
        for tab, text in (
            (bob, "Good morning! Can you hear the tone?"),
            (alice, "Loud and clear: 440 Hz, straight from Python."),
            (bob, "And the picture moves, too."),
        ):
            await tab.fill("chat-input", text)
            await tab.press("Enter")
            await until(lambda text=text: alice.texts("chat-text"), lambda texts, text=text: text in texts, text)
        await until(
            alice.tiles,
            lambda tiles: all(tile.picture is not None and tile.picture.width >= 640 for tile in tiles),
            "everybody is seen in full size",
            within=30,
        )
        await until(
            lambda: alice.tile("test-pattern.py"),
            lambda tile: tile is not None and tile.speaking,
            "the speaker is marked",
        )
        await until(lambda: alice.texts("notices"), lambda texts: texts == [""], "no notice covers the page")
        await alice.screenshot(PICTURE)


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_server(folder, arguments=("--dev",)) as server:
            await take(meetings_on(server), folder)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    asyncio.run(main())
