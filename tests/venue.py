"""A room whose participants have footage in place of cameras and microphones."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from roomful.media.ports.frames import Codec
from roomful.rooms.model import Encryption, LeaveReason, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track, TrackSpec
from tests.frames_engine import FramesEngine

MIME = {Codec.OPUS: "audio/opus", Codec.VP8: "video/VP8", Codec.H264: "video/H264"}


async def until(condition: Callable[[], object], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # what other processes do sets no event here
            await asyncio.sleep(0.02)


class Venue:
    """Rooms, and an engine that makes footage for what is published in them."""

    def __init__(self) -> None:
        self.engine = FramesEngine()
        self.rooms = Rooms()

    @property
    def room(self) -> Room:
        """The room `standup`, opened if it is not there."""
        return self.rooms.create("standup", RoomOptions(), time.time())

    def join(self, identity: str, **permission: Any) -> Participant:
        return self.room.join(JoinRequest(identity=identity, permission=Permission(**permission)), time.time())

    def publish(
        self,
        who: Participant,
        codec: Codec,
        source: TrackSource | None = None,
        encryption: Encryption = Encryption.NONE,
    ) -> Track:
        source = source or (TrackSource.MICROPHONE if codec.is_audio else TrackSource.CAMERA)
        kind = TrackKind.AUDIO if codec.is_audio else TrackKind.VIDEO
        track = self.room.publish(who.sid, TrackSpec(kind=kind, source=source, encryption=encryption), time.time())
        self.engine.codecs[track.sid] = codec
        return self.room.bind(track.sid, MIME[codec], "0", time.time())

    def unpublish(self, track: Track) -> None:
        self.room.unpublish(track.sid, time.time())

    def leave(self, who: Participant) -> None:
        self.room.leave(who.sid, LeaveReason.CLIENT_INITIATED, time.time())
