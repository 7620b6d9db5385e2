"""All WHIP and WHEP sessions: who comes in, and who hears of what happens in a room."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import msgspec

from roomful.media.api import MediaApi
from roomful.protocols.whip.publishing import Publisher
from roomful.protocols.whip.session import Part, Session
from roomful.rooms.errors import RoomError
from roomful.rooms.events import ParticipantLeft, RoomClosed, RoomClosing, RoomEvent
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import StreamPath


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a room that wants a stream of its own, or somebody else's."""

    room: Room
    """Where the stream is."""
    home: Room
    """Where the member is: mostly the same. Streams may be shared with another room."""
    participant: Participant
    stream: StreamPath
    secret: str
    """What was shown; it is good for requests about the session too."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may come in."""

    room: str
    options: Callable[[], RoomOptions]
    """Of the room, if it has to be opened."""
    request: JoinRequest
    secret: str
    """What was shown; it is good for requests about the session too."""


MakePart: TypeAlias = Callable[[Session], Part]


class Sessions:
    """Finds a session by its id."""

    def __init__(self, media: MediaApi, rooms: Rooms, clock: Callable[[], float]) -> None:
        """`clock` is unix seconds."""
        self._media = media
        self._rooms = rooms
        self._clock = clock
        self._by_room: dict[str, dict[str, Session]] = {}
        """Room sid → participant sid → session."""
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def join(self, entry: Entry, make_part: MakePart, now: float) -> Session:
        """Let somebody in, in place of an earlier participant of the same identity. Raises RoomError."""
        existing = self._rooms.get(entry.room)
        room = existing or self._rooms.create(entry.room, entry.options(), now)
        try:
            participant = room.join(entry.request, now)
        except RoomError:
            if existing is None:
                self._rooms.delete(entry.room, now)
            raise
        session = Session(self._media, room, participant, entry.secret, self._clock)
        self._add(session, make_part)
        return session

    def attach(self, beside: Beside, make_part: MakePart) -> Session:
        """Give a member that is in the room one more peer connection."""
        session = Session(
            self._media,
            beside.room,
            beside.participant,
            beside.secret,
            self._clock,
            self._forget,
            beside.stream,
            home=beside.home,
        )
        self._add(session, make_part)
        return session

    def publishing(self, beside: Beside) -> Session | None:
        """The member's session that sends this stream now."""
        sessions = self._by_room.get(beside.room.sid, {}).values()
        return next((one for one in sessions if one.stream == beside.stream and isinstance(one.part, Publisher)), None)

    def _add(self, session: Session, make_part: MakePart) -> None:
        session.part = make_part(session)
        self._sessions[session.id] = session
        room = session.room
        if room.sid not in self._by_room:
            self._by_room[room.sid] = {}
            room.observers.add(partial(self._on_event, room))
        self._by_room[room.sid][session.id] = session

    def tick(self, now: float) -> None:
        """Look after those who have fallen silent; about once a second."""
        for session in list(self._sessions.values()):
            session.tick(now)

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        sessions = self._by_room.get(room.sid)
        if sessions is None:
            return
        match event:
            case ParticipantLeft():
                for session in [one for one in sessions.values() if one.participant.sid == event.sid]:
                    self._end(sessions.pop(session.id))
            case RoomClosing():  # at once, so that nobody hears of all the others' departures
                for session in sessions.values():
                    self._end(session)
                sessions.clear()
            case RoomClosed():
                del self._by_room[room.sid]
            case _:
                pass
        for session in list(sessions.values()):
            session.on_room_event(event)

    def _forget(self, session: Session) -> None:
        """A session beside somebody's signalling ends by itself."""
        self._by_room[session.room.sid].pop(session.id, None)
        self._end(session)

    def _end(self, session: Session) -> None:
        del self._sessions[session.id]
        session.end()
