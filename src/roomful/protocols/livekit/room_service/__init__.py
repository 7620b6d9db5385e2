"""RoomService: rooms and participants managed from outside, over Twirp. specs/livekit.md §1.

`RoomService` is an ASGI application for everything below `/twirp/`. `CallMethods` and `MovingMethods` are methods of
it that need LiveKit's sessions.
"""

from roomful.protocols.livekit.room_service.calling import CallMethods
from roomful.protocols.livekit.room_service.moving import MovingMethods
from roomful.protocols.livekit.room_service.service import RoomService

__all__ = ["CallMethods", "MovingMethods", "RoomService"]
