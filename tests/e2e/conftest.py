"""Fixtures: a meeting with real clients, in the mode or modes that a test asks for.

ROOMFUL_TEST_SERVER (with ROOMFUL_TEST_API_KEY and ROOMFUL_TEST_API_SECRET) names another server to hold the meetings
on: a livekit-server, for instance, to see whether a surprise is ours or the client's.
"""

from collections.abc import AsyncIterator

import pytest

from tests.browser.meeting_server import server_from_environment
from tests.running_server import RunningServer

from .meeting import Meeting, MeetingPlace, Mode


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> Mode:
    """How the clients of the meeting connect; `in_both_modes` sets it."""
    return getattr(request, "param", "mixed")


@pytest.fixture
def meeting_place(request: pytest.FixtureRequest) -> MeetingPlace:
    """The server of all tests that only need some room in it."""
    if (external := server_from_environment()) is not None:
        return external
    own: RunningServer = request.getfixturevalue("roomful_server")
    return own


@pytest.fixture
async def meeting(meeting_place: MeetingPlace, mode: Mode) -> AsyncIterator[Meeting]:
    """A room of the test's own."""
    opened = Meeting(meeting_place, mode)
    yield opened
    await opened.close()
