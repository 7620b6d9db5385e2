"""Rooms of class `mcu`: who is in them, and what is told of that. specs/nkmedia.md §7, §8.5, §8.7.

Members are all who are in the mix: media sessions of this API by their own ids, participants that came by another
protocol by their sids. A room that a session made on the spot ends with its last member.
"""

import logging
from functools import partial
from typing import Any

import msgspec

from roomful.media.ports.mixer.layouts import BadLayout, check
from roomful.media.ports.mixer.plan import MAX_MEMBERS
from roomful.media.ports.mixing.members import members_of
from roomful.protocols.nkmedia import hub
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.fs.mixes import Mix
from roomful.protocols.nkmedia.members import Members
from roomful.protocols.nkmedia.room_settings import MCU, RoomSettings, settings_of_room
from roomful.protocols.nkmedia.services import Services
from roomful.rooms import events
from roomful.rooms.errors import RoomError
from roomful.rooms.model import LeaveReason, TrackKind
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

logger = logging.getLogger(__name__)


class McuMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member, as others have been told."""

    session_id: str
    user: str
    number: int
    """Counted from 1 in its room."""

    def as_member(self) -> dict[str, Any]:
        return {"role": "member", "user_id": self.user}


class _Conference:
    """One room."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.members: dict[str, McuMember] = {}
        """By participant sid."""
        self.numbers = 0
        self.speaking: frozenset[str] = frozenset()


