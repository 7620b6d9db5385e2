"""Publishers and listeners of rooms, of every protocol, as this API tells of them. specs/nkmedia.md §8.5, §8.7.

Whoever publishes is a publisher: media sessions of this API are called by their own ids, and participants that came by
another protocol by their sids. Listeners are media sessions only, because elsewhere nobody listens to one publisher.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from roomful.protocols.nkmedia.codes import Code, reason_of
from roomful.protocols.nkmedia.hub import Event, Hub
from roomful.protocols.nkmedia.room_settings import MCU, class_of, started_body
from roomful.rooms import events
from roomful.rooms.model import LeaveReason
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room

_ROOM_ENDS = {
    LeaveReason.ROOM_DELETED: Code.API_STOP,
    LeaveReason.ROOM_CLOSED: Code.TIMEOUT,
}
"""Why a room closed; else it is NORMAL_TERMINATION."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher, or a listener of one."""

    session_id: str
    user: str
    peer: str = ""
    """Session id of the publisher listened to; empty: it is a publisher itself."""

    @property
    def role(self) -> str:
        return "listener" if self.peer else "publisher"

    def as_member(self) -> dict[str, Any]:
        """In the words of the later generation."""
        peer = {"peer_id": self.peer} if self.peer else {}
        return {"role": self.role, "user_id": self.user, **peer}


class Members:
    """Follows all rooms and tells the hub."""

    def __init__(self, rooms: Rooms, hub: Hub, event_names: str) -> None:
        """`event_names`: `g1`, `g2` or `both`."""
        self.on_publisher_stopped: list[Callable[[Room, str, float], None]] = []
        """Called with the room, the session id and the time, after everybody has been told."""
        self._hub = hub
        self._names = event_names
        self._session_ids: dict[str, str] = {}
        """Participant sid → id of its media session."""
        self._members: dict[str, dict[str, Member]] = {}
        """Room sid → participant sid → what others have been told."""
        self._publishers: dict[str, tuple[Room, str]] = {}
        """Session id → its room and its participant sid."""
        self._codes: dict[str, Code] = {}
        """Room sid → why it closes, where its reason does not say it."""
        rooms.on_opened.append(self._on_opened)
        for room in rooms:  # of an earlier life, and told of then
            room.observers.add(partial(self._on_event, room))

    def of(self, room: Room) -> list[Member]:
        return list(self._members.get(room.sid, {}).values())

    def publisher(self, session_id: str) -> tuple[Room, str] | None:
        """The room of whoever publishes by this id, and its participant sid."""
        return self._publishers.get(session_id)

    def name(self, participant_sid: str, session_id: str) -> None:
        """From now on this participant goes by the id of its media session."""
        self._session_ids[participant_sid] = session_id

    def publishes(self, room: Room, participant_sid: str, user: str) -> None:
        """A media session publishes, before its tracks are in the room."""
        if participant_sid not in self._members.get(room.sid, {}):
            self._enter(room, participant_sid, Member(session_id=self._session_ids[participant_sid], user=user))

    def close(self, room: Room, code: Code, now: float, *, told_others: LeaveReason = LeaveReason.ROOM_DELETED) -> None:
        """End a room for this reason; `told_others` is that of participants of other protocols."""
        self._codes[room.sid] = code
        room.close(told_others, now)

    def status(self, room: Room, body: dict[str, Any]) -> None:
        """Its backend reports something."""
        self._tell(room, "status", "status", body)

    def listens(self, room: Room, participant_sid: str, user: str, peer: str) -> None:
        """A media session has begun to listen to the publisher `peer`, perhaps instead of another one."""
        member = Member(session_id=self._session_ids[participant_sid], user=user, peer=peer)
        self._enter(room, participant_sid, member)

    # What happens in rooms

    def _on_opened(self, room: Room) -> None:
        room.observers.add(partial(self._on_event, room))
        self._tell(room, "started", "created", started_body(room))

    def _on_event(self, room: Room, event: events.RoomEvent) -> None:
        match event:
            case events.TrackPublished():
                self._on_published(room, event.publisher)
            case events.TrackUnpublished():
                publisher = room.participants.get(event.publisher)
                if publisher is not None and not publisher.is_publisher:
                    self._leave(room, event.publisher, event.at)
            case events.ParticipantLeft():
                self._leave(room, event.sid, event.at)
                self._session_ids.pop(event.sid, None)
            case events.RoomClosed():
                self._members.pop(room.sid, None)
                code = self._codes.pop(room.sid, _ROOM_ENDS.get(event.reason, Code.NORMAL_TERMINATION))
                self._tell(room, "destroyed", "destroyed", reason_of(code))
            case _:
                pass

    def _on_published(self, room: Room, sid: str) -> None:
        participant = room.participants.get(sid)
        known = self._members.get(room.sid, {})
        if participant is None or participant.hidden or sid in known or class_of(room) == MCU:
            return  # members of conferences are told of by `fs.mcu_rooms`
        member = Member(session_id=self._session_ids.get(sid, sid), user=participant.user_id)
        self._enter(room, sid, member)

    def _enter(self, room: Room, sid: str, member: Member) -> None:
        self._members.setdefault(room.sid, {})[sid] = member
        if not member.peer:
            self._publishers[member.session_id] = room, sid
        peer = {"peer": member.peer, "peer_id": member.peer} if member.peer else {}
        own = {"session_id": member.session_id, "user": member.user, **peer}
        later = {"session_id": member.session_id, **member.as_member()}
        self._tell(room, f"started_{member.role}", "started_member", own, later)

    def _leave(self, room: Room, sid: str, now: float) -> None:
        member = self._members.get(room.sid, {}).pop(sid, None)
        if member is not None:
            self._publishers.pop(member.session_id, None)
            own = {"session_id": member.session_id, "user": member.user}
            later = {"session_id": member.session_id, "role": member.role, "user_id": member.user}
            self._tell(room, f"stopped_{member.role}", "stopped_member", own, later)
            for stopped in self.on_publisher_stopped if not member.peer else ():
                stopped(room, member.session_id, now)

    def _tell(self, room: Room, g1: str, g2: str, body: dict[str, Any], later: dict[str, Any] | None = None) -> None:
        """Tell it by the name, or names, of the generation; `later` is the body of the later one, if it differs."""
        names = {"g1": {g1: body}, "g2": {g2: later or body}, "both": {g2: later or body, g1: body}}
        for kind, content in names[self._names].items():
            self._hub.publish(Event(class_name="media", subclass="room", type=kind, obj_id=room.name, body=content))
