"""What this backend needs of the mixer."""

from collections.abc import Callable
from typing import Protocol

from roomful.media.ports.mixing import Desk, MixInfo
from roomful.rooms.room import Room


class Mix(Protocol):
    """The mix of one room."""

    @property
    def desk(self) -> Desk:
        """Where it is set."""
        ...

    @property
    def on_rate(self) -> list[Callable[[float], None]]:
        """Called with the pictures per second when they become fewer, or more again, as the machine keeps up."""
        ...

    @property
    def info(self) -> MixInfo: ...


class Mixes(Protocol):
    """The mixes of all rooms. `roomful.media.ports.mixing.MixedRooms` is one."""

    def check_place(self) -> None:
        """Raises RoomError (RESOURCE_EXHAUSTED): no more rooms are mixed."""
        ...

    def begin(self, room: Room, layout: str = "") -> Mix:
        """Mix a room, or change the layout of the mix that there is. Raises RoomError."""
        ...

    def find(self, room: Room) -> Mix | None:
        """The mix of a room, if it has one."""
        ...
