"""The commands that make two-way sessions, change their type, and act on their rooms. specs/nkmedia.md §9."""

from collections.abc import Callable
from typing import Any

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, RoomAction, SetType
from roomful.protocols.nkmedia.fs.mcu_rooms import McuRooms, check_layout
from roomful.protocols.nkmedia.fs.membership import Membership
from roomful.protocols.nkmedia.fs.parts import Bridge, Echo, Park, Part
from roomful.protocols.nkmedia.fs.room_actions import RoomActions
from roomful.protocols.nkmedia.fs.showing import Showing
from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession, usable
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.pending import Data, Pending
from roomful.protocols.nkmedia.room_commands import RoomCommands
from roomful.protocols.nkmedia.room_settings import FS, KMS, MCU, RoomSettings, settings_of_room
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.room import Room

TYPES = frozenset({"park", "echo", "bridge", "mcu"})
"""Which may follow each other."""


class TwoWaySessions:
    """See the module."""

    def __init__(
        self,
        services: Services,
        room_commands: RoomCommands,
        mcu_rooms: McuRooms,
        *,
        find: Callable[[str], MediaSession | None],
        admit: Callable[[MediaSession, Callable[[], None], float], None],
        reply: Callable[[MediaSession, str, dict[str, Any]], Pending],
        forget: Callable[[MediaSession, float], None],
    ) -> None:
        """Of the table of all sessions: `find` by id, `admit` a new one, `reply` to its `create`, and `forget` it."""
        self._services = services
        self._room_commands = room_commands
        self._mcu_rooms = mcu_rooms
        self._actions = RoomActions(services, mcu_rooms)
        self._find = find
        self._admit = admit
        self._reply = reply
        self._forget = forget

    def makes(self, command: MediaCreate) -> bool:
        """Whether a session of this type, with this backend if one is named, is one of these."""
        if command.type == "play" and command.backend in ("", KMS):
            return True
        if command.backend or command.type not in TYPES:
            return command.backend == FS
        peer = self._find(command.peer_id or "") if command.type == "bridge" else None
        return peer is None or isinstance(peer, TwoWaySession)

    def create(self, caller: Caller, command: MediaCreate, session_id: str, now: float) -> Pending:
        """Raises NkError, RoomError, MediaError."""
        if command.type not in TYPES and command.backend == FS:
            raise NkError(Code.NOT_IMPLEMENTED)
        if command.offer is not None:
            usable(command.offer)
        session = TwoWaySession(self._services, caller, command, session_id, self._forget, now)
        part = self._part(session, command, now)
        session.plan(part)
        self._admit(session, lambda: session.begin(now), now)
        facts = {"room_id": part.room.name} if isinstance(part, Membership) else {}
        return self._reply(session, "offer" if session.is_offerer else "answer", facts)

    def set_type(self, session: MediaSession, command: SetType, now: float) -> Data:
        """Raises NkError, RoomError."""
        if not isinstance(session, TwoWaySession) or command.type not in TYPES:
            raise NkError(Code.NOT_IMPLEMENTED)
        part = self._part(session, command, now)
        if isinstance(session.part, Membership) and isinstance(part, Membership) and session.part.room is part.room:
            return session.part.details()
        session.become(part, now)
        return part.details()

    def act(self, session: MediaSession, command: RoomAction, now: float) -> Data:
        """Raises NkError, RoomError."""
        if not isinstance(session, TwoWaySession):
            raise NkError(Code.NO_ACTIVE_ROOM)
        return self._actions.act(session, command, now)

    def _part(self, session: TwoWaySession, command: MediaCreate | SetType, now: float) -> Part:
        match command.type:
            case "mcu":
                return Membership(session, self._room(command, now), self._mcu_rooms)
            case "bridge":
                return Bridge(session, self._bridged(session, command.peer_id))
            case "echo":
                return Echo(session)
            case "play" if isinstance(command, MediaCreate):
                return Showing(session, self._services, command.uri, command.loops)
            case _:
                return Park(session)

    def _room(self, command: MediaCreate | SetType, now: float) -> Room:
        """The conference, made on the spot if there is none of this name. Raises NkError, RoomError."""
        if command.layout is not None:
            check_layout(command.layout)
        room = None if command.room_id is None else self._services.rooms.get(command.room_id)
        if room is None:
            settings = RoomSettings(
                backend=FS,
                layout=command.layout or "",
                timeout=self._services.settings.room_timeout,
                on_the_spot=True,
            )
            return self._room_commands.open_here(command.room_id, settings, now)
        settings = settings_of_room(room)
        if settings is None or settings.class_name != MCU:
            raise NkError(Code.DIFFERENT_MEDIASERVER)
        self._mcu_rooms.check_place(room)
        if command.layout is not None:
            self._mcu_rooms.set_layout(room, command.layout)
        return room

    def _bridged(self, session: TwoWaySession, peer_id: str | None) -> TwoWaySession:
        """Raises NkError."""
        if peer_id is None:
            raise NkError(Code.MISSING_FIELD, "peer_id")
        peer = self._find(peer_id)
        if peer is None:
            raise NkError(Code.SESSION_NOT_FOUND)
        if not isinstance(peer, TwoWaySession):
            raise NkError(Code.DIFFERENT_MEDIASERVER)
        if peer is session or peer.part is None:
            raise NkError(Code.INVALID_STATE)
        return peer
