"""The domain: rooms, who is in them, what they publish, and what happens there.

Pure state: no clock (`now` is an argument), no I/O, no other package of this project. Whoever connects people to rooms
calls the mutators of a `Room` and observes its events; see `RoomState` for the rules they share. DESIGN §3.
"""

from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.limits import Limits
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track, TrackSpec

__all__ = [
    "JoinRequest",
    "Limits",
    "Participant",
    "Permission",
    "Room",
    "RoomDefaults",
    "RoomError",
    "RoomErrorCode",
    "RoomOptions",
    "Rooms",
    "Track",
    "TrackSpec",
]
