"""A server's rooms with one extension, without the server."""

from typing import Any, cast

from roomful.config import Sections
from roomful.extensions import Extensions, RoomOperations
from roomful.extensions.context import HostContext, Routes
from roomful.extensions.ports import Ports
from roomful.extensions.records import RecordStore
from roomful.rooms import JoinRequest, Participant, Room, RoomDefaults, RoomOptions, Rooms
from roomful.rooms.events import PluginMessage, RoomEvent
from roomful.rooms.extension import ExtensionProps, RoomCallbacks

START = 1_000_000.0


class Stage:
    """`now` moves only when a test moves it."""

    def __init__(self, *, callback_seconds: float = 5.0, defaults: RoomDefaults | None = None) -> None:
        self.now = START
        self.rooms = Rooms(defaults or RoomDefaults())
        self.extensions = Extensions(self.rooms, lambda: self.now, callback_seconds=callback_seconds)
        self.ports = Ports()
        self.api = RoomOperations(self.rooms, self.extensions, self.ports, lambda: self.now)
        self.routes = Routes()
        self.told: list[dict[str, Any]] = []
        self.events: list[RoomEvent] = []
        self.rooms.on_opened.append(lambda room: room.observers.add(self._observe))

    def register(self, callbacks: RoomCallbacks, room_type: str = "test", **props: Any) -> None:
        self.api.register_callbacks(room_type, callbacks, ExtensionProps(name=room_type, room_type=room_type, **props))
        self.extensions.start()

    def context_for(self, name: str, records: RecordStore | None = None) -> HostContext:
        """Without other servers; without `records` it must not be asked for any."""
        nothing = cast(Any, None)
        return HostContext(
            name,
            operations=self.api,
            extensions=self.extensions,
            records=records or nothing,
            http=nothing,
            sections=Sections(),
            routes=self.routes,
        )

    def open(self, name: str = "lounge", room_type: str = "test") -> Room:
        return self.rooms.create(name, RoomOptions(type=room_type), self.now)

    def enter(self, room: Room, identity: str, **request: Any) -> Participant:
        participant = room.join(JoinRequest(identity=identity, name=identity.title(), **request), self.now)
        room.activate(participant.sid, self.now)
        return participant

    async def settled(self) -> None:
        assert await self.extensions.turns.idle(10)

    def _observe(self, event: RoomEvent) -> None:
        self.events.append(event)
        if isinstance(event, PluginMessage):
            self.told.append(event.message)
