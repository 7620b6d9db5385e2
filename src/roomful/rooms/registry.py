"""All rooms of this server, by name."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from roomful.rooms.bans import Bans
from roomful.rooms.errors import Draining, NoExtension, RoomError, RoomErrorCode, room_not_found
from roomful.rooms.events import RoomClosed, RoomEvent
from roomful.rooms.ids import new_room_sid
from roomful.rooms.limits import Limits
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.room import Room
from roomful.rooms.room_type import BASIC, RoomType, unknown_type

_DEFAULTS = RoomDefaults()
_LIMITS = Limits()
_PLAIN = RoomOptions()


class Rooms:
    """Opens, finds and closes rooms, and ticks only those that have something to do: idle rooms cost nothing.

    `on_opened` is called with each new room before anybody is in it: the place to observe it from its first event.
    `on_closed` is called with each room that has closed, when its last event is being delivered.
    """

    def __init__(self, defaults: RoomDefaults = _DEFAULTS, limits: Limits = _LIMITS) -> None:
        self.defaults = defaults
        self.limits = limits
        self.bans = Bans()
        self.types: dict[str, RoomType] = {BASIC.name: BASIC}
        """By name; see `add_type`."""
        self.plan: Callable[[str, RoomOptions], RoomOptions] = lambda name, options: options
        """Asked before a room of this name is opened: what it is opened with instead."""
        self.opens = True
        """Whether rooms may be opened; not while the server drains."""
        self.on_opened: list[Callable[[Room], None]] = []
        self.on_closed: list[Callable[[Room], None]] = []
        self._by_name: dict[str, Room] = {}
        self._by_sid: dict[str, Room] = {}
        self._alarms: list[tuple[float, str]] = []
        """Heap of (time, room sid); an entry that `_next_alarm` does not confirm is out of date."""
        self._next_alarm: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._by_name.values()))

    def create(
        self, name: str, options: RoomOptions, now: float, *, sid: str = "", created_at: float | None = None
    ) -> Room:
        """Return the room with this name, as it is, or open it with these options.

        `sid` and `created_at` are those of a room opened again after a restart; its time to be joined starts anew.
        Raises INVALID_ARGUMENT, Draining, and ALREADY_EXISTS if a room of another name has this sid.
        """
        existing = self._by_name.get(name)
        if existing is not None:
            return existing
        if not self.opens:
            raise Draining
        if sid in self._by_sid:
            raise RoomError(RoomErrorCode.ALREADY_EXISTS, "another room has this sid")
        options = self.plan(name, options)
        room = Room(
            name,
            sid or new_room_sid(),
            options,
            now,
            defaults=self.defaults,
            limits=self.limits,
            host=self,
            type=self.types.get(options.type) or unknown_type(options.type),
            bans=self.bans,
        )
        room.created_at = now if created_at is None else created_at
        self._by_name[name] = self._by_sid[room.sid] = room
        room.observers.add(partial(self._on_event, room))
        for opened in self.on_opened:
            opened(room)
        return room

    def get(self, name: str) -> Room | None:
        return self._by_name.get(name)

    def with_name(self, name: str) -> Room:
        """Return the room with this name; raise NOT_FOUND."""
        room = self._by_name.get(name)
        if room is None:
            raise room_not_found()
        return room

    def with_name_or_new(self, name: str, now: float, options: RoomOptions = _PLAIN) -> Room:
        """Return the room with this name, opened if it has to be and may be, as by a join.

        Raises NOT_FOUND, NoExtension for a type that no join can open, or as `create` does.
        """
        room = self._by_name.get(name)
        if room is not None:
            return room
        room_type = self.types.get(options.type)
        if room_type is None:
            raise NoExtension(f"there are no rooms of type {options.type!r} here")
        if room_type.manages_own_sessions or not self.defaults.auto_create:
            raise room_not_found()
        return self.create(name, options, now)

    def add_type(self, room_type: RoomType) -> None:
        """Know a type of rooms from now on; those that wait for it, since a restart, follow its rules too."""
        self.types[room_type.name] = room_type
        for room in self:
            if room.options.type == room_type.name:
                room.type = room_type

    def drop_type(self, name: str) -> None:
        """Know a type no longer; its rooms wait for it."""
        self.types.pop(name, None)
        for room in self:
            if room.options.type == name:
                room.type = unknown_type(name)

    def by_sid(self, sid: str) -> Room | None:
        return self._by_sid.get(sid)

    def list(self, names: Iterable[str] = ()) -> list[Room]:
        """Return the rooms with these names, unknown ones left out; without names, all rooms."""
        wanted = dict.fromkeys(names)
        return [room for name in wanted if (room := self._by_name.get(name))] if wanted else list(self)

    def delete(self, name: str, now: float, *, reason: LeaveReason = LeaveReason.ROOM_DELETED) -> None:
        """Close the room; the name is free at once. Raises NOT_FOUND."""
        self.with_name(name).close(reason, now)

    def close_all(self, reason: LeaveReason, now: float) -> None:
        """Close every room, as at the end of the server."""
        for room in self:
            room.close(reason, now)

    def next_tick(self) -> float | None:
        """When `tick` has something to do; None while nothing is due."""
        return self._alarms[0][0] if self._alarms else None

    def tick(self, now: float) -> None:
        """Tick the rooms whose time has come. Call it once a second, or when `next_tick` says."""
        due: list[Room] = []
        while self._alarms and self._alarms[0][0] <= now:
            at, room_sid = heapq.heappop(self._alarms)
            if self._next_alarm.get(room_sid) == at:
                del self._next_alarm[room_sid]
                due.append(self._by_sid[room_sid])
        for room in due:
            room.tick(now)

    def wake(self, room_sid: str, at: float) -> None:
        """A room asks for its next tick; rooms call this."""
        if at < self._next_alarm.get(room_sid, float("inf")):
            self._next_alarm[room_sid] = at
            heapq.heappush(self._alarms, (at, room_sid))

    def retire(self, room_sid: str) -> None:
        """A room closes; rooms call this."""
        room = self._by_sid.pop(room_sid)
        del self._by_name[room.name]
        self._next_alarm.pop(room_sid, None)

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        if isinstance(event, RoomClosed):
            for closed in self.on_closed:
                closed(room)
