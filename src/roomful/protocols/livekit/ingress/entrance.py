"""How what is not a client gets into the room of its ingress."""

import os
import time
from collections.abc import Callable

from roomful.media.ports.guest import Guest, GuestMedia
from roomful.protocols.livekit.ingress.ingresses import KeyedStream
from roomful.rooms.errors import RoomError
from roomful.rooms.registry import Rooms


class Entrance:
    """Opens the room if it has to, lets the participant in, and tells the ingress."""

    def __init__(self, rooms: Rooms, media: GuestMedia) -> None:
        self._rooms = rooms
        self._media = media

    def enter(self, stream: KeyedStream, frames_fd: int, on_left: Callable[[str], None]) -> Guest:
        """Let in who sends frames on `frames_fd`, which is taken over. `on_left` hears why it had to go, if it had to.

        Raises:
            RoomError: there is no such room and none may be made, or it is full.
            MediaError: the engine is closed or overloaded.
        """
        try:
            room = self._rooms.with_name_or_new(stream.room_name, time.time())
        except RoomError:
            os.close(frames_fd)
            raise
        guest = Guest(room, self._media, stream.request, frames_fd=frames_fd, on_left=on_left)
        stream.joined(room, room.participant(guest.sid))
        return guest
