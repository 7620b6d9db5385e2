"""One recording of a room, from the wish to the finished files. It runs beside the room and never holds it up."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from roomful.media.api import MediaError
from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.frames_out import FramesOut, FramesOutApi
from roomful.media.ports.recording.phases import Ending, Phase
from roomful.media.ports.recording.presence import RECORDER, Guise, Presence
from roomful.media.ports.recording.selection import Selection, is_readable
from roomful.media.ports.recording.workers import CannotStart, Launch, Worker
from roomful.media.ports.worker import State
from roomful.rooms.errors import RoomError
from roomful.rooms.events import (
    ParticipantJoined,
    ParticipantUpdated,
    RoomClosing,
    RoomEvent,
    TrackMuted,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

log = logging.getLogger(__name__)

FINISH_SECONDS = 30.0
"""How long a worker may take to finish its files; uploading them may take longer."""

UPLOAD_SECONDS = 3600.0
KILL_SECONDS = 5.0


class RoomRecording:
    """Begins with `begin`. `on_change` is called after each change of what is readable here."""

    def __init__(
        self,
        media: FramesOutApi,
        room: Room,
        identity: str,
        selection: Selection,
        launch: Launch,
        on_change: Callable[["RoomRecording"], None],
        *,
        guise: Guise = RECORDER,
        eager: bool = False,
        metadata: str = "",
        on_metadata: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`identity` and `metadata` are its participant's; `on_metadata` hears what others make of the latter.

        `eager`: the worker is started when somebody is in the room, to be there for the first words.
        """
        self.room = room
        self.phase = Phase.WAITING
        self.ending: Ending | None = None
        self.error = ""
        self.status: Any = None
        """The worker's last one; `None` before the first."""
        self.worker: Worker | None = None
        self.unreadable: set[str] = set()
        """Sids of tracks that belong to it and cannot be recorded, because they are end-to-end encrypted."""
        self._media = media
        self._selection = selection
        self._launch = launch
        self._on_change = on_change
        self._metadata = metadata
        self._presence = Presence(room, identity, guise, lambda: self._end(Ending.REMOVED), on_metadata)
        self._noun = guise.noun
        self._eager = eager
        self._frames: FramesOut | None = None
        self._paused = False
        self._awake = asyncio.Event()
        """There is something to record, or it is over."""
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take what the selection wants from now on."""
        self.room.observers.add(self._on_event)
        self._task = asyncio.create_task(self._run(), name="room-recording")
        if self._eager and self.room.participants:
            self._awake.set()
        self._consider_all()

    def stop(self) -> None:
        """End it. Files are finished behind the caller's back; `finished` waits for them."""
        self._end(Ending.STOPPED)

    def pause(self, *, paused: bool) -> None:
        """Leave out what is captured from now on, or record it again: in the files nothing is between."""
        self._paused = paused
        self._mark({"pause": paused})

    def set_metadata(self, metadata: str) -> None:
        """Change the metadata of its participant, now or when it enters. Raises RoomError."""
        self._metadata = metadata
        self._presence.set_metadata(metadata)

    async def finished(self, within: float | None) -> None:
        """Wait for the end, uploads included, at most so many seconds. Raises TimeoutError; the recording goes on."""
        if self._task is not None:
            async with asyncio.timeout(within):
                await asyncio.shield(self._task)

    async def abandon(self) -> None:
        """Wait no longer. The worker, if there is one, finishes on its own when this process is gone."""
        self._leave_room()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        await self._awake.wait()
        if self._over.is_set():
            self._set(Phase.ABORTED)
            return
        self._set(Phase.STARTING)
        try:
            worker = self.worker = await self._launch(self._on_status, self._on_keyframe_wanted)
        except CannotStart as failure:
            self._fail(str(failure))
            return
        except Exception:
            log.exception("a %s could not start", self._noun)
            self._fail(f"the {self._noun} could not be started")
            return
        try:
            aborted = self._over.is_set() or not self._open(worker)
            await self._over.wait()
            await self._finish(worker)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a %s did not end well", self._noun)
            self._fail(f"the {self._noun} did not end well")
            await worker.kill()
            return
        if worker.status.state is State.FAILED or (aborted and self.error):
            self._fail(self.error or worker.status.error)
        else:
            self._set(Phase.ABORTED if aborted else Phase.COMPLETE)

    def _open(self, worker: Worker) -> bool:
        """Let the engine write to the worker, and enter the room."""
        try:
            self._frames = FramesOut(self._media, self.room.sid, worker.take_frames_fd(), self._on_frames_closed)
            self._presence.enter(self._metadata)
        except (MediaError, RoomError) as error:
            self.error = f"the {self._noun} could not start: {error}"
            self._end(Ending.WORKER)
            return False
        if self._paused:
            self._mark({"pause": True})
        self._set(Phase.ACTIVE)
        self._consider_all()
        return True

    async def _finish(self, worker: Worker) -> None:
        """Frames are at their end: wait for the files, then for their uploads."""
        if self._frames is None:
            await worker.stop(KILL_SECONDS)
            return
        try:
            await worker.finished(FINISH_SECONDS)
        except TimeoutError:
            if worker.status.state is State.ENDING:
                try:
                    await worker.finished(UPLOAD_SECONDS)
                except TimeoutError:
                    log.error("the files of a recording could not be uploaded in time")
            await worker.stop(KILL_SECONDS)

    def _end(self, ending: Ending) -> None:
        if self.ending is not None:
            return
        self.ending = ending
        self._leave_room()
        self._over.set()
        self._awake.set()
        if self.phase is Phase.ACTIVE:
            self._set(Phase.ENDING)
        else:
            self._tell()

    def _leave_room(self) -> None:
        self.room.observers.discard(self._on_event)
        if self._frames is not None:
            try:
                self._frames.close()
            except MediaError as error:
                log.warning("the frames of a %s could not be ended", self._noun, extra={"reason": str(error)})
        self._presence.leave()

    def _on_event(self, event: RoomEvent) -> None:
        self._presence.on_event(event)
        match event:
            case RoomClosing():
                self._end(Ending.ROOM_CLOSED)
                return
            case ParticipantJoined() if self._eager:
                self._awake.set()
            case TrackPublished():
                self._consider(self.room.tracks.get(event.sid))
            case TrackMuted():
                self._tell_muted(event.sid, muted=event.muted)
            case TrackUnpublished():
                self._drop(event.sid)
            case ParticipantUpdated() if "visibility" in event.changed:
                self._consider_again(event.sid)
            case _:
                pass
        if self._selection.is_over(self.room, event):
            self._end(Ending.NOTHING_LEFT)

    def _consider_all(self) -> None:
        for track in list(self.room.tracks.values()):
            self._consider(track)

    def _consider_again(self, participant: str) -> None:
        """Somebody became visible or vanished."""
        publisher = self.room.participants.get(participant)
        for track in list(publisher.tracks.values()) if publisher is not None else ():
            if self._selection.wants(self.room, track):
                self._consider(track)
            else:
                self._drop(track.sid)

    def _consider(self, track: Track | None) -> None:
        if track is None or not track.published or not self._selection.wants(self.room, track):
            return
        if not is_readable(track):
            self.unreadable.add(track.sid)
            self._tell()
            return
        self._awake.set()
        if self._frames is None or self.phase is not Phase.ACTIVE:
            return
        publisher = self.room.participants[track.publisher]
        info = TrackInfo(track.sid, publisher.sid, publisher.identity, track.source.value, publisher.name)
        try:
            self._frames.add(info)
            if track.muted:
                self._tell_muted(track.sid, muted=True)
            self._presence.subscribe(track.sid)
        except (MediaError, RoomError) as error:
            log.warning("a track is left out of a %s", self._noun, extra={"track": track.sid, "reason": str(error)})

    def _tell_muted(self, track: str, *, muted: bool) -> None:
        """For workers that tell others: that no frames come is all that most of them need to know."""
        if self._frames is not None and track in self._frames.tracks:
            self._mark({"mute": track, "muted": muted})

    def _mark(self, control: dict[str, Any]) -> None:
        """Tell the worker something, at this place of the stream."""
        if self._frames is not None:
            try:
                self._frames.mark(control)
            except MediaError as error:
                log.warning("a worker is not told something", extra={"what": control, "reason": str(error)})

    def _drop(self, track: str) -> None:
        self.unreadable.discard(track)
        if self._frames is not None:
            try:
                self._frames.remove(track)
            except MediaError as error:
                log.warning("a track is not taken out", extra={"track": track, "reason": str(error)})

    def _on_status(self, status: Any) -> None:
        self.status = status
        if status.state.final:
            self._end(Ending.WORKER)
        self._tell()

    def _on_keyframe_wanted(self, track: str) -> None:
        if self._frames is not None:
            try:
                self._frames.request_keyframe(track)
            except MediaError as error:
                log.warning("a keyframe cannot be asked for", extra={"track": track, "reason": str(error)})

    def _on_frames_closed(self, reason: str) -> None:
        """The worker reads no more: it is gone, or will be. The engine has closed the pipe."""
        log.warning("frames of a %s have nowhere to go", self._noun, extra={"reason": reason})
        self._end(Ending.WORKER)

    def _fail(self, error: str) -> None:
        self.error = error
        self._end(Ending.WORKER)
        self._set(Phase.FAILED)

    def _set(self, phase: Phase) -> None:
        self.phase = phase
        self._tell()

    def _tell(self) -> None:
        try:
            self._on_change(self)
        except Exception:
            log.exception("a listener of a %s failed", self._noun)
