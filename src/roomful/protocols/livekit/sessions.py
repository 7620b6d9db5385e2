"""All LiveKit sessions of the server: who joins, who comes back, and the clock they share."""

import dataclasses
from collections.abc import Callable

import msgspec
from livekit.protocol import rtc

from roomful.auth.grants import Grant
from roomful.protocols.livekit import admission, client, moving
from roomful.protocols.livekit.anteroom import Wait, WaitingSession, anteroom_of, waiting_request
from roomful.protocols.livekit.codes import CloseCode, leave_message
from roomful.protocols.livekit.connect import ConnectRequest
from roomful.protocols.livekit.feed import Feed
from roomful.protocols.livekit.frames import Frame
from roomful.protocols.livekit.links import Connection, Services
from roomful.protocols.livekit.session import Session
from roomful.protocols.livekit.vocabulary import PROTOCOL_NAME
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room


class Sessions:
    """Finds the session of an identity in a room; makes the feed of each room that somebody joins."""

    def __init__(
        self,
        services: Services,
        rooms: Rooms,
        room_options: Callable[[Grant], RoomOptions],
        clock: Callable[[], float],
    ) -> None:
        """`room_options` says how a room is set up that the join with this grant opens; `clock` is unix seconds."""
        self._services = services
        self._rooms = rooms
        self._room_options = room_options
        self._clock = clock
        self._feeds: dict[str, Feed] = {}
        """By room sid."""
        self._sessions: dict[tuple[str, str], Session] = {}
        """By room sid and identity."""

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, room: Room, identity: str) -> Session | None:
        """The session of a participant that speaks this protocol."""
        return self._sessions.get((room.sid, identity))

    def feed_of(self, room: Room) -> Feed | None:
        """The feed of a room, once somebody of this protocol has been in it."""
        return self._feeds.get(room.sid)

    def request_of(self, connect: ConnectRequest, grant: Grant) -> JoinRequest:
        """What the room is asked when this bearer joins."""
        return _join_request(connect, grant, self._services.settings.region)

    def join(
        self,
        connect: ConnectRequest,
        grant: Grant,
        connection: Connection,
        now: float,
        *,
        request: JoinRequest | None = None,
    ) -> Session:
        """Let somebody in, in place of an earlier participant of the same identity. Raises RoomError.

        `request` is what `request_of` returns, as others have changed it.
        """
        name = grant.video.room
        existing = self._rooms.get(name)
        room = existing or self._rooms.create(name, self._room_options(grant), now)
        feed = self._feed(room)
        try:
            participant = room.join(request or self.request_of(connect, grant), now)
        except RoomError:
            if existing is None:
                self._rooms.delete(name, now)
            raise
        session = Session(self._services, feed, participant, connect, grant, self._clock, self._forget)
        self._begin(session, connection, connect, now)
        return session

    def wait(
        self, connect: ConnectRequest, grant: Grant, connection: Connection, now: float, request: JoinRequest
    ) -> Session:
        """Have somebody wait in the lobby, whom the room sent there; see `anteroom`. Raises RoomError."""
        room = self._rooms.with_name(grant.video.room)
        waiting = room.wait_in_lobby(request, now)
        anteroom = anteroom_of(room, now)
        participant = anteroom.join(waiting_request(request), now)
        services = dataclasses.replace(self._services, dialogue=None)  # what it says is not for the real room
        session = WaitingSession(services, self._feed(anteroom), participant, connect, grant, self._clock, self._forget)
        Wait(room, waiting, session, self._clock)
        self._begin(session, connection, connect, now)
        return session

    def _begin(self, session: Session, connection: Connection, connect: ConnectRequest, now: float) -> None:
        self._sessions[session.room.sid, session.participant.identity] = session
        session.feed.add(session, now)
        session.start(connection, connect, now)

    def travel_token(self, room: Room, participant: Participant, target: Room) -> str:
        """A token with which a participant's client joins another room as the same, with the same rights.

        Raises RoomError (NOT_FOUND).
        """
        session = self.find(room, participant.identity)
        if session is None:
            raise RoomError(RoomErrorCode.NOT_FOUND, f"{participant.identity!r} is not connected")
        return session.token_for(session.grant_for(target.name), self._clock())

    async def move(self, room: Room, participant: Participant, target: Room) -> None:
        """Take a participant to another room, with its connections where that can be. Raises RoomError."""
        session = self.find(room, participant.identity)
        if session is None:
            raise RoomError(RoomErrorCode.NOT_FOUND, f"{participant.identity!r} is not connected")
        now = self._clock()
        moving.check(session, target, now)
        if moving.can_be_carried(session, target):
            moving.carry(session, self._feed(target), now)
            del self._sessions[room.sid, participant.identity]
            self._sessions[target.sid, session.participant.identity] = session
        else:
            moving.send_away(session, target, now)

    def check_door(self, connect: ConnectRequest, grant: Grant, now: float) -> None:
        """Raise RoomError if the room would not let this bearer in now; one that is not open would."""
        room = self._rooms.get(grant.video.room)
        if room is not None:
            room.check_door(self.request_of(connect, grant), now)

    def resume(self, connect: ConnectRequest, grant: Grant, connection: Connection, now: float) -> Session | None:
        """Continue an earlier session; None if there is none to continue: then the client is told to join anew."""
        room = self._rooms.get(grant.video.room)
        session = room and self._resumable(room, connect, grant)
        if (
            session is None
            or not session.can_resume
            or session.single != connect.single
            or connect.participant_sid not in ("", session.participant.sid)
        ):
            refuse_resume(connection, connect.client.protocol)
            return None
        session.take_over(connection, connect.client, grant, now)
        return session

    def _resumable(self, room: Room, connect: ConnectRequest, grant: Grant) -> Session | None:
        """The session that the client means: of several with one identity, the one whose sid it says."""
        identity = admission.identity(connect, grant)
        feed = self._feeds.get(room.sid)
        named = None if feed is None else feed.roster.sessions.get(connect.participant_sid)
        if named is not None and named.participant.identity.rpartition("/")[0] == identity:
            return named
        return self._sessions.get((room.sid, identity))

    def _feed(self, room: Room) -> Feed:
        feed = self._feeds.get(room.sid)
        if feed is None:
            feed = self._feeds[room.sid] = Feed(self._services, room, self._on_closed)
            self._services.media.attach_room(room.sid, lambda event: feed.on_media_event(event, self._clock()))
        return feed

    def _forget(self, session: Session) -> None:
        key = (session.room.sid, session.participant.identity)
        if self._sessions.get(key) is session:
            del self._sessions[key]

    def _on_closed(self, feed: Feed) -> None:
        self._services.media.detach_room(feed.room.sid)
        self._feeds.pop(feed.room.sid, None)


def refuse_resume(connection: Connection, protocol: int) -> None:
    """Tell a client whose session is gone to join anew; as the first message, because that is where it looks."""
    message: rtc.SignalResponse | None = leave_message(LeaveReason.STATE_MISMATCH, protocol)
    if message is not None:
        connection.send(Frame(message))
    connection.close(CloseCode.NORMAL)


def _join_request(connect: ConnectRequest, grant: Grant, region: str) -> JoinRequest:
    video = grant.video
    permission = video.permission()
    return JoinRequest(
        identity=admission.identity(connect, grant),
        user_id=grant.identity,
        name=grant.name,
        metadata=connect.metadata or grant.metadata,
        attributes={**grant.attributes, **connect.attributes},
        permission=msgspec.structs.replace(permission, can_subscribe=video.can_subscribe and not connect.publish),
        kind=grant.kind,
        protocol=PROTOCOL_NAME,
        region=region,
        client=client.describe(connect.client),
        auto_subscribe=connect.auto_subscribe,
        not_before=grant.not_before,
    )
