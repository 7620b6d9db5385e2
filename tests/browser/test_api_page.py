"""The page of the HTTP API, as a developer opens it; the browser has no internet."""

import pytest

from .meeting_server import MeetingServer
from .tabs import Tabs
from .waiting import until

pytestmark = pytest.mark.timeout(120)


async def test_the_calls_of_the_server_are_listed(meeting_server: MeetingServer, tabs: Tabs) -> None:
    page = await tabs.open("developer", f"{meeting_server.http_url}/docs")

    async def is_listed() -> bool:
        return await page.call(bool, "find", "/api/token")

    await until(is_listed, bool, "the calls are listed")
    assert await page.errors() == []
