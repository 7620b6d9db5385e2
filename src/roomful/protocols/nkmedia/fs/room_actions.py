"""What a member of a conference may do with it. specs/nkmedia.md §9.8, §13.5."""

from collections.abc import Callable
from typing import Any, cast

import msgspec

from roomful.media.ports.mixer.layouts import RESERVATIONS
from roomful.media.ports.mixing import MemberSettings
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import RoomAction
from roomful.protocols.nkmedia.fs.mcu_rooms import McuRooms
from roomful.protocols.nkmedia.fs.membership import Membership
from roomful.protocols.nkmedia.fs.room_files import RoomFiles
from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession
from roomful.protocols.nkmedia.pending import Data
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

STEPS = 4
"""Of volume, up and down."""

_SWITCHES: dict[str, dict[str, Any]] = {
    "mute": {"mute_audio": True},
    "unmute": {"mute_audio": False},
    "vmute": {"mute_video": True},
    "unvmute": {"mute_video": False},
    "deaf": {"deaf": True},
    "undeaf": {"deaf": False},
}
"""Action → what it sets of a member."""
_VOLUMES = ("volume_in", "volume_out")


class RoomActions:
    """See the module."""

    def __init__(self, services: Services, mcu_rooms: McuRooms) -> None:
        self._mcu_rooms = mcu_rooms
        self._files = RoomFiles(services, mcu_rooms.tell_played)
        self._actions: dict[str, Callable[[TwoWaySession, Room, RoomAction, float], Data]] = {
            "get_actions": lambda session, room, command, now: {"actions": list(self._actions)},
            "layout": self._layout,
            "list": lambda session, room, command, now: {"members": self._mcu_rooms.members(room)},
            **dict.fromkeys(_SWITCHES, self._switch),
            **dict.fromkeys(_VOLUMES, self._volume),
            "kick": self._kick,
            "floor": self._floor,
            "reserve": self._reserve,
            "record_start": self._record_start,
            "record_stop": self._record_stop,
            "play": self._play,
            "play_stop": self._play_stop,
        }

    def act(self, session: TwoWaySession, command: RoomAction, now: float) -> Data:
        """Raises NkError, RoomError."""
        if not isinstance(session.part, Membership):
            raise NkError(Code.NO_ACTIVE_ROOM)
        action = self._actions.get(command.action)
        if action is None:
            raise NkError(Code.INVALID_ACTION, command.action)
        return action(session, session.part.room, _flat(command), now)

    def _layout(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del now
        if command.layout is None:
            raise NkError(Code.MISSING_FIELD, "layout")
        self._mcu_rooms.set_layout(room, command.layout)
        session.tell("type", {"type": session.type, **session.details(), "layout": command.layout})
        return None

    def _switch(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del now
        self._set(self._member(session, room, command), room, _SWITCHES[command.action])
        return None

    def _volume(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del now
        if command.value is None:
            raise NkError(Code.MISSING_FIELD, "value")
        if not -STEPS <= command.value <= STEPS:
            raise NkError(Code.INVALID_VALUE, "value")
        self._set(self._member(session, room, command), room, {command.action: command.value})
        return None

    def _kick(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        room.leave(self._member(session, room, command).sid, LeaveReason.PARTICIPANT_REMOVED, now)
        return None

    def _floor(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        """Without a member it follows the talk again."""
        del now
        named = "" if not command.member else self._member(session, room, command).identity
        self._mcu_rooms.mix(room).desk.set_floor(named)
        return None

    def _reserve(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del now
        if command.reservation_id is None:
            raise NkError(Code.MISSING_FIELD, "reservation_id")
        if command.reservation_id not in RESERVATIONS.values():
            raise NkError(Code.INVALID_VALUE, "reservation_id")
        cleared = command.member == ""
        named = "" if cleared else self._member(session, room, command).identity
        self._mcu_rooms.mix(room).desk.reserve(command.reservation_id, named)
        return None

    def _record_start(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del session, now
        return {"uri": self._files.record(room, self._mcu_rooms.mix(room).desk, command.uri)}

    def _record_stop(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del session, command, now
        self._files.record_no_more(self._mcu_rooms.mix(room).desk)
        return None

    def _play(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        del session, now
        return {"uri": self._files.play(room, self._mcu_rooms.mix(room).desk, command.uri)}

    def _play_stop(self, session: TwoWaySession, room: Room, command: RoomAction, now: float) -> Data:
        """Without `uri` all that is played ends."""
        del session, now
        self._files.play_no_more(self._mcu_rooms.mix(room).desk, command.uri)
        return None

    def _member(self, session: TwoWaySession, room: Room, command: RoomAction) -> Participant:
        """Whom it is about: the session itself, if nobody is named. Raises NkError."""
        return self._mcu_rooms.participant(room, command.member or session.id)

    def _set(self, member: Participant, room: Room, changes: dict[str, Any]) -> None:
        desk = self._mcu_rooms.mix(room).desk
        settings: MemberSettings = msgspec.structs.replace(desk.settings(member.identity), **changes)
        desk.set_member(member.identity, settings)


def _flat(command: RoomAction) -> RoomAction:
    """Some clients put the action's fields into another `data`. Raises NkError."""
    given: object = command.data
    if not isinstance(given, dict):
        return command
    inner = cast(dict[str, Any], given)
    fields = {name: inner[name] for name in ("layout", "member", "value", "reservation_id", "uri") if name in inner}
    try:
        flat = msgspec.convert({"session_id": command.session_id, **fields}, RoomAction, strict=False)
    except msgspec.ValidationError:
        raise NkError(Code.SYNTAX_ERROR, "data") from None
    return msgspec.structs.replace(command, **{name: getattr(flat, name) for name in fields})
