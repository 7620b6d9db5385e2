import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder import Plan
from roomful.media.ports.recording import Phase, RoomRecording, Selection, recorder
from roomful.rooms.model import Encryption, LeaveReason, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.registry import Rooms
from roomful.rooms.tracks import Track, TrackSpec
from tests.frames_engine import FramesEngine

MIME = {Codec.OPUS: "audio/opus", Codec.VP8: "video/VP8", Codec.H264: "video/H264"}


async def until(condition: Callable[[], object], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # what other processes do sets no event here
            await asyncio.sleep(0.02)


class Studio:
    """A room, an engine that makes footage for it, and recordings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = FramesEngine()
        self.rooms = Rooms()
        self.room = self.rooms.create("standup", RoomOptions(), time.time())
        self.recordings: list[RoomRecording] = []
        self.phases: dict[str, list[Phase]] = {}

    def join(self, identity: str, **fields: Any) -> Participant:
        return self.room.join(JoinRequest(identity=identity, permission=Permission(**fields)), time.time())

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

    def record(self, selection: Selection, **fields: Any) -> RoomRecording:
        identity = f"EG_{len(self.recordings)}"
        plan = {"directory": str(self.folder), "room_name": self.room.name, "room_id": self.room.sid, **fields}
        recording = RoomRecording(self.engine, self.room, identity, selection, recorder(Plan(**plan)), self._on_change)
        self.recordings.append(recording)
        recording.begin()
        return recording

    def _on_change(self, recording: RoomRecording) -> None:
        phases = self.phases.setdefault(f"EG_{self.recordings.index(recording)}", [])
        if not phases or phases[-1] is not recording.phase:
            phases.append(recording.phase)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    place = Studio(tmp_path)
    yield place
    for recording in place.recordings:
        recording.stop()
        await recording.finished(20)
