"""All transcriptions of this server."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec

from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.transcriber import TranscriptionPlan
from roomful.media.ports.transcription.room_transcription import RoomTranscription, TranscriptionInfo
from roomful.media.ports.transcription.settings import TranscriptionSettings
from roomful.rooms.room import Room

log = logging.getLogger(__name__)

PAUSES = (1.0, 5.0, 30.0)
"""Seconds before a transcription whose worker died is started again; after the last it is given up."""

STOPPED_KEPT = 100
"""Rooms whose last transcription can still be asked about."""


class TooManyTranscriptions(Exception):
    """No more at the same time, as it is configured."""


class Transcriptions:
    """Starts, finds and stops transcriptions, at most one per room."""

    def __init__(self, media: FramesOutApi, settings: TranscriptionSettings) -> None:
        self._media = media
        self._settings = settings
        self._running: dict[str, _Run] = {}
        """By sid of the room."""
        self._ended: dict[str, TranscriptionInfo] = {}
        """By name of the room."""
        self.started = 0
        """Since the server started; so is `failed`."""
        self.failed = 0
        """How often a worker broke down; it is started again a few times."""

    @property
    def active(self) -> int:
        return len(self._running)

    def on_opened(self, room: Room) -> None:
        """A room has opened: transcribe it, if all are."""
        if self._settings.all_rooms:
            try:
                self.start(room)
            except TooManyTranscriptions as error:
                log.warning("a room is not transcribed", extra={"room": room.name, "reason": str(error)})

    def start(self, room: Room, **changes: Any) -> TranscriptionInfo:
        """Transcribe a room; `changes` are fields of the plan. One that is being transcribed goes on as it is.

        Raises:
            TooManyTranscriptions: as many as are allowed are running.
        """
        run = self._running.get(room.sid)
        if run is None:
            if len(self._running) >= self._settings.max_active:
                raise TooManyTranscriptions(
                    f"too many rooms are being transcribed: at most {self._settings.max_active}"
                )
            plan = msgspec.structs.replace(self._settings.plan, room=room.name, **changes)
            run = self._running[room.sid] = _Run(self._media, room, plan, self._on_over, self._on_breakdown)
            self.started += 1
        return run.info

    def stop(self, room: Room) -> TranscriptionInfo | None:
        """End the transcription of a room. What was said until now still becomes text. `None` if there is none."""
        run = self._running.get(room.sid)
        if run is None:
            return None
        run.stop()
        return run.info

    def info(self, room: str) -> TranscriptionInfo | None:
        """Return how it is going, or how it went, in the room of this name; `None` if it was never transcribed."""
        for run in self._running.values():
            if run.info.room == room:
                return run.info
        return self._ended.get(room)

    async def close(self, within: float) -> None:
        """End all, and wait at most `within` seconds for what was said last."""
        runs = list(self._running.values())
        for run in runs:
            run.stop()
        if runs:
            await asyncio.wait([run.task for run in runs], timeout=within)
        for run in runs:
            await run.abandon()

    def _on_breakdown(self) -> None:
        self.failed += 1

    def _on_over(self, run: "_Run") -> None:
        self._running.pop(run.room.sid, None)
        self._ended.pop(run.room.name, None)
        self._ended[run.room.name] = run.info
        if len(self._ended) > STOPPED_KEPT:
            del self._ended[next(iter(self._ended))]


class _Run:
    """The transcription of a room, over the deaths of its workers."""

    def __init__(
        self,
        media: FramesOutApi,
        room: Room,
        plan: TranscriptionPlan,
        on_over: Callable[["_Run"], None],
        on_breakdown: Callable[[], None],
    ) -> None:
        self.room = room
        self._media = media
        self._plan = plan
        self._on_over = on_over
        self._on_breakdown = on_breakdown
        self._stopped = asyncio.Event()
        self._current = self._begin()
        self.task = asyncio.create_task(self._run(), name="transcription")

    @property
    def info(self) -> TranscriptionInfo:
        return self._current.info

    def stop(self) -> None:
        self._stopped.set()
        self._current.stop()

    async def abandon(self) -> None:
        self.task.cancel()
        await self._current.abandon()

    def _begin(self) -> RoomTranscription:
        transcription = RoomTranscription(self._media, self.room, self._plan)
        transcription.begin()
        return transcription

    async def _run(self) -> None:
        try:
            await self._finished()
            for pause in PAUSES:
                if not self._current.broke_down or self._stopped.is_set() or not self.room.is_open:
                    return
                log.warning("a transcription is started again", extra={"room": self.room.name, "after": pause})
                try:
                    async with asyncio.timeout(pause):
                        await self._stopped.wait()
                    return
                except TimeoutError:
                    self._current = self._begin()
                await self._finished()
        finally:
            self._on_over(self)

    async def _finished(self) -> None:
        await self._current.finished(None)
        if self._current.broke_down:
            self._on_breakdown()
