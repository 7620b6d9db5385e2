"""The commands of rooms: create, destroy, list, info. specs/nkmedia.md §8.

A room of this API is a room of the server, with the same name, whoever made it: clients of all protocols are in it.
"""

import uuid
from typing import Any

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import RoomCreate, RoomDestroy, RoomGetInfo, RoomInfo, RoomList
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.fs.mcu_rooms import McuRooms, check_layout
from roomful.protocols.nkmedia.janus.engine import JanusEngine
from roomful.protocols.nkmedia.members import Members
from roomful.protocols.nkmedia.pending import Data, Outcome, Pending
from roomful.protocols.nkmedia.room_settings import (
    CLASS,
    ENGINES,
    FS,
    JANUS,
    MCU,
    RoomSettings,
    backend_of,
    check_class,
    check_there,
    class_of,
    started_body,
)
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps, promised
from roomful.rooms.errors import RoomError
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.room import Room

_WITHOUT = frozenset({"audio/isac32", "audio/isac16"})
"""Codecs that the engine cannot forward."""


class RoomCommands:
    """See the module."""

    def __init__(
        self,
        services: Services,
        members: Members,
        mcu_rooms: McuRooms,
        executor: Executor,
        janus: JanusEngine | None = None,
    ) -> None:
        self._services = services
        self._mcu_rooms = mcu_rooms
        self._janus = janus
        self._rooms = services.rooms
        self._members = members
        executor.add(
            {
                RoomCreate: self._create,
                RoomDestroy: self._destroy,
                RoomList: self._list,
                RoomInfo: self._info,
                RoomGetInfo: self._get_info,
            }
        )

    def open(self, room_id: str | None, settings: RoomSettings, now: float) -> Pending:
        """Open a room that is not there yet. The outcome is its `room_id`. Raises NkError, RoomError."""
        if settings.backend == JANUS:
            return self._open_on_janus(room_id or str(uuid.uuid4()), settings)
        opened = Pending()
        opened.settle({"room_id": self.open_here(room_id, settings, now).name})
        return opened

    def open_here(self, room_id: str | None, settings: RoomSettings, now: float) -> Room:
        """Open a room whose backend is this server, or has its part already. Raises NkError, RoomError."""
        self._check_codecs(settings)
        if settings.class_name == MCU:
            self._services.mixes.check_place()
        options = RoomOptions(
            empty_timeout=settings.timeout, departure_timeout=settings.timeout, attachments=settings.as_attachment()
        )
        return self._rooms.create(room_id or str(uuid.uuid4()), options, now)

    def _check_codecs(self, settings: RoomSettings) -> None:
        """Raises NkError (INVALID_PARAMETERS)."""
        allowed = self._services.settings.codecs
        if settings.codecs & _WITHOUT or (allowed and not settings.codecs <= allowed):
            raise NkError(Code.INVALID_PARAMETERS)

    def _open_on_janus(self, name: str, settings: RoomSettings) -> Pending:
        """The room there is made first: only Janus knows whether it can. Raises NkError."""
        self._check_codecs(settings)
        janus = self._janus
        if janus is None:
            raise NkError(Code.NO_MEDIASERVER)

        def steps() -> Steps[Data]:
            yield from janus.rooms.create(name, settings)
            if self._rooms.get(name) is not None:  # by another protocol, meanwhile
                janus.rooms.destroy(name)
                raise NkError(Code.ROOM_ALREADY_EXISTS)
            try:
                room = self.open_here(name, settings, self._services.clock())
            except RoomError:
                janus.rooms.destroy(name)
                raise
            return {"room_id": room.name}

        return promised(steps())

    def _create(self, caller: Caller, command: RoomCreate, now: float) -> Pending:
        del caller
        check_class(command.class_name, command.backend)
        if command.room_id is not None and self._rooms.get(command.room_id) is not None:
            raise NkError(Code.ROOM_ALREADY_EXISTS)
        there = self._services.settings.backends
        backend = command.backend or (there[0] if command.class_name == CLASS else FS)
        check_there(backend, there)
        if command.class_name == MCU and command.layout is not None:
            check_layout(command.layout)
        settings = RoomSettings(
            audio_codec=command.audio_codec,
            video_codec=command.video_codec,
            bitrate=command.bitrate,
            timeout=command.timeout or self._services.settings.room_timeout,
            backend=backend,
            layout=command.layout or "",
        )
        saved = Pending()

        def keep(opened: Outcome) -> None:
            room = self._rooms.get(opened["room_id"]) if isinstance(opened, dict) else None
            if room is None:
                saved.settle(opened)
            else:
                self._services.keep(room, lambda: saved.settle(opened))

        self.open(command.room_id, settings, now).then(keep)
        return saved

    def _destroy(self, caller: Caller, command: RoomDestroy, now: float) -> Data:
        del caller
        self._room(command.room_id).close(LeaveReason.ROOM_DELETED, now)
        return None

    def _list(self, caller: Caller, command: RoomList, now: float) -> Data:
        del caller, command, now
        return [{"class": class_of(room), "room_id": room.name} for room in self._rooms]

    def _info(self, caller: Caller, command: RoomInfo, now: float) -> Data:
        del caller, now
        room = self._room(command.room_id)
        if class_of(room) == MCU:
            return {**_facts(room), **self._mcu_rooms.info(room)}
        members = self._members.of(room)
        publishers = {one.session_id: {"user": one.user} for one in members if not one.peer}
        listeners = {one.session_id: {"user": one.user, "peer": one.peer} for one in members if one.peer}
        return {**_facts(room), "publishers": publishers, "listeners": listeners}

    def _get_info(self, caller: Caller, command: RoomGetInfo, now: float) -> Data:
        del caller, now
        room = self._room(command.room_id)
        members = {one.session_id: one.as_member() for one in self._members.of(room)}
        if class_of(room) == MCU:
            members = self._mcu_rooms.later_members(room)
        return {**_facts(room), "members": members, "status": {}}

    def _room(self, room_id: str) -> Room:
        room = self._rooms.get(room_id)
        if room is None:
            raise NkError(Code.ROOM_NOT_FOUND)
        return room


def _facts(room: Room) -> dict[str, Any]:
    return {
        **started_body(room),
        "room_id": room.name,
        "engine": ENGINES[backend_of(room)],
        "timeout": room.options.departure_timeout,
    }
