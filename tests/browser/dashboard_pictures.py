"""Takes docs/images/dashboard-*.png: all rooms, a room and a stream, of a short meeting.

.venv/bin/python -m tests.browser.dashboard_pictures [folder]
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.running_server import running_server

from .meeting_server import MeetingServer, meetings_on
from .tabs import Tabs
from .test_dashboards import drawn, meeting
from .waiting import until

PICTURES = Path(__file__).parents[2] / "docs" / "images"
ROOM = "kitchen-table"
POINTS = 6
"""Of the lines in the pictures; one comes every five seconds."""


async def take(server: MeetingServer, folder: Path) -> None:
    async with meeting(server, ROOM), Tabs.launch() as tabs:
        tab = await tabs.open("admin", f"{server.http_url}/dashboard", width=1180, height=820)
        await tab.wait(f"to-room {ROOM}")
        await tab.click(f"to-room {ROOM}")
        await tab.wait("pair-to-stream")
        await tab.click("pair-to-stream")
        await tab.wait("stream-bitrate-values")
        await tab.click("reach-10min")
        await tab.click("stream-bitrate-values")
        await until(lambda: drawn(tab, "stream-bitrate"), lambda rows: len(rows) > 2 * POINTS, "long lines", within=120)
        await tab.click("stream-bitrate-values")
        await tab.screenshot(folder / "dashboard-stream.png")
        await tab.click("to-report")
        await tab.wait("matrix")
        await tab.click("reach-10min")
        await tab.screenshot(folder / "dashboard-room.png")
        await tab.click("to-site")
        await tab.wait("rooms-now")
        await tab.wait("days-values")
        await tab.screenshot(folder / "dashboard.png")


async def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    with tempfile.TemporaryDirectory() as name:
        async with running_server(Path(name), arguments=("--dev",)) as server:
            await take(meetings_on(server), folder)


if __name__ == "__main__":
    asyncio.run(main())
