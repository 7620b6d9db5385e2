"""Fixtures: the server whose pages are tested, a room nobody else uses, and a browser."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.running_server import RunningServer

from .meeting_server import MeetingServer, meetings_on, server_from_environment
from .tabs import Tabs


@pytest.fixture
def meeting_server(request: pytest.FixtureRequest) -> MeetingServer:
    """The server of ROOMFUL_TEST_SERVER, or else one of its own from `roomful_server`."""
    if (external := server_from_environment()) is not None:
        return external
    own: RunningServer = request.getfixturevalue("roomful_server")
    return meetings_on(own)


@pytest.fixture
def room() -> str:
    """The name of a room nobody is in; a space and a slash belong to what a name may hold."""
    return f"tea room/{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def tabs() -> AsyncIterator[Tabs]:
    """A browser with fake devices that it may use."""
    async with Tabs.launch() as launched:
        yield launched
