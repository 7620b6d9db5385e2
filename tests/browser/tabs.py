"""Chromium tabs under the control of a test.

    async with Tabs.launch() as tabs:
        alice = await tabs.open("alice", server.http_url)
        await alice.fill("landing-name", "Alice")

A Node process (tabs.mjs) drives the browser with playwright-core and talks JSON lines. Elements are found by
`data-testid`.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import psutil

from .sights import Element, Focus, Overflow, Tile

T = TypeVar("T")

Devices = Literal["fake", "denied", "absent"]
"""Cameras and microphones of a browser: fake ones it may use, fake ones it may not use, none."""

DRIVER = Path(__file__).parent / "tabs.mjs"
LAUNCH_SECONDS = 45.0
ANSWER_SECONDS = 45.0
"""More than the driver's own patience with an element, whose message says more than a time-out here."""
LINE_LIMIT = 2**24
"""Bytes; a sight of a hundred tiles is far below."""


class BrowserError(Exception):
    """The browser could not do what was asked; the message is playwright's."""


class Tabs:
    """One Chromium with a profile of its own, and the process that drives it. Made by `launch`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}

    @classmethod
    @asynccontextmanager
    async def launch(
        cls,
        devices: Devices = "fake",
        *,
        film: Path | None = None,
        trusted: str | None = None,
        through: Callable[[Sequence[str]], Sequence[str]] = list,
        executable: str = "/usr/bin/chromium",
    ) -> AsyncIterator["Tabs"]:
        """Starts the browser and ends it with everything in it. Raises RuntimeError if it does not start.

        A `film` (a Y4M file) is what its fake cameras see, in place of Chromium's own picture. Pages of the origin
        `trusted` get cameras though they come over http. `through` makes a command line one that runs it elsewhere, as
        in a network namespace.
        """
        options = {
            "devices": devices,
            "executable": executable,
            "film": str(film) if film else None,
            "trusted": trusted,
        }
        process = await asyncio.create_subprocess_exec(
            *through(["node", str(DRIVER), json.dumps(options)]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
        )
        tabs = cls(process)
        assert process.stdin is not None
        assert process.stdout is not None
        reader: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(LAUNCH_SECONDS):
                if not await process.stdout.readline():
                    raise RuntimeError("the browser driver ended at its start; its standard error says why")
            reader = asyncio.create_task(tabs._read(process.stdout))
            yield tabs
        finally:
            await _end(process)
            if reader is not None:
                await reader

    async def open(
        self,
        name: str,
        url: str,
        *,
        width: int = 960,
        height: int = 640,
        touch: bool = False,
        colour_scheme: Literal["light", "dark"] = "light",
    ) -> "Tab":
        """A tab that shares nothing with the others. Sizes are in CSS pixels."""
        await self.ask("open", name, url=url, width=width, height=height, touch=touch, colorScheme=colour_scheme)
        return Tab(self, name)

    async def ask(self, command: str, tab: str, **parameters: object) -> Any:
        """One command to the driver, and its plain result. Raises BrowserError, or TimeoutError if no answer comes."""
        assert self._process.stdin is not None
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "do": command, "tab": tab, **parameters}
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        finally:
            del self._answers[number]

    async def _read(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            message = msgspec.json.decode(line)
            waiting = self._answers.get(message["id"])
            if waiting is None or waiting.done():
                continue
            if "error" in message:
                waiting.set_exception(BrowserError(message["error"]))
            else:
                waiting.set_result(message["result"])
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(BrowserError("the browser driver ended"))


class Tab:
    """One tab. Actions wait until their element is there and can be used."""

    def __init__(self, tabs: Tabs, name: str) -> None:
        self._tabs = tabs
        self.name = name

    async def fill(self, testid: str, text: str) -> None:
        """Replaces what stands in a field."""
        await self._ask("fill", testid=testid, text=text)

    async def click(self, testid: str) -> None:
        await self._ask("click", testid=testid)

    async def select(self, testid: str, index: int) -> None:
        """Chooses an entry of a list, counted from 0."""
        await self._ask("select", testid=testid, index=index)

    async def press(self, key: str) -> None:
        """A key, by its DOM name: `Tab`, `Enter`, `Shift+Tab`. It goes to whatever has the focus."""
        await self._ask("press", key=key)

    async def write(self, text: str) -> None:
        """Types into whatever has the focus."""
        await self._ask("write", text=text)

    async def back(self) -> None:
        """The browser's back button."""
        await self._ask("back")

    async def wait(self, testid: str, state: Literal["visible", "hidden"] = "visible") -> None:
        await self._ask("wait", testid=testid, state=state)

    async def elements(self, testid: str) -> list[Element]:
        """All elements with that test id, also none."""
        return await self._see(list[Element], "elements", testid=testid)

    async def texts(self, testid: str) -> list[str]:
        return [element.text for element in await self.elements(testid)]

    async def tiles(self) -> list[Tile]:
        """Everybody's tile, with a fresh sample of picture and level."""
        return await self._see(list[Tile], "tiles")

    async def tile(self, label: str, source: str = "camera") -> Tile | None:
        """The tile with that label, None while there is none."""
        return next((tile for tile in await self.tiles() if (tile.label, tile.source) == (label, source)), None)

    async def peaks(self) -> list[float | None]:
        """Loudest frequency, Hz, of each remote voice over a third of a second; None for silence."""
        return await self._see(list[float | None], "peaks")

    async def focused(self) -> Focus:
        return await self._see(Focus, "focused")

    async def overflow(self) -> Overflow:
        return await self._see(Overflow, "overflow")

    async def clipboard(self) -> str:
        """What was copied last. Takes the permissions of camera and microphone away, so use it outside of meetings."""
        return await self._see(str, "clipboard")

    async def address(self) -> str:
        return await self._see(str, "address")

    async def errors(self) -> list[str]:
        """Uncaught exceptions, and errors on the console, since the tab was opened."""
        return await self._see(list[str], "errors")

    async def call(self, answer: type[T], function: str, *values: object) -> T:
        """Call a function of the page with plain values. Raises BrowserError for what it throws."""
        return await self._see(answer, "call", name=function, values=values)

    async def screenshot(self, path: Path) -> None:
        await self._ask("screenshot", path=str(path))

    async def close(self) -> None:
        await self._ask("close")

    async def _ask(self, command: str, **parameters: object) -> Any:
        return await self._tabs.ask(command, self.name, **parameters)

    async def _see(self, sight: type[T], command: str, **parameters: object) -> T:
        return msgspec.convert(await self._ask(command, **parameters), sight)


async def _end(process: asyncio.subprocess.Process) -> None:
    """The driver closes the browser when its input ends; one that hangs is not waited for, and nothing stays behind."""
    family = _descendants(process.pid)
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(15):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
