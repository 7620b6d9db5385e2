"""A participant without a connection: what a worker makes are its tracks."""

import time
from collections.abc import Callable
from typing import Protocol

from roomful.media.ports.frames import Codec, TrackInfo
from roomful.media.ports.frames_in import FramesIn, FramesInApi
from roomful.rooms.errors import RoomError
from roomful.rooms.events import ParticipantLeft, RoomEvent, TrackMuted
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.participant import JoinRequest
from roomful.rooms.room import Room
from roomful.rooms.tracks import TrackSpec


class GuestMedia(FramesInApi, Protocol):
    """What a guest needs of the media engine."""

    def set_track_muted(self, track: str, muted: bool) -> None:
        """Hold a track for everybody, or forward it again."""
        ...


class Guest:
    """Somebody in a room whom no client stands for.

    It leaves when it is removed, when the room closes, and when its worker ends, unless it stays; `on_left` hears of
    each, once, with a reason for people that is empty when all went as it should.
    """

    def __init__(
        self,
        room: Room,
        media: GuestMedia,
        request: JoinRequest,
        *,
        frames_fd: int | None = None,
        on_left: Callable[[str], None] | None = None,
        stays: bool = False,
    ) -> None:
        """Enter the room. Frames come from `frames_fd`, which belongs to the engine from now on.

        One that `stays` outlives its worker: `play` gives it the next one.

        Raises:
            RoomError: the room is full or closed, or a limit is exceeded.
            MediaError: the engine is closed or overloaded.
        """
        self._room = room
        self._media = media
        self._on_left = on_left
        self._stays = stays
        self._tracks: dict[int, tuple[str, Codec]] = {}
        self.sid = room.join(request, time.time()).sid
        room.confirm_join(self.sid)
        room.activate(self.sid, time.time())
        room.observers.add(self._observe)
        self._present = True
        self._frames: FramesIn | None = None
        try:
            if frames_fd is not None:
                self.play(frames_fd)
        except BaseException:
            self.leave()
            raise

    def leave(self, reason: str = "", why: LeaveReason = LeaveReason.CLIENT_INITIATED) -> None:
        """Go. Calling it again does nothing."""
        if self._present:
            self._end(reason)
            self._room.leave(self.sid, why, time.time())

    def play(self, frames_fd: int) -> None:
        """Publish what comes from this descriptor, in place of what came before.

        Raises:
            MediaError: the engine is closed or overloaded.
        """
        self._unpublish_all()
        if self._frames is not None:
            self._frames.close()
        self._frames = FramesIn(self._media, self._room.sid, frames_fd, self)

    def announce(self, number: int, codec: Codec, info: TrackInfo) -> str | None:
        kind = TrackKind.AUDIO if codec.is_audio else TrackKind.VIDEO
        source = _source(info.source, kind)
        spec = TrackSpec(
            kind=kind,
            source=source,
            name=info.name or source,
            mime=codec.mime,
            width=info.width,
            height=info.height,
            stream=self.sid,
            only_for=info.listener,
        )
        try:
            track = self._room.publish(self.sid, spec, time.time())
        except RoomError as error:
            self.leave(f"its track was refused: {error}", LeaveReason.MEDIA_FAILURE)
            return None
        self._tracks[number] = track.sid, codec
        return track.sid

    def publish(self, number: int) -> None:
        track, codec = self._tracks[number]
        if self._room.bind(track, codec.mime, "", time.time()).muted:
            self._media.set_track_muted(track, True)

    def unpublish(self, number: int) -> None:
        track = self._tracks.pop(number, None)
        if track is not None:
            self._room.unpublish(track[0], time.time())

    def closed(self, reason: str) -> None:
        if self._stays:
            self._unpublish_all()
        else:
            self.leave(reason)

    def _observe(self, event: RoomEvent) -> None:
        match event:
            case ParticipantLeft(sid=self.sid):
                self._end(f"it was removed: {event.reason}")
            case TrackMuted(publisher=self.sid):
                self._media.set_track_muted(event.sid, event.muted)
            case _:
                pass

    def _unpublish_all(self) -> None:
        for number in list(self._tracks):
            self.unpublish(number)

    def _end(self, reason: str) -> None:
        if not self._present:
            return
        self._present = False
        self._room.observers.discard(self._observe)
        if self._frames is not None:
            self._frames.close()
        if self._on_left is not None:
            self._on_left(reason)


def _source(name: str, kind: TrackKind) -> TrackSource:
    try:
        return TrackSource(name)
    except ValueError:
        return TrackSource.MICROPHONE if kind is TrackKind.AUDIO else TrackSource.CAMERA
