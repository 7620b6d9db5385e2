"""A composition as a state machine: records and commands in, outputs written; `now` is wall time in ns, an argument."""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from roomful.media.ports.compositor.check import check_plan
from roomful.media.ports.compositor.desk import Desk
from roomful.media.ports.compositor.layout import BadLayout, parse
from roomful.media.ports.compositor.outputs.stream import BadUrl, check_url
from roomful.media.ports.compositor.plan import (
    AddStream,
    Command,
    CompositionPlan,
    RemoveStream,
    SetLayout,
    StreamOutput,
)
from roomful.media.ports.compositor.stage import Stage
from roomful.media.ports.frames import Frame, Record, Stop
from roomful.media.ports.recorder import disk
from roomful.media.ports.scene.cast import Cast
from roomful.media.ports.scene.clock import SECOND, FrameClock, LiveClock
from roomful.media.ports.scene.floor import Floor
from roomful.media.ports.scene.haste import Haste
from roomful.media.ports.scene.mix import SILENCE, Limiter, add
from roomful.media.ports.scene.voice import CHUNK, RATE
from roomful.media.ports.worker.states import Failed, KeyframeWanted, Problem, Reason

log = logging.getLogger(__name__)

DISK_CHECK = SECOND
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Session:
    """Renders the room moment by moment: sound in chunks of 20 ms, pictures at a fixed rate, each when it is due."""

    def __init__(self, plan: CompositionPlan, *, free: Callable[[Path], int] = disk.free_bytes) -> None:
        self._plan = plan
        self._free = free
        self._clock = FrameClock() if plan.offline else LiveClock()
        self._cast = Cast(self._clock, video=not plan.audio_only)
        self._floor = Floor()
        self._limiter = Limiter()
        self._delay = round(plan.delay_seconds * SECOND)
        self._chunk = self._picture = 0
        """How many chunks and pictures have been rendered, pictures that were left out included."""
        self._haste = Haste(plan.fps)
        self._disk_checked: int | None = None
        self.layout = plan.layout
        self.desk: Desk | None = None
        self.stopped = False
        """STOP was read."""

    @property
    def started_at(self) -> int:
        """Wall time of the first instant; 0 before there is one."""
        return self._cast.epoch or 0

    @property
    def duration(self) -> int:
        """What has been rendered, in ns."""
        return self._chunk * CHUNK * SECOND // RATE

    @property
    def fps(self) -> float:
        return self._haste.fps

    def open(self, now: int) -> None:
        """See whether the plan makes sense and there is a place to write to.

        Raises:
            Failed: it does not, or there is none.
        """
        check_plan(self._plan)
        arrangement, background = parse(self._plan.layout, self._plan.background)
        self._stage = Stage(self._cast, self._floor, arrangement, background, names=self._plan.names)
        self._painter = self._stage.painter(self._plan.width, self._plan.height)
        for folder in self._folders():
            try:
                disk.prepare(folder)
            except disk.FolderUnusable as error:
                raise Failed(Reason.FOLDER_UNUSABLE, str(error)) from error
        failure = self._disk_trouble()
        if failure is not None:
            raise failure
        if not self._plan.await_media:
            self._cast.epoch = now
            self._begin()

    def feed(self, record: Record, now: int) -> None:
        """Take one record.

        Raises:
            Failed: nothing can be written any more.
        """
        if isinstance(record, Stop):
            self.stopped = True
            return
        self._cast.feed(record, now, self._moment(self._chunk))
        if self._cast.epoch is not None and self.desk is None:
            self._begin()
        if self._plan.offline and isinstance(record, Frame):
            self._render(self._clock.position(now) - self._delay)

    def command(self, line: bytes) -> None:
        """Follow a command; one that makes no sense is left out."""
        try:
            match _commands.decode(line):
                case SetLayout(layout):
                    self._set_layout(layout)
                case AddStream(url):
                    check_url(url)
                    self._outputs_changed(AddStream(url))
                case RemoveStream(url):
                    self._outputs_changed(RemoveStream(url))
        except (msgspec.DecodeError, BadLayout, BadUrl) as error:
            log.warning("a command was left out", extra={"reason": str(error)})

    def tick(self, now: int) -> list[KeyframeWanted]:
        """Render what is due; return for which tracks the composition waits.

        Raises:
            Failed: nothing can be written any more.
        """
        limit = self._clock.position(now) - self._delay
        if self.desk is not None:
            if not self._plan.offline:
                self._haste.note(limit - self._moment(self._chunk), limit)
            self._render(limit)
        if self._disk_checked is None or now - self._disk_checked >= DISK_CHECK:
            self._disk_checked = now
            failure = self._disk_trouble()
            if failure is not None and self.desk is not None:
                self.desk.leave_disk(failure)
        if self.desk is not None and self._plan.outputs and self.desk.idle:
            raise self.desk.failure or Failed(Reason.STREAM_FAILED, "no stream can be pushed")
        return self._cast.keyframes_wanted(now)

    def problems(self, now: int) -> list[Problem]:
        """Return what is wrong with single tracks at the moment."""
        return self._cast.problems(self._clock.position(now))

    def finish(self, now: int) -> None:
        """Render all that is there, and finish all outputs, each as well as it can be.

        Raises:
            Failed: one of them could not be written to its end.
        """
        if self.desk is None:
            return
        self._render(self._clock.end(now))
        self.desk.close()
        if self.desk.failure is not None:
            raise self.desk.failure

    def _begin(self) -> None:
        plan = msgspec.structs.replace(self._plan, outputs=list(self._plan.outputs))
        self.desk = Desk(plan, self.started_at)

    def _render(self, limit: int) -> None:
        """Render every moment before this one."""
        desk = self.desk
        if desk is None:
            return
        with_sound, with_pictures = not self._plan.video_only, not self._plan.audio_only
        while True:
            picture_at, chunk_end = self._picture_at(self._picture), self._moment(self._chunk + 1)
            if with_pictures and picture_at < chunk_end:
                if picture_at > limit:
                    return
                self._show(desk, picture_at)
                self._picture += self._haste.step
            else:
                if chunk_end > limit:
                    return
                for sid in self._cast.forget(chunk_end):
                    self._floor.leave(sid)
                heard = self._cast.listen(self._chunk)
                talkers = {person.sid: person.talker for person in self._cast.people.values()}
                self._floor.update(talkers, chunk_end)
                if with_sound:
                    mixed = add(heard.values())
                    desk.sound(SILENCE if mixed is None else self._limiter.apply(mixed))
                self._chunk += 1

    def _show(self, desk: Desk, at: int) -> None:
        # What is captured within half a picture's time is nearer to this moment than what was before.
        placed = self._stage.place(at + SECOND // self._plan.fps // 2, self._plan.width, self._plan.height)
        self._painter.paint(placed)
        if desk.wants_pictures:
            duration = self._haste.step * SECOND // self._plan.fps
            desk.show(self._painter.canvas.frame(), self._picture, at - self.started_at, duration=duration)

    def _set_layout(self, layout: str) -> None:
        arrangement, background = parse(layout, self._plan.background)
        if background is not self._stage.background:
            self._stage.background = background
            self._painter = self._stage.painter(self._plan.width, self._plan.height)
        self._stage.arrangement = arrangement
        self.layout = layout

    def _outputs_changed(self, change: AddStream | RemoveStream) -> None:
        desk = self.desk
        if desk is not None:
            desk.add_stream(change.url) if isinstance(change, AddStream) else desk.remove_stream(change.url)
            return
        outputs = [one for one in self._plan.outputs if not (isinstance(one, StreamOutput) and one.url == change.url)]
        if isinstance(change, AddStream):
            outputs.append(StreamOutput(url=change.url))
        self._plan = msgspec.structs.replace(self._plan, outputs=outputs)

    def _folders(self) -> list[Path]:
        folders = [Path(one.directory) for one in self._plan.outputs if not isinstance(one, StreamOutput)]
        return list(dict.fromkeys(folders))

    def _disk_trouble(self) -> Failed | None:
        limit = self._plan.min_free_bytes
        for folder in self._folders():
            free = self._free(folder)
            if free < limit:
                message = f"{free >> 20} MiB are free in {folder}; composing stops below {limit >> 20} MiB"
                return Failed(Reason.DISK_FULL, message)
        return None

    def _moment(self, chunk: int) -> int:
        return self.started_at + chunk * CHUNK * SECOND // RATE

    def _picture_at(self, number: int) -> int:
        return self.started_at + number * SECOND // self._plan.fps
