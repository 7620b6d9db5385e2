"""Operations on rooms as a whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from roomful.extensions.errors import api_errors
from roomful.extensions.operations.base import Base
from roomful.extensions.ports import WHOLE_ROOM
from roomful.extensions.views import metadata_of
from roomful.rooms.events import Departure
from roomful.rooms.extension import Code, RecordingView, RoomApiError, RoomView
from roomful.rooms.extension.api import SYSTEM
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.stream_paths import StreamPath


class RoomLifeOperations(Base):
    """See `roomful.rooms.extension.RoomApi`."""

    async def create_room(
        self,
        room_id: str,
        type: str,  # noqa: A002 - the wire's word
        name: str = "",
        owner_id: str = "",
        *,
        password: str = "",
        lobby_enabled: bool | None = None,
        max_users: int = 0,
        metadata: Mapping[str, Any] | None = None,
    ) -> RoomView:
        if self.rooms.get(room_id) is not None:
            raise RoomApiError(Code.CONFLICT, f"there is a room {room_id!r} already")
        if type not in self.rooms.types:
            raise RoomApiError(Code.FEATURE_DISABLED, f"there are no rooms of type {type!r} here")
        if max_users < 0:
            raise bad_field("max_users", "max_users cannot be negative")
        text = _json("metadata", metadata) if metadata else ""
        now = self.clock()
        with api_errors():
            room = self.rooms.create(room_id, RoomOptions(type=type, max_participants=max_users, metadata=text), now)
            try:
                if name:
                    room.set_title(name, now)
                if owner_id:
                    room.set_owner(owner_id, now)
                if password:
                    room.set_password(password, now)
                if lobby_enabled is not None:
                    room.set_lobby_enabled(lobby_enabled, now)
            except BaseException:
                self.rooms.delete(room_id, now)
                raise
        if self.ports.store is not None:
            await self.ports.store.keep(room)
        return self.extensions.view(room)

    async def close_room(self, room_id: str, reason: str = "ended", actor: str = SYSTEM) -> None:
        departure = Departure(word=reason, by=actor)
        self.room(room_id).close(LeaveReason.ROOM_DELETED, self.clock(), departure=departure)

    async def get_room(self, room_id: str) -> RoomView:
        return self.extensions.view(self.room(room_id))

    async def list_rooms(self, type: str = "") -> Sequence[RoomView]:  # noqa: A002 - the wire's word
        return [self.extensions.view(room) for room in self.rooms if type in ("", room.options.type)]

    async def set_room_locked(self, room_id: str, locked: bool, actor: str = SYSTEM) -> bool:
        with api_errors():
            return self.room(room_id).set_locked(locked, self.clock(), by=actor)

    async def set_room_recording(
        self, room_id: str, recording: bool, actor: str = SYSTEM, target: str = WHOLE_ROOM
    ) -> bool:
        room = self.room(room_id)
        if self.ports.recorder is None:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "this server has no recorder for rooms")
        files: tuple[str, ...] = ()
        if recording:
            if target != WHOLE_ROOM:
                stream = StreamPath.within(room_id, target)
                self.present(room, target if stream is None else stream.user_id)
            changed = await self.ports.recorder.start(room, target)
        else:
            changed, files = await self.ports.recorder.stop(room, target)
        with api_errors():
            if target == WHOLE_ROOM:
                room.set_recording(recording, self.clock(), by=actor, files=files)
            else:
                room.set_target_recording(target, recording, self.clock(), by=actor, files=files)
        return changed

    async def set_room_transcription(
        self, room_id: str, transcribe: bool, language: str = "", actor: str = SYSTEM
    ) -> None:
        room = self.room(room_id)
        if self.ports.transcriber is None:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, "no speech recognizer is configured (transcription.url)")
        if transcribe:
            await self.ports.transcriber.start(room, language)
        else:
            await self.ports.transcriber.stop(room)

    async def set_room_metadata(self, room_id: str, patch: Mapping[str, Any]) -> None:
        room = self.room(room_id)
        merged = {key: value for key, value in {**metadata_of(room.metadata), **patch}.items() if value is not None}
        with api_errors():
            room.set_metadata(_json("metadata", merged) if merged else "", self.clock())

    async def set_room_name(self, room_id: str, name: str) -> None:
        with api_errors():
            self.room(room_id).set_title(name, self.clock())

    async def set_slow_mode(self, room_id: str, seconds: int, actor: str = SYSTEM) -> None:
        with api_errors():
            self.room(room_id).set_slow_mode(seconds, self.clock(), by=actor)

    async def list_recordings(self, room_id: str) -> Sequence[RecordingView]:
        return [] if self.ports.recorder is None else await self.ports.recorder.recordings(room_id)

    async def recording_file(self, room_id: str, recording_id: str) -> str:
        if self.ports.recorder is None:
            raise RoomApiError(Code.NOT_FOUND, "this server has no recordings")
        return await self.ports.recorder.file(room_id, recording_id)


def _json(field: str, value: Mapping[str, Any]) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise bad_field(field, f"{field} is not JSON: {error}") from None
