"""Clients of LiveKit's protocol in the lobby of a room: it has no word for that. specs/monibuca-rooms.md §3.6.

Who waits is connected to a room of the same name in which nobody else is, and may do nothing there: nothing of the
real room, neither people nor chat, can reach it. Its attribute `roomful.lobby` says `waiting`. Once admitted it is told
to join anew, as after a move to another node, and its SDK does so by itself. Who is refused is told USER_REJECTED.
"""

from collections.abc import Callable

import msgspec

from roomful.protocols.livekit.session import Session
from roomful.rooms.bans import Bans
from roomful.rooms.events import LobbyLeft, ParticipantLeft, RoomClosed, RoomClosing, RoomEvent
from roomful.rooms.ids import new_room_sid
from roomful.rooms.lobby import LobbyOutcome, Waiting
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.room_type import BASIC

ATTRIBUTE = "roomful.lobby"
WAITING = "waiting"
PERMISSION = Permission(can_publish=False, can_publish_data=False)
"""It may subscribe, because clients then connect as usual; there is nothing to subscribe to."""

_OUTCOMES = {
    LobbyOutcome.ADMITTED: LeaveReason.MIGRATION,
    LobbyOutcome.REJECTED: LeaveReason.USER_REJECTED,
    LobbyOutcome.TIMEOUT: LeaveReason.USER_REJECTED,
    LobbyOutcome.LEFT: LeaveReason.DUPLICATE_IDENTITY,
}
"""What the client is told at the end of its wait."""


class WaitingSession(Session):
    """A session in an anteroom."""

    def send_token(self, now: float) -> None:
        """A fresh token for the real room has the rights that the client came with, not those of who waits."""
        self.hand_token(self.grant, now)


def anteroom_of(room: Room, now: float) -> Room:
    """A room of the same name that nobody else finds."""
    return Room(
        room.name,
        new_room_sid(),
        RoomOptions(),
        now,
        defaults=room.defaults,
        limits=room.limits,
        host=None,
        type=BASIC,
        bans=Bans(),
    )


def waiting_request(request: JoinRequest) -> JoinRequest:
    """How somebody enters its anteroom."""
    attributes = {**request.attributes, ATTRIBUTE: WAITING}
    return msgspec.structs.replace(request, permission=PERMISSION, attributes=attributes, role=None)


class Wait:
    """Ends with the wait in the lobby, with the client's departure, or with the room, whatever comes first."""

    def __init__(self, room: Room, waiting: Waiting, session: Session, clock: Callable[[], float]) -> None:
        self._room = room
        self._waiting = waiting
        self._session = session
        self._clock = clock
        room.observers.add(self._on_event)
        session.room.observers.add(self._on_anteroom)

    def _on_event(self, event: RoomEvent) -> None:
        """Something happened in the real room."""
        match event:
            case LobbyLeft(waiting=waiting) if waiting is self._waiting:
                self._end(_OUTCOMES[event.outcome])
            case RoomClosing():
                self._end(event.reason)
            case _:
                pass

    def _on_anteroom(self, event: RoomEvent) -> None:
        match event:
            case ParticipantLeft() if self._room.is_open:
                self._room.leave_lobby(self._waiting, self._clock())
            case RoomClosed():
                self._room.observers.discard(self._on_event)
            case _:
                pass
        if isinstance(event, ParticipantLeft) and self._session.room.is_open:
            self._session.room.close(LeaveReason.ROOM_CLOSED, self._clock())

    def _end(self, reason: LeaveReason) -> None:
        self._room.observers.discard(self._on_event)
        if self._session.participant.sid in self._session.room.participants:
            self._session.leave(reason, self._clock())
