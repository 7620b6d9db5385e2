"""A recording as a state machine: records in, files out, `now` as an argument, in seconds of any monotonic clock."""

from collections.abc import Callable
from pathlib import Path

from roomful.media.ports.frames import Frame, KeyframeRequest, Mark, Record, Stop, TrackEnded, TrackStarted
from roomful.media.ports.recorder import disk
from roomful.media.ports.recorder.naming import BadTemplate, check_template
from roomful.media.ports.recorder.plan import Grouping, Plan
from roomful.media.ports.recorder.shelf import SCREEN, Shelf
from roomful.media.ports.recorder.states import FileInfo
from roomful.media.ports.recorder.take import Take
from roomful.media.ports.recorder.timeline import Timeline
from roomful.media.ports.worker.states import Failed, KeyframeWanted, Problem, Reason

NO_KEYFRAME_SECONDS = 30.0
KEYFRAME_REQUEST_SECONDS = 2.0
DISK_CHECK_SECONDS = 1.0


class Session:
    """Sorts tracks into takes and keeps an eye on the disk and on tracks that do not begin."""

    def __init__(self, plan: Plan, *, free: Callable[[Path], int] = disk.free_bytes) -> None:
        self._shelf = Shelf(plan)
        self._free = free
        self._timeline = Timeline(plan.start_at_ns)
        self._takes: list[Take] = []
        self._tracks: dict[int, tuple[TrackStarted, Take]] = {}
        self._requested: dict[str, float] = {}
        self._disk_checked = float("-inf")
        self._failure: Failed | None = None
        self.stopped = False
        """STOP was read."""

    @property
    def files(self) -> list[FileInfo]:
        """All files so far, in the order they were begun."""
        return [part.info() for part in self._shelf.parts]

    def open(self) -> None:
        """See whether there is a place to record to.

        Raises:
            Failed: the path leads out of the folder, the folder cannot be used, or the disk is full.
        """
        try:
            check_template(self._shelf.plan.path)
        except BadTemplate as error:
            raise Failed(Reason.BAD_PLAN, str(error)) from error
        try:
            disk.prepare(self._shelf.folder)
        except disk.FolderUnusable as error:
            raise Failed(Reason.FOLDER_UNUSABLE, str(error)) from error
        self._check_disk()

    def feed(self, record: Record, now: float) -> None:
        """Take one record.

        Raises:
            Failed: the disk is full.
        """
        match record:
            case Frame():
                found = self._tracks.get(record.track)
                if found is not None:
                    self._write(*found, record, now)
            case TrackStarted():
                self._start(record)
            case TrackEnded():
                self._end(record.track)
            case Mark():
                self._mark(record)
            case Stop():
                self.stopped = True
            case KeyframeRequest():
                pass  # of streams in the other direction

    def tick(self, now: float) -> list[KeyframeWanted]:
        """Do what time brings, at least every second; return for which tracks the recording waits.

        Raises:
            Failed: the disk is nearly full.
        """
        if now - self._disk_checked >= DISK_CHECK_SECONDS:
            self._disk_checked = now
            self._check_disk()
        wanted: list[KeyframeWanted] = []
        for take in self._takes:
            track = take.video.waiting_for
            if track is None:
                continue
            if now - self._requested.get(track.info.sid, float("-inf")) >= KEYFRAME_REQUEST_SECONDS:
                self._requested[track.info.sid] = now
                wanted.append(KeyframeWanted(track=track.info.sid))
        return wanted

    def problems(self, now: float) -> list[Problem]:
        """Return what is wrong with single tracks at the moment."""
        found: list[Problem] = []
        for take in self._takes:
            track, since = take.video.waiting_for, take.video.waiting_since
            if track is not None and since is not None:
                if take.video.unreadable:
                    found.append(Problem(track=track.info.sid, what="unreadable"))
                elif now - since >= NO_KEYFRAME_SECONDS:
                    found.append(Problem(track=track.info.sid, what="no_keyframe"))
        return found

    def finish(self) -> None:
        """Finish all files, each as well as it can be.

        Raises:
            Failed: one of them could not be written to its end.
        """
        for take in self._takes:
            self._finish(take)
        self._takes.clear()
        self._tracks.clear()
        if self._failure is not None:
            raise self._failure

    def _start(self, track: TrackStarted) -> None:
        known = self._tracks.get(track.track)
        if known is not None and known[0].info.sid == track.info.sid:
            take = known[1]
        else:
            if known is not None:
                self._end(track.track)
            take = self._take_for(track)
        take.start(track)
        self._tracks[track.track] = (track, take)

    def _take_for(self, track: TrackStarted) -> Take:
        """The take that this track goes on with, or a new one."""
        info = track.info
        single = self._shelf.plan.grouping is Grouping.TRACK
        screen = info.source in SCREEN
        for take in self._takes if not single else ():
            whose = take.series.whose
            if whose.identity != info.identity or (whose.source in SCREEN) is not screen:
                continue
            # A second camera in one session is another take; the camera of a new session is the reconnected one.
            if not take.line(track.codec).live or whose.participant != info.participant:
                take.series.whose = info
                return take
        take = Take(self._shelf.series(info), lines=1 if single else 2, always_audio=not single and not screen)
        self._takes.append(take)
        return take

    def _end(self, number: int) -> None:
        track, take = self._tracks.pop(number, (None, None))
        if track is None or take is None:
            return
        take.end(number)
        if self._shelf.plan.grouping is Grouping.TRACK:
            self._takes.remove(take)
            self._finish(take)

    def _finish(self, take: Take) -> None:
        try:
            take.finish()
        except OSError as error:
            try:
                self._give_up(take, error)
            except Failed as failure:
                # The others still have their ends to write, which may be smaller.
                self._failure = failure

    def _write(self, track: TrackStarted, take: Take, frame: Frame, now: float) -> None:
        try:
            take.accept(track.codec, frame, self._timeline.at(frame.wall_ns), now)
        except OSError as error:
            self._give_up(take, error)

    def _mark(self, mark: Mark) -> None:
        match mark.control:
            case {"pause": True}:
                self._timeline.pause(mark.wall_ns)
            case {"pause": False}:
                self._timeline.resume(mark.wall_ns)
            case _:
                pass

    def _check_disk(self) -> None:
        folder, limit = self._shelf.folder, self._shelf.plan.min_free_bytes
        free = self._free(folder)
        if free < limit:
            raise Failed(
                Reason.DISK_FULL, f"{free >> 20} MiB are free in {folder}; recording stops below {limit >> 20} MiB"
            )

    def _give_up(self, take: Take, error: OSError) -> None:
        """A file that cannot be written ends its take; a full disk ends all of them."""
        where = take.part.info().path if take.part else str(self._shelf.folder)
        full = disk.is_full(error)
        failure = Failed(
            Reason.DISK_FULL if full else Reason.WRITE_FAILED,
            f"cannot write {where}: {error.strerror or error}; what was written before is playable",
        )
        take.fail(str(failure))
        if full:
            raise failure from error
        self._failure = self._failure or failure
