"""All sessions of the server: who joins, who comes back. specs/monibuca-rooms.md §3.2."""

from roomful.protocols.monibuca.feed import Feed
from roomful.protocols.monibuca.services import Services
from roomful.protocols.monibuca.session import Session
from roomful.protocols.monibuca.verification import Identity
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import Departure
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.room import Room
from roomful.sockets import Socket

PROTOCOL_NAME = "monibuca"


class Sessions:
    """Makes the feed of each room that somebody joins, and finds the session of a user in it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._feeds: dict[str, Feed] = {}
        """By room sid."""

    def __len__(self) -> int:
        return sum(len(feed.sessions) for feed in self._feeds.values())

    def feed(self, room: Room) -> Feed:
        """The feed of a room, made with the first who needs it."""
        feed = self._feeds.get(room.sid)
        if feed is None:
            feed = self._feeds[room.sid] = Feed(room, self.services, self._forget)
        return feed

    def away(self, room: Room, user_id: str) -> Session | None:
        """The session of a user whose connection is lost, to be taken up again."""
        participant = room.find(user_id)
        feed = self._feeds.get(room.sid)
        session = None if participant is None or feed is None else feed.sessions.get(participant.sid)
        return session if session is not None and session.can_resume else None

    def join(self, room: Room, request: JoinRequest, identity: Identity, socket: Socket, now: float) -> Session:
        """Let somebody in, in place of an earlier participant of the same identity. Raises RoomError."""
        feed = self.feed(room)
        participant = room.join(request, now)
        session = Session(feed, participant, identity, request.permission, now)
        feed.sessions[participant.sid] = session
        room.confirm_join(participant.sid)
        session.connect(socket, now, resumed=False)
        # No media has to come up before others may see it: signalling is all there is.
        room.activate(participant.sid, now)
        return session

    async def move(self, room: Room, participant: Participant, target: Room) -> None:
        """Take a member to another room, on the same connection: it is told `room_joined` there. Raises RoomError."""
        session = self._feeds[room.sid].sessions[participant.sid]
        now, socket = self.services.clock(), session.socket
        request = JoinRequest(
            identity=participant.identity,
            user_id=participant.user_id,
            name=participant.name,
            attributes=participant.attributes,
            permission=session.permission,
            protocol=PROTOCOL_NAME,
            client=participant.client,
            role=None,
            extra=participant.extra,
            passes_lobby=True,
        )
        if socket is None:
            raise RoomError(RoomErrorCode.FAILED_PRECONDITION, "its connection is lost at the moment")
        target.check_door(request, now)
        departure = Departure(word="moved", closes=False)
        room.leave(participant.sid, LeaveReason.MIGRATION, now, departure=departure)
        session.on_moved(self.join(target, request, session.identity, socket, now))

    def on_time(self, now: float) -> None:
        """About once a second: what was collected is told."""
        for feed in list(self._feeds.values()):
            feed.presence.on_time(now)

    def _forget(self, feed: Feed) -> None:
        self._feeds.pop(feed.room.sid, None)
