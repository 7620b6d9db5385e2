"""All WHIP and WHEP sessions: who comes in, and who hears of what happens in a room."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import msgspec

from roomful.media.api import MediaApi
from roomful.protocols.whip.session import Part, Session
from roomful.rooms.errors import RoomError
from roomful.rooms.events import ParticipantLeft, RoomClosed, RoomClosing, RoomEvent
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room


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
        session.part = make_part(session)
        self._sessions[session.id] = session
        if room.sid not in self._by_room:
            self._by_room[room.sid] = {}
            room.observers.add(partial(self._on_event, room))
        self._by_room[room.sid][session.id] = session
        return session

    def tick(self, now: float) -> None:
        """Look after those who have fallen silent; about once a second."""
        for session in list(self._sessions.values()):
            session.tick(now)

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        sessions = self._by_room.get(room.sid)
        if sessions is None:
            return
        match event:
            case ParticipantLeft() if event.sid in sessions:
                self._end(sessions.pop(event.sid))
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

    def _end(self, session: Session) -> None:
        del self._sessions[session.id]
        session.end()
