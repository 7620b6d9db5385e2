"""One stream: begins with the first track of its participant, and goes on over gaps until it is ended."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from roomful.media.ports.compositor import CompositionPlan, SegmentOutput
from roomful.media.ports.compositor.states import Status
from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.hls.settings import KEPT_SEGMENTS, SEGMENT_SECONDS, HlsSettings
from roomful.media.ports.recording import FORWARDER, OneParticipant, RoomRecording, compositor
from roomful.rooms.ids import new_id
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

KEPT_SECONDS = 60.0
"""How long the last segments stay after the end: players may be about to ask for them."""

PLAYLIST = "playlist.m3u8"
PREFIX = "s"
"""Segments are called `s_00001.ts` and so on."""


class HlsStream:
    """Begins with `begin`."""

    def __init__(
        self,
        media: FramesOutApi,
        room: Room,
        participant: Participant,
        folder: Path,
        settings: HlsSettings,
        on_over: Callable[["HlsStream"], None],
        *,
        screen: bool,
        audio_only: bool,
    ) -> None:
        """`folder` is this stream's own, and made here. `on_over` is called when nothing of it is left.

        `screen`: its screen, and not its camera.
        """
        self.participant = participant.sid
        self.folder = folder
        self._on_over = on_over
        self._playable = asyncio.Event()
        """There is a segment, or will be none."""
        self._task: asyncio.Task[None] | None = None
        output = SegmentOutput(
            directory=str(folder),
            prefix=PREFIX,
            playlist_name=PLAYLIST,
            segment_seconds=SEGMENT_SECONDS,
            kept_segments=KEPT_SEGMENTS,
        )
        plan = CompositionPlan(
            room_name=room.name,
            room_id=room.sid,
            outputs=[output],
            layout="single-speaker",
            names=False,
            width=settings.width,
            height=settings.height,
            fps=settings.fps,
            video_bitrate=settings.bitrate,
            keyframe_seconds=SEGMENT_SECONDS,
            audio_only=audio_only,
        )
        self._recording = RoomRecording(
            media,
            room,
            new_id("HS_"),
            OneParticipant(participant.identity, screen_share=screen),
            compositor(plan),
            self._on_change,
            guise=FORWARDER,
        )

    @property
    def over(self) -> bool:
        """Nothing more is added to it."""
        return self._recording.ending is not None

    def begin(self) -> None:
        self._recording.begin()
        self._task = asyncio.create_task(self._conclude(), name="hls-stream")

    def end(self) -> None:
        """Finish the playlist. Calling it again does nothing."""
        self._recording.stop()

    async def playable(self, within: float) -> bool:
        """Wait until there is something to play, at most so many seconds; return whether there is."""
        try:
            async with asyncio.timeout(within):
                await self._playable.wait()
        except TimeoutError:
            return False
        return self._segments > 0

    async def finished(self) -> None:
        """Wait until the compositor has finished, after `end`."""
        await self._recording.finished(None)

    def cancel(self) -> None:
        """The files are somebody else's to delete."""
        if self._task is not None:
            self._task.cancel()

    @property
    def _segments(self) -> int:
        status: Status | None = self._recording.status
        return status.segments[0].count if status is not None and status.segments else 0

    def _on_change(self, recording: RoomRecording) -> None:
        if self._segments or recording.phase.final:
            self._playable.set()

    async def _conclude(self) -> None:
        await self._recording.finished(None)
        if self._segments:
            await asyncio.sleep(KEPT_SECONDS)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
        self._on_over(self)
