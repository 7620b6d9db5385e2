"""What all operations share: finding rooms and users."""

from collections.abc import Callable

from roomful.extensions.errors import room_not_found
from roomful.extensions.extensions import Extensions
from roomful.extensions.ports import Ports
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.model import MediaKind
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room


class Base:
    """The state of the operations."""

    def __init__(self, rooms: Rooms, extensions: Extensions, ports: Ports, clock: Callable[[], float]) -> None:
        """`clock` is unix seconds."""
        self.rooms = rooms
        self.extensions = extensions
        self.ports = ports
        self.clock = clock

    def room(self, room_id: str) -> Room:
        """Return the open room; raise ROOM_NOT_FOUND."""
        room = self.rooms.get(room_id)
        if room is None:
            raise room_not_found(room_id)
        return room

    def present(self, room: Room, user_id: str) -> list[Participant]:
        """Return the connections of a user that is in the room; raise USER_NOT_FOUND."""
        participants = room.of_user(user_id)
        if not participants:
            raise user_not_found(user_id)
        return participants


def user_not_found(user_id: str) -> RoomApiError:
    return RoomApiError(Code.USER_NOT_FOUND, f"{user_id!r} is not in the room")


def media_kind_of(kind: str) -> MediaKind:
    """Raises BAD_FIELD."""
    try:
        return MediaKind(kind)
    except ValueError:
        raise bad_field("kind", f"a kind of media is one of {', '.join(MediaKind)}") from None


def until(now: float, duration: float) -> float | None:
    """When something that lasts so many seconds ends; 0 is never."""
    return now + duration if duration > 0 else None
