"""LiveKit's command line tool manages rooms. Runs where ROOMFUL_PEERS names the folder that `lk` is in."""

from roomful.rooms.events import ParticipantLeft
from roomful.rooms.model import LeaveReason
from tests.lk import needs_lk, run_lk
from tests.protocols.room_service.conftest import KEY, SECRET, Server

pytestmark = needs_lk


async def lk(server: Server, *arguments: str) -> str:
    return await run_lk(server.url, KEY, SECRET, *arguments)


async def test_rooms_are_made_listed_and_deleted(server: Server) -> None:
    await lk(server, "room", "create", "meet", "--empty-timeout", "600")
    room = server.rooms.with_name("meet")
    assert room.options.empty_timeout == 600
    assert room.sid in await lk(server, "room", "list")
    await lk(server, "room", "delete", "meet")
    assert len(server.rooms) == 0


async def test_metadata_is_updated_and_participants_are_managed(server: Server) -> None:
    await lk(server, "room", "create", "meet")
    await lk(server, "room", "update", "--metadata", "weekly", "meet")
    room, alice = server.join("meet", "alice")
    assert room.metadata == "weekly"
    assert "alice" in await lk(server, "room", "participants", "list", "meet")
    await lk(server, "room", "participants", "update", "--room", "meet", "--identity", "alice", "--metadata", "m")
    assert alice.metadata == "m"
    events = server.observe("meet")
    await lk(server, "room", "participants", "remove", "--room", "meet", "alice")
    [left] = [event for event in events if isinstance(event, ParticipantLeft)]
    assert left.reason is LeaveReason.PARTICIPANT_REMOVED
