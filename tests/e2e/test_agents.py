"""Unmodified workers of LiveKit's agents framework get jobs, join and speak."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from livekit import api, rtc
from livekit.protocol.agent_dispatch import CreateAgentDispatchRequest, RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration

from tests.running_server import RunningServer, loopback_config, running_server

from .agents.workers import Worker, speaker
from .client import Client
from .meeting import Meeting, MeetingPlace
from .waiting import until

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
REPLACED_WITHIN = 60.0
"""Seconds: 15 until the old agent is missed, and the worker's own 10, and some for a new one to start."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def greeter(roomful_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worker]:
    """A worker for rooms that ask for a greeter."""
    log = tmp_path_factory.mktemp("greeter") / "log"
    async with speaker(roomful_server, log, tone=450, agent_name="greeter") as worker:
        yield worker


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(meeting_place: MeetingPlace) -> AsyncIterator[Meeting]:
    opened = Meeting(meeting_place)
    yield opened
    await opened.close()


async def agent_seen_by(client: Client, tone: int, *, but: str = "") -> rtc.RemoteParticipant:
    """Wait for an agent that hums."""

    def look() -> rtc.RemoteParticipant | None:
        others = client.room.remote_participants.values()
        return next((one for one in others if one.kind == AGENT and one.identity != but), None)

    agent = await until(look, lambda: f"{client.identity} sees an agent: {client.room.remote_participants}", 60.0)
    await client.hears(agent.identity, tone, name="voice")
    return agent


@pytest.mark.usefixtures("greeter")
async def test_an_agent_that_a_room_sends_for_speaks_until_it_is_sent_away(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    dispatch = await meeting.api.agent_dispatch.create_dispatch(
        CreateAgentDispatchRequest(room=meeting.name, agent_name="greeter", metadata="in French")
    )
    agent = await agent_seen_by(alice, 450)
    assert agent.attributes["lk.agent_name"] == "greeter"
    await until(lambda: agent.attributes.get("told") == "in French", "the agent says what it was told")
    listed = await meeting.api.agent_dispatch.get_dispatch(dispatch.id, meeting.name)
    assert listed is not None
    assert [job.state.participant_identity for job in listed.state.jobs] == [agent.identity]
    await meeting.api.agent_dispatch.delete_dispatch(dispatch.id, meeting.name)
    await alice.until("participant_disconnected", agent.identity)


@pytest.mark.usefixtures("greeter")
async def test_a_token_brings_an_agent_into_the_room_that_it_opens(meeting: Meeting) -> None:
    token = api.AccessToken(meeting.server.api_key, meeting.server.api_secret).with_identity("alice")
    token = token.with_grants(api.VideoGrants(room_join=True, room=meeting.name))
    wish = RoomAgentDispatch(agent_name="greeter")
    alice = await meeting.join("alice", token=token.with_room_config(RoomConfiguration(agents=[wish])).to_jwt())
    await agent_seen_by(alice, 450)


async def test_each_publisher_gets_an_agent_of_a_worker_for_publishers(
    meeting: Meeting, roomful_server: RunningServer, tmp_path: Path
) -> None:
    async with speaker(roomful_server, tmp_path / "log", tone=700, agent_name="echo", kind="publisher"):
        alice, bob = await meeting.meet("alice", "bob")
        dispatch = CreateAgentDispatchRequest(room=meeting.name, agent_name="echo")
        await meeting.api.agent_dispatch.create_dispatch(dispatch)
        await alice.publish_tone(450)
        await agent_seen_by(bob, 700)
        listed = next(
            one for one in await meeting.api.agent_dispatch.list_dispatch(meeting.name) if one.agent_name == "echo"
        )
        assert [job.participant.identity for job in listed.state.jobs] == ["alice"]


async def test_another_worker_takes_the_place_of_one_that_dies(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, speaker(server, tmp_path / "one", tone=450) as first:
        meeting = Meeting(server)
        alice = await meeting.join("alice")
        lost = await agent_seen_by(alice, 450)
        async with speaker(server, tmp_path / "two", tone=700):
            first.kill()
            await alice.until("participant_disconnected", lost.identity, within=REPLACED_WITHIN)
            await agent_seen_by(alice, 700, but=lost.identity)
        await meeting.close()


async def test_agents_are_back_after_a_restart_of_the_server(tmp_path: Path) -> None:
    config = loopback_config()
    async with running_server(tmp_path, config) as before, speaker(before, tmp_path / "log", tone=450):
        meeting = Meeting(before)
        await meeting.api.room.create_room(api.CreateRoomRequest(name=meeting.name))
        alice = await meeting.join("alice")
        first = await agent_seen_by(alice, 450)
        await alice.leave()
        await before.stop()
        async with running_server(tmp_path, config):
            bob = await meeting.join("bob")
            again = await agent_seen_by(bob, 450, but=first.identity)
            # The old one may have been quicker to come back than its worker, which then ends it.
            await until(
                lambda: list(bob.room.remote_participants) == [again.identity],
                lambda: f"one agent stays: {bob.room.remote_participants}",
                60.0,
            )
        await meeting.close()
