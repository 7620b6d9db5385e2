"""RoomService: rooms and participants managed from outside, over Twirp. specs/livekit.md §1.

`RoomService` is an ASGI application for everything below `/twirp/`.
"""

from roomful.protocols.livekit.room_service.service import RoomService

__all__ = ["RoomService"]
