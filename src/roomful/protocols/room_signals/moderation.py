"""UPDATE, KICK and the three signals about who may publish. specs/room-signals.md §6.3, §6.6 to §6.9."""

from typing import Any

import msgspec

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.services import Services
from roomful.protocols.room_signals.session import Request, Session
from roomful.protocols.room_signals.signal_room import SignalRoom
from roomful.protocols.room_signals.signals import Kick, PublishAccept, PublishReject, PublishRequest, To, Update
from roomful.rooms.events import Departure
from roomful.rooms.model import LeaveReason, MediaKind
from roomful.rooms.participant import Participant
from roomful.rooms.roles import HOSTS, RIGHTS, Right, Role


class Moderation:
    """Handles these signals for a server. All methods raise SignalError and RoomError."""

    def __init__(self, services: Services) -> None:
        self._settings = services.settings

    def update(self, session: Session, signal: Update, now: float) -> None:
        if not session.publishes:
            raise _denied("only publishers send media")
        room = session.room
        before = session.video, session.audio
        video = session.video if signal.ve is None else signal.ve
        audio = session.audio if signal.ae is None else signal.ae
        with room.batch():
            room.say_media(session, video, audio)
            try:
                room.tell_media(session, now)
            except Exception:
                session.video, session.audio = before
                raise
            _mute_tracks(session, now)
            room.refresh(session.participant)

    def kick(self, session: Session, signal: Kick, data: dict[str, Any], now: float) -> None:
        room = session.room
        if not session.publishes or not _may_kick(room, session):
            raise _denied("only publishers kick")
        targets = room.targets(signal.to)
        if not targets:
            raise invalid("nobody of this id is in the room")
        if session.participant in targets:
            raise invalid("nobody kicks itself: LEAVE")
        for target in targets:
            _check_kick(room, session, target)
        departure = Departure(word="kicked", by=session.user_id)
        farewell = encode.bare(data)
        with room.batch():
            for target in targets:
                theirs = room.at(target)
                if theirs is not None:
                    room.let_go(theirs, now, farewell)
                room.room.leave(target.sid, LeaveReason.PARTICIPANT_REMOVED, now, departure=departure)

    def request(self, session: Session, signal: PublishRequest, data: dict[str, Any], now: float) -> None:
        if session.publishes:
            raise SignalError(Code.ALREADY_IS_PUBLISHER, "you may publish already")
        if not session.person.permission.can_publish:
            raise _denied("your token does not allow to publish")
        room = session.room
        request = Request(video=signal.ve, audio=signal.ae, data=data)
        with room.batch():
            if room.owner_sid:
                room.raise_hand(session, request, now)
                return
            if not self._settings.auto_accept_without_owner:
                raise SignalError(Code.INTERNAL_SERVER_ERROR, "nobody is here who could accept")
            _check_places(room, {session.user_id})
            session.request = request
            room.promote(session, now)

    def accept(self, session: Session, signal: PublishAccept, data: dict[str, Any], now: float) -> None:
        room = session.room
        targets = [one for one in _for_owner(session, signal.to) if not _publishes(room, one)]
        _check_places(room, {room.user_id_of(one) for one in targets})
        frame = encode.bare(data)
        with room.batch():
            for target in targets:
                theirs = room.at(target)
                if theirs is None:
                    _let_publish(room, target, now)
                elif theirs.person.permission.can_publish:
                    room.promote(theirs, now, frame)

    def reject(self, session: Session, signal: PublishReject, data: dict[str, Any], now: float) -> None:
        room = session.room
        frame = encode.bare(data)
        with room.batch():
            for target in _for_owner(session, signal.to):
                theirs = room.at(target)
                if theirs is not None:
                    theirs.request = None
                    theirs.send(frame)
                room.lower_hand(target, now)


def _for_owner(session: Session, to: To) -> list[Participant]:
    """Whom the owner means. Raises SignalError for everybody else, and for nobody."""
    room = session.room
    if session is not room.owner:
        raise _denied("only the owner decides who publishes")
    targets = room.targets(to)
    if not targets:
        raise SignalError(Code.NOT_ROOM_MEMBER, "nobody of this id is in the room")
    return targets


def _publishes(room: SignalRoom, participant: Participant) -> bool:
    session = room.at(participant)
    return participant.permission.can_publish if session is None else session.publishes


def _check_places(room: SignalRoom, user_ids: set[str]) -> None:
    if not room.has_place_for(user_ids):
        raise SignalError(Code.ROOM_FULL, "as many publish as may")


def _let_publish(room: SignalRoom, participant: Participant, now: float) -> None:
    """Let somebody publish who speaks another protocol."""
    if participant.role is Role.VIEWER:
        room.room.set_role(participant.user_id, Role.MEMBER, now)
    permission = msgspec.structs.replace(participant.permission, can_publish=True)
    room.room.update_participant(participant.sid, now, permission=permission)
    room.lower_hand(participant, now)


def _may_kick(room: SignalRoom, session: Session) -> bool:
    """In a room that another protocol made, whom it lets."""
    return room.is_our_own or Right.KICK in RIGHTS[session.participant.role] or session.person.permission.admin


def _check_kick(room: SignalRoom, session: Session, target: Participant) -> None:
    if room.channel is Channel.P2M and _publishes(room, target):
        raise _denied("in p2m rooms only viewers are kicked")
    if session is room.owner:
        return
    is_foreign_host = room.at(target) is None and target.role in HOSTS
    if target.sid == room.owner_sid or is_foreign_host:
        raise _denied("only hosts kick hosts")


def _mute_tracks(session: Session, now: float) -> None:
    """Clients of other protocols see it at the tracks. Raises PERMISSION_DENIED for what a host has muted."""
    for track in list(session.participant.tracks.values()):
        sends = session.audio if track.media_kind is MediaKind.AUDIO else session.video
        session.room.room.mute(track.sid, not sends, session.participant.sid, now)


def _denied(message: str) -> SignalError:
    return SignalError(Code.PERMISSION_NOT_FOUND, message)
