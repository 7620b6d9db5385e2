"""Fixtures: a meeting with real clients, in the mode or modes that a test asks for; a call, and who disturbs it.

ROOMFUL_TEST_SERVER (with ROOMFUL_TEST_API_KEY and ROOMFUL_TEST_API_SECRET) names another server to hold the meetings
on: a livekit-server, for instance, to see whether a surprise is ours or the client's.
"""

import uuid
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from livekit import api

from tests.browser.meeting_server import server_from_environment
from tests.running_server import RunningServer

from .meeting import Meeting, MeetingPlace, Mode
from .signal_client import SignalClient, signal_client
from .steady_call import SteadyCall, steady_call


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call(roomful_server: RunningServer) -> AsyncIterator[SteadyCall]:
    """Two people who talk while others misbehave, for all tests of a module; these have `loop_scope="module"`."""
    async with steady_call(roomful_server) as running:
        yield running


@pytest.fixture
def token_for(roomful_server: RunningServer) -> Callable[[str], str]:
    """Makes tokens for an identity in a room of the test's own."""
    room = f"bad place {uuid.uuid4().hex[:8]}"

    def make(identity: str) -> str:
        token = api.AccessToken(roomful_server.api_key, roomful_server.api_secret).with_identity(identity)
        return token.with_grants(api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True)).to_jwt()

    return make


@pytest_asyncio.fixture(loop_scope="module", params=[False, True], ids=["/rtc", "/rtc/v1"])
async def mallory(
    request: pytest.FixtureRequest, roomful_server: RunningServer, token_for: Callable[[str], str]
) -> AsyncIterator[SignalClient]:
    """Somebody without manners who is let in both ways, alone in a room."""
    async with signal_client(roomful_server.ws_url, token_for("mallory"), single=request.param) as client:
        await client.receive("join")
        yield client