class McuRooms:
    """See the module."""

    def __init__(self, services: Services, members: Members) -> None:
        self._services = services
        self._ends = members
        self._conferences: dict[str, _Conference] = {}
        """By sid of the room."""
        self._session_ids: dict[str, str] = {}
        """Participant sid → id of its media session."""
        services.rooms.on_opened.append(self._on_opened)
        for room in services.rooms:  # of an earlier life
            self._on_opened(room)

    def mix(self, room: Room) -> Mix:
        """Raises NkError: the mixer has given up."""
        mix = self._services.mixes.find(room)
        if mix is None:
            raise NkError(Code.NO_ACTIVE_ROOM)
        return mix

    def set_layout(self, room: Room, layout: str) -> None:
        """Raises NkError (INVALID_VALUE)."""
        check_layout(layout)
        mix = self.mix(room)
        if mix.desk.layout != layout:
            mix.desk.set_layout(layout)
            self._tell(room, "layout", {"layout": layout})

    def check_place(self, room: Room) -> None:
        """Raises NkError: as many are in the mix as there is room for."""
        if len(members_of(room)) >= MAX_MEMBERS:
            raise NkError(Code.INCOMPATIBLE_SESSION)

    def name(self, participant_sid: str, session_id: str) -> None:
        """This participant goes by the id of its media session."""
        self._session_ids[participant_sid] = session_id

    def number(self, room: Room, participant_sid: str) -> int:
        """The `member_id`; 0 of nobody."""
        conference = self._conferences.get(room.sid)
        member = None if conference is None else conference.members.get(participant_sid)
        return 0 if member is None else member.number

    def participant(self, room: Room, session_id: str) -> Participant:
        """Who is called so in a room. Raises NkError (MEMBER_NOT_FOUND)."""
        members = self._members(room)
        found = next((sid for sid, one in members.items() if one.session_id == session_id), None)
        if found is None or found not in room.participants:
            raise NkError(Code.MEMBER_NOT_FOUND)
        return room.participants[found]

    def info(self, room: Room) -> dict[str, Any]:
        """What the details of such a room have beside those of every room."""
        settings = self._services.settings
        mix = self._services.mixes.find(room)
        layout = mix.desk.layout if mix is not None else (settings_of_room(room) or RoomSettings()).layout
        facts: dict[str, Any] = {"layout": layout, "canvas": settings.canvas, "fps": settings.fps}
        if mix is not None and mix.info.shown:
            facts["shown"] = mix.info.shown
        return {**facts, "members": self.members(room)}

    def members(self, room: Room) -> dict[str, Any]:
        """Session id → how it is in the room."""
        mix = self._services.mixes.find(room)
        floor = mix.info.floor if mix is not None else ""
        speaking = self._conferences[room.sid].speaking if room.sid in self._conferences else frozenset[str]()
        found: dict[str, Any] = {}
        for sid, member in self._members(room).items():
            participant = room.participants.get(sid)
            if participant is None:
                continue
            set_so = mix.desk.settings(participant.identity) if mix is not None else None
            found[member.session_id] = {
                "user": member.user,
                "member_id": member.number,
                "mute_audio": (set_so is not None and set_so.mute_audio) or _is_muted(participant, TrackKind.AUDIO),
                "mute_video": (set_so is not None and set_so.mute_video) or _is_muted(participant, TrackKind.VIDEO),
                "deaf": set_so is not None and set_so.deaf,
                "talking": sid in speaking,
                "floor": participant.identity == floor,
            }
        return found

    def later_members(self, room: Room) -> dict[str, Any]:
        """The same in the words of the later generation."""
        return {one.session_id: one.as_member() for one in self._members(room).values()}

    def tell_played(self, room: Room, uri: str, problem: str) -> None:
        """A file that was played to all of a room is over by itself."""
        self._tell(room, "info", {"info": "play_stop", "uri": uri} | ({"error": problem} if problem else {}))

    def unused(self, room: Room, now: float) -> None:
        """Nobody came, or the last one has gone: a room that was made for that ends."""
        settings = settings_of_room(room)
        if room.is_open and settings is not None and settings.on_the_spot and not self._members(room):
            self._ends.close(room, Code.NO_ROOM_MEMBERS, now, told_others=LeaveReason.ROOM_CLOSED)

    def _members(self, room: Room) -> dict[str, McuMember]:
        conference = self._conferences.get(room.sid)
        return {} if conference is None else conference.members

    # What happens in rooms

    def _on_opened(self, room: Room) -> None:
        settings = settings_of_room(room)
        if settings is not None and settings.class_name == MCU:
            self._conferences[room.sid] = conference = _Conference(room)
            try:
                mix = self._services.mixes.begin(room, settings.layout)
                mix.on_rate.append(partial(self._on_rate, room))
            except RoomError as error:  # more rooms are kept than may be mixed
                logger.warning("a room is not mixed", extra={"room": room.name, "reason": error.message})
            room.observers.add(partial(self._on_event, conference))  # the mixer is no member, and is here already

    def _on_event(self, conference: _Conference, event: events.RoomEvent) -> None:
        room = conference.room
        match event:
            case events.ParticipantActive():
                self._enter(conference, event.sid)
            case events.ParticipantLeft():
                self._session_ids.pop(event.sid, None)
                self._leave(conference, event.sid)
                self.unused(room, event.at)
            case events.SpeakersChanged():
                active = {one.sid for one in event.speakers if one.active}
                silent = {one.sid for one in event.speakers if not one.active}
                conference.speaking = (conference.speaking | active) - silent
            case events.RoomClosed():
                self._conferences.pop(room.sid, None)
            case _:
                pass

    def _on_rate(self, room: Room, fps: float) -> None:
        number = int(fps) if fps.is_integer() else fps
        self._tell(room, "status", {"class": "overload", "fps": number})

    def _enter(self, conference: _Conference, sid: str) -> None:
        participant = conference.room.participants.get(sid)
        if participant is None or participant.hidden or participant not in members_of(conference.room):
            return
        conference.numbers += 1
        session_id = self._session_ids.get(sid, sid)
        member = McuMember(session_id=session_id, user=participant.user_id, number=conference.numbers)
        conference.members[sid] = member
        self._tell(conference.room, "started_member", {"session_id": session_id, **member.as_member()})

    def _leave(self, conference: _Conference, sid: str) -> None:
        member = conference.members.pop(sid, None)
        if member is not None:
            body = {"session_id": member.session_id, **member.as_member()}
            self._tell(conference.room, "stopped_member", body)

    def _tell(self, room: Room, kind: str, body: dict[str, Any]) -> None:
        self._services.hub.publish(
            hub.Event(class_name="media", subclass="room", type=kind, obj_id=room.name, body=body)
        )


def check_layout(layout: str) -> None:
    """Raises NkError (INVALID_VALUE)."""
    try:
        check(layout)
    except BadLayout:
        raise NkError(Code.INVALID_VALUE, "layout") from None


def _is_muted(participant: Participant, kind: TrackKind) -> bool:
    """Whether the client's own media of a kind are held."""
    tracks = [track for track in participant.tracks.values() if track.kind is kind]
    return bool(tracks) and all(track.muted for track in tracks)
