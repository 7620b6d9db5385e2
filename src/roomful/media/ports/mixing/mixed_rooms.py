"""All mixed rooms, and mixed voices, of this server."""

import asyncio
import logging

from roomful.media.ports.mixing.mixed_room import MixedRoom, MixMedia
from roomful.media.ports.mixing.settings import MixSettings
from roomful.media.ports.mixing.voice_mix import VoiceMix
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

MAX_VOICES = 64
"""Members into whose voices files are played at the same time; each is a process."""

log = logging.getLogger(__name__)


class MixedRooms:
    """Starts, finds and ends mixes, at most one per room."""

    def __init__(self, media: MixMedia, settings: MixSettings) -> None:
        self._media = media
        self._settings = settings
        self._running: dict[str, MixedRoom] = {}
        """By sid of the room."""
        self._voices: dict[str, VoiceMix] = {}
        """By sid of the member."""

    def on_opened(self, room: Room) -> None:
        """A room has opened: mix it, if all are."""
        if self._settings.all_rooms:
            try:
                self._begin(room)
            except RoomError as error:
                log.warning("a room is not mixed", extra={"room": room.name, "reason": error.message})

    async def start(self, room: Room, layout: str = "") -> MixedRoom:
        """Mix a room, in the configured layout if none is given. One that is mixed goes on, in the layout if one is.

        Raises:
            RoomError: there is no such layout, as many rooms are mixed as are allowed, or the mixer does not come up.
        """
        mixed = self.begin(room, layout)
        await mixed.started()
        if mixed.error:
            raise RoomError(RoomErrorCode.FAILED_PRECONDITION, mixed.error)
        return mixed

    def begin(self, room: Room, layout: str = "") -> MixedRoom:
        """The same without waiting for the mixer. Raises RoomError: no such layout, or as many rooms as are allowed."""
        mixed = self._running.get(room.sid) or self._begin(room, layout)
        if layout:
            mixed.desk.set_layout(layout)
        return mixed

    def check_place(self) -> None:
        """Raises RoomError: as many rooms are mixed as are allowed."""
        limit = self._settings.max_rooms
        if limit and len(self._running) >= limit:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"too many rooms are mixed: at most {limit}")

    def find(self, room: Room) -> MixedRoom | None:
        """Return the mix of a room, if it has one."""
        return self._running.get(room.sid)

    def of(self, room: Room) -> MixedRoom:
        """Return the mix of a room; raise RoomError NOT_FOUND."""
        mixed = self._running.get(room.sid)
        if mixed is None:
            raise RoomError(RoomErrorCode.NOT_FOUND, "this room is not mixed")
        return mixed

    def voice(self, room: Room, member: Participant) -> VoiceMix:
        """Mix one member's voice, for files to be played into it. One that is mixed goes on.

        Raises RoomError: as many are mixed as are allowed.
        """
        mix = self._voices.get(member.sid)
        if mix is None:
            if len(self._voices) >= MAX_VOICES:
                raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"a server mixes into {MAX_VOICES} voices at most")
            mix = VoiceMix(self._media, room, self._settings.plan, member, self._on_voice_over)
            mix.begin()
            self._voices[member.sid] = mix
        return mix

    def voices(self, room: Room) -> list[VoiceMix]:
        """Those of this room."""
        return [mix for mix in self._voices.values() if mix.room is room]

    async def close(self, within: float) -> None:
        """End all; wait at most `within` seconds for their processes."""
        running = [*self._running.values(), *self._voices.values()]
        for mixed in running:
            mixed.stop()
        if running:
            await asyncio.wait([asyncio.ensure_future(mixed.finished()) for mixed in running], timeout=within)

    def _begin(self, room: Room, layout: str = "") -> MixedRoom:
        self.check_place()
        mixed = MixedRoom(self._media, room, self._settings.plan, self._on_over)
        if layout:
            mixed.desk.set_layout(layout)
        mixed.begin()
        self._running[room.sid] = mixed
        return mixed

    def _on_over(self, mixed: MixedRoom) -> None:
        self._running.pop(mixed.room.sid, None)

    def _on_voice_over(self, mix: MixedRoom) -> None:
        if isinstance(mix, VoiceMix):
            self._voices.pop(mix.member, None)
