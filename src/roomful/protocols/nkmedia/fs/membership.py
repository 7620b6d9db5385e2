"""A session that is a member of a mixed room: a participant like those of other protocols, who gets the mix.

Its tracks become tracks of the room, and rest again afterwards.
"""

from typing import TYPE_CHECKING, Any

from roomful.media.api import Event
from roomful.media.layers import with_ssrcs
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.fs.mcu_rooms import McuRooms
from roomful.protocols.nkmedia.fs.parts import REST, STREAM, Part
from roomful.protocols.nkmedia.room_session import join_request
from roomful.rooms.events import (
    MixerChanged,
    ParticipantLeft,
    ParticipantUpdated,
    RoomClosing,
    RoomEvent,
    TrackMuted,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.participant import Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.subscriptions import desires
from roomful.rooms.tracks import Layer, TrackSpec

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession

PROFILE = "video-mcu-stereo"
"""Of FreeSWITCH's conferences; there is one."""

_SOURCES = {TrackKind.AUDIO: TrackSource.MICROPHONE, TrackKind.VIDEO: TrackSource.CAMERA}


class Membership(Part):
    """See the module."""

    type = "mcu"

    def __init__(self, session: "TwoWaySession", room: Room, mcu_rooms: McuRooms) -> None:
        super().__init__(session)
        self.room = room
        self._mcu_rooms = mcu_rooms
        self._participant: Participant | None = None
        self._own: dict[TrackKind, str] = {}
        """Sids of what it publishes."""
        self._received: dict[TrackKind, str] = {}
        """Sids of the tracks of the mix."""

    def details(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"room_id": self.room.name, "room_profile": PROFILE}
        if self._participant is not None:
            number = self._mcu_rooms.number(self.room, self._participant.sid)
            facts |= {"room_name": self.room.name, "room_member_id": number}
        return facts

    @property
    def identity(self) -> str:
        """Its name in the room. Raises NkError."""
        if self._participant is None:
            raise NkError(Code.NO_ACTIVE_ROOM)
        return self._participant.identity

    def enter(self, now: float) -> None:
        session = self.session
        self._mcu_rooms.check_place(self.room)
        participant = self.room.join(join_request(session, Permission(), auto_subscribe=True), now)
        self._participant = participant
        self.room.confirm_join(participant.sid)
        self._mcu_rooms.name(participant.sid, session.id)
        self.room.observers.add(self._on_event)
        for kind in session.uplinks:
            self._publish(participant, kind, now)
        self.room.activate(participant.sid, now)
        self._follow()
        session.tell("type", {"type": self.type, **self.details()})

    def leave(self, now: float) -> None:
        participant, self._participant = self._participant, None
        if participant is None:
            self._mcu_rooms.unused(self.room, now)
            return
        self.room.observers.discard(self._on_event)
        session = self.session
        for sid in self._received.values():
            session.media.unsubscribe(session.peer, sid)
        for kind in list(self._own):
            self._rest(kind)
        if self.room.is_open:
            self.room.leave(participant.sid, LeaveReason.CLIENT_INITIATED, now)

    def mute(self, kind: TrackKind, muted: bool, now: float) -> None:
        if self._participant is not None and kind in self._own:
            self.room.mute(self._own[kind], muted, self._participant.sid, now)

    def on_media_event(self, event: Event, now: float) -> None:
        if isinstance(event, Event.TrackLayers) and event.track in self._own.values():
            track = self.room.track(event.track)
            self.room.set_layers(track.sid, with_ssrcs(track.layers, event.layers), now)

    def _publish(self, participant: Participant, kind: TrackKind, now: float) -> None:
        session = self.session
        uplink, muted = session.uplinks[kind], session.muted[kind]
        layers = (Layer(),) * (kind is TrackKind.VIDEO)
        spec = TrackSpec(
            kind=kind, source=_SOURCES[kind], mime=uplink.mime, muted=muted, layers=layers, stream="nkmedia"
        )
        track = self.room.publish(participant.sid, spec, now)
        self._own[kind] = track.sid
        session.media.move_track(uplink.sid, track.sid, self.room.sid)
        if track.muted:
            session.media.set_track_muted(track.sid, muted=True)
        self.room.bind(track.sid, uplink.mime, uplink.mid, now)

    def _rest(self, kind: TrackKind) -> None:
        """What the client sends of one kind is no track of the room any more."""
        session, sid = self.session, self._own.pop(kind)
        session.media.move_track(sid, session.uplinks[kind].sid, REST)
        if session.muted[kind]:
            session.hold(kind, muted=True)

    def _follow(self) -> None:
        """Get what the mixer makes for this member."""
        participant, session = self._participant, self.session
        if participant is None:
            return
        mixer = self.room.participants.get(self.room.mixer)
        tracks = [] if mixer is None else list(mixer.tracks.values())
        wanted = {track.kind: track.sid for track in tracks if desires(self.room, participant, track)}
        for kind, sid in list(self._received.items()):
            if wanted.get(kind) != sid:
                del self._received[kind]
                session.media.unsubscribe(session.peer, sid)
        for kind, sid in wanted.items():
            if kind not in self._received:
                self._received[kind] = sid
                session.media.subscribe(session.peer, sid, STREAM)

    def _on_event(self, event: RoomEvent) -> None:
        session, participant = self.session, self._participant
        if participant is None:
            return
        match event:
            case RoomClosing():
                session.stop(Code.ROOM_DESTROYED, event.at)
            case ParticipantLeft() if event.sid == participant.sid:
                removed = event.reason is LeaveReason.PARTICIPANT_REMOVED
                session.stop(Code.MEMBER_STOP if removed else Code.FS_CHANNEL_STOP, event.at)
            case MixerChanged() if not event.mixer:
                session.stop(Code.FS_CHANNEL_STOP, event.at)
            case TrackMuted() if event.sid in self._own.values():
                session.guard(lambda: session.media.set_track_muted(event.sid, event.muted), event.at)
            case TrackUnpublished() if event.sid in self._own.values():
                kind = next(kind for kind, sid in self._own.items() if sid == event.sid)
                session.guard(lambda: self._rest(kind), event.at)
            case TrackPublished() | TrackUnpublished() | ParticipantUpdated():
                session.guard(self._follow, event.at)
            case _:
                pass
