"""What a session makes of the engine's word on its peer connection."""

import time

from roomful._native import Event
from roomful.protocols.whip.session import SILENCE_ALLOWED, Session
from roomful.rooms.events import ParticipantLeft, RoomEvent
from roomful.rooms.model import LeaveReason, ParticipantState

from . import offers
from .conftest import ROOM, Server


async def came(server: Server) -> tuple[Session, list[RoomEvent]]:
    answer = await server.post(offers.SENDING)
    session = server.whip.sessions.get(answer.headers["location"].rpartition("/")[2])
    assert session is not None
    events: list[RoomEvent] = []
    server.rooms.with_name(ROOM).observers.add(events.append)
    return session, events


def tell(server: Server, session: Session, state: str) -> None:
    """As the engine would, which here has nobody to talk to."""
    session._on_event(Event.PeerState(session.peer, state, ""))


def reasons(events: list[RoomEvent]) -> list[LeaveReason]:
    return [event.reason for event in events if isinstance(event, ParticipantLeft)]


async def test_a_connection_makes_the_participant_active(server: Server) -> None:
    session, _ = await came(server)
    tell(server, session, "connected")
    assert server.participant().state is ParticipantState.ACTIVE


async def test_a_client_that_comes_back_in_time_stays(server: Server) -> None:
    session, events = await came(server)
    for state in ("connected", "disconnected"):
        tell(server, session, state)
    server.whip.sessions.tick(time.time() + SILENCE_ALLOWED - 2)
    tell(server, session, "connected")
    server.whip.sessions.tick(time.time() + SILENCE_ALLOWED + 2)
    assert reasons(events) == []


async def test_a_client_that_stays_silent_is_out(server: Server) -> None:
    session, events = await came(server)
    for state in ("connected", "disconnected"):
        tell(server, session, state)
    server.whip.sessions.tick(time.time() + SILENCE_ALLOWED + 1)
    assert reasons(events) == [LeaveReason.CONNECTION_TIMEOUT]
    assert len(server.whip.sessions) == 0


async def test_a_connection_that_ends_is_a_departure_with_the_fitting_reason(server: Server) -> None:
    for states, reason in (
        (["failed"], LeaveReason.JOIN_FAILURE),
        (["connected", "failed"], LeaveReason.CONNECTION_TIMEOUT),
        (["connected", "closed"], LeaveReason.CLIENT_INITIATED),
    ):
        session, events = await came(server)
        for state in states:
            tell(server, session, state)
        assert reasons(events) == [reason]
