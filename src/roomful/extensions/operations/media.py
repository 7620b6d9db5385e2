"""Operations on what members send and get."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from roomful.extensions.errors import api_errors
from roomful.extensions.operations.base import Base, media_kind_of
from roomful.extensions.ports import Player
from roomful.extensions.views import streams_of
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.model import MediaKind, TrackSource

_SOURCES = {
    MediaKind.AUDIO: frozenset({TrackSource.MICROPHONE}),
    MediaKind.VIDEO: frozenset({TrackSource.CAMERA}),
    MediaKind.SCREEN: frozenset({TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO}),
}


class MediaOperations(Base):
    """See `roomful.rooms.extension.RoomApi`."""

    async def grant_publish(self, room_id: str, user_id: str, kinds: Collection[str] = ("audio", "video")) -> str:
        room = self.room(room_id)
        wanted = {media_kind_of(kind) for kind in kinds}
        if not wanted:
            raise bad_field("kinds", "what may be published?")
        sources = frozenset[TrackSource]().union(*(_SOURCES[kind] for kind in wanted))
        for participant in self.present(room, user_id):
            permission = msgspec.structs.replace(
                participant.permission,
                can_publish=True,
                can_publish_sources=sources if len(wanted) < len(MediaKind) else frozenset(),
            )
            with api_errors():
                room.update_participant(participant.sid, self.clock(), permission=permission)
        return self.ports.publish_tokens(room_id, user_id)

    async def revoke_publish(self, room_id: str, user_id: str) -> None:
        room = self.room(room_id)
        for participant in self.present(room, user_id):
            permission = msgspec.structs.replace(participant.permission, can_publish=False)
            with api_errors():
                room.update_participant(participant.sid, self.clock(), permission=permission)

    async def find_stream(self, room_id: str, user_id: str) -> Sequence[str]:
        room = self.room(room_id)
        return streams_of(room, self.present(room, user_id))

    async def set_receiving(self, room_id: str, user_id: str, receiving: bool) -> None:
        with api_errors():
            self.room(room_id).set_receiving(user_id, receiving, self.clock())

    async def share_stream(self, room_id: str, user_id: str, with_room_id: str, shared: bool) -> None:
        with api_errors():
            self.room(room_id).share_streams(user_id, with_room_id, shared)

    async def play_audio(
        self, room_id: str, file: str, *, to: Collection[str] = (), loop: bool = False, volume: float = 1.0
    ) -> str:
        room = self.room(room_id)
        for user_id in to:
            self.present(room, user_id)
        if not await asyncio.to_thread(Path(file).is_file):
            raise RoomApiError(Code.NOT_FOUND, "there is no such file to play")
        return await self._player.play(room, file, to, loop=loop, volume=volume)

    async def mix_audio(self, room_id: str, user_id: str, file: str, *, loop: bool = False, volume: float = 1.0) -> str:
        room = self.room(room_id)
        self.present(room, user_id)
        if not await asyncio.to_thread(Path(file).is_file):
            raise RoomApiError(Code.NOT_FOUND, "there is no such file to play")

        def ended(number: str, problem: str) -> None:
            self.extensions.audio_ended(room, number, problem)

        return self._player.play_as(room, file, user_id, loop=loop, volume=volume, on_end=ended)

    async def set_audio(
        self, room_id: str, playback_id: str, *, volume: float | None = None, paused: bool | None = None
    ) -> bool:
        return self._player.change(self.room(room_id), playback_id, volume=volume, paused=paused)

    async def stop_audio(self, room_id: str, playback_id: str) -> bool:
        return await self._player.stop(self.room(room_id), playback_id)

    async def set_voice(self, room_id: str, user_id: str, volume: float) -> None:
        self._player.set_voice(self.room(room_id), user_id, volume)

    async def set_hearing(self, room_id: str, listener_id: str, speaker_id: str, gain: float) -> None:
        self._player.set_hearing(self.room(room_id), listener_id, speaker_id, gain)

    @property
    def _player(self) -> Player:
        if self.ports.player is None:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "this server plays nothing into rooms")
        return self.ports.player
