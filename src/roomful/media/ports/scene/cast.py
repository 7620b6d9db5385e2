"""Who is there, with what they send: records in, people with voices and pictures out."""

from collections.abc import Callable, Iterator

import msgspec

from roomful.media.ports.frames import Frame, Mark, Record, TrackEnded, TrackInfo, TrackStarted
from roomful.media.ports.scene.clock import SECOND, STRAY, Clock, TrackTime
from roomful.media.ports.scene.floor import Talker
from roomful.media.ports.scene.jitter import Jitter
from roomful.media.ports.scene.picture import Picture
from roomful.media.ports.scene.voice import CHUNK, RATE, Samples, Voice
from roomful.media.ports.worker.states import KeyframeWanted, Problem

KEYFRAME_REQUEST = SECOND
NO_KEYFRAME = 30 * SECOND
MANY_UNREADABLE = 25
"""Packets of audio in a row that cannot be decoded before it is reported."""


class Track(msgspec.Struct, eq=False):
    """A track, from the moment it is announced until what came of it is over."""

    medium: Voice | Picture
    time: TrackTime
    starts_at: int
    ends_at: int | None = None

    @property
    def info(self) -> TrackInfo:
        return self.medium.track.info

    def present(self, at: int) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


class Person:
    """One participant with at least one track."""

    def __init__(self, info: TrackInfo) -> None:
        self.sid = info.participant
        self.name = info.name or info.identity
        self.tracks: list[Track] = []
        self.talker = Talker()

    def pictures(self, at: int, *, screen: bool) -> list[Picture]:
        """Cameras or screens at this moment, the newest first."""
        return [
            track.medium
            for track in reversed(self.tracks)
            if isinstance(track.medium, Picture) and track.medium.is_screen is screen and track.present(at)
        ]

    def present(self, at: int) -> bool:
        return any(track.present(at) for track in self.tracks)


class Cast:
    """All who are there. Times are in ns of wall time; `epoch` is where samples are counted from."""

    def __init__(
        self,
        clock: Clock,
        *,
        video: bool = True,
        jitter: Jitter | None = None,
        spares: Callable[[str], bool] = lambda sid: False,
    ) -> None:
        """Without `video` its frames are left out. `jitter` hears how late voices are.

        `spares` tells by a participant's sid whether its voice is of no use while it is below the gate.
        """
        self._jitter = jitter
        self._spares = spares
        self.clock = clock
        self._video = video
        self.epoch: int | None = None
        self.people: dict[str, Person] = {}
        """By sid, in the order in which they came."""
        self._numbers: dict[int, Track] = {}
        self._requested: dict[str, int] = {}

    def feed(self, record: Record, now: int, due: int, *, prompt: bool = True) -> None:
        """Take a record that comes `now`; everything before `due` is over already.

        One that is not `prompt` may have come earlier.
        """
        match record:
            case Frame():
                self._frame(record, now, due, prompt=prompt)
            case TrackStarted():
                self._start(record, self.clock.position(now))
            case TrackEnded():
                self._end(record.track, self.clock.position(now))
            case Mark():
                self._mark(record)
            case _:
                pass

    def listen(self, chunk: int) -> dict[str, Samples]:
        """Return what each person who is not silent says in this chunk since the epoch."""
        at = (self.epoch or 0) + chunk * CHUNK * SECOND // RATE
        heard: dict[str, Samples] = {}
        for person in self.people.values():
            total: Samples | None = None
            for track in person.tracks:
                if isinstance(track.medium, Voice):
                    samples = track.medium.read(chunk * CHUNK, CHUNK)
                    if samples is not None:
                        total = samples if total is None else total + samples
            person.talker.hear(total, at)
            if total is not None:
                heard[person.sid] = total
        return heard

    def forget(self, at: int) -> list[str]:
        """Let go of what is over at this moment; return the sids of people who left."""
        gone: list[str] = []
        for person in list(self.people.values()):
            person.tracks = [track for track in person.tracks if track.ends_at is None or at < track.ends_at]
            if not person.tracks:
                del self.people[person.sid]
                gone.append(person.sid)
        return gone

    def keyframes_wanted(self, now: int) -> list[KeyframeWanted]:
        """Return which tracks wait for a keyframe and have not been asked for a while."""
        wanted: list[KeyframeWanted] = []
        for picture in self.pictures():
            sid = picture.track.info.sid
            asked = self._requested.get(sid)
            if picture.waiting_since is None:
                continue
            if asked is None or now - asked >= KEYFRAME_REQUEST:
                self._requested[sid] = now
                wanted.append(KeyframeWanted(track=sid))
        return wanted

    def problems(self, at: int) -> list[Problem]:
        """Return what is wrong with single tracks at the moment."""
        found: list[Problem] = []
        for track in self._numbers.values():
            medium = track.medium
            if isinstance(medium, Picture):
                since = medium.waiting_since
                if medium.unreadable:
                    found.append(Problem(track=track.info.sid, what="unreadable"))
                elif since is not None and at - since >= NO_KEYFRAME:
                    found.append(Problem(track=track.info.sid, what="no_keyframe"))
            elif medium.unreadable >= MANY_UNREADABLE:
                found.append(Problem(track=track.info.sid, what="unreadable"))
        return found

    def pictures(self) -> Iterator[Picture]:
        """All video that is sent."""
        for person in self.people.values():
            for track in person.tracks:
                if isinstance(track.medium, Picture):
                    yield track.medium

    def _start(self, record: TrackStarted, at: int) -> None:
        self._end(record.track, at)
        info = record.info
        person = self.people.get(info.participant)
        if person is None:
            person = self.people[info.participant] = Person(info)
        medium = Voice(record) if record.codec.is_audio else Picture(record)
        track = self._numbers[record.track] = Track(medium, TrackTime(), at)
        person.tracks.append(track)

    def _end(self, number: int, at: int) -> None:
        track = self._numbers.pop(number, None)
        if track is not None:
            track.ends_at = at
            self._requested.pop(track.info.sid, None)

    def _frame(self, frame: Frame, now: int, due: int, *, prompt: bool) -> None:
        track = self._numbers.get(frame.track)
        if track is None:
            return
        at: int | None = frame.wall_ns
        if self.clock.live:
            at = track.time.place(frame.wall_ns, now, due if self.epoch is not None else now - STRAY)
            if self._jitter is not None and isinstance(track.medium, Voice):
                captured = track.time.captured(frame.wall_ns)
                if prompt or captured < due:
                    self._jitter.hear(now - self._end_of_chunk(captured), now)
            if at is None:
                if self.epoch is None or not isinstance(track.medium, Picture):
                    return
                # Shown at once, which is late: the pictures after it cannot be decoded without it.
                at = due
        self.clock.hear(at)
        if self.epoch is None:
            self.epoch = at
            # Who was announced before there was time was there from the beginning.
            for one in self._numbers.values():
                one.starts_at = min(one.starts_at, at)
        medium = track.medium
        if isinstance(medium, Picture):
            if self._video:
                medium.feed(frame, at)
        else:
            rate = RATE / SECOND
            position = round((at - self.epoch) * rate)
            over = round((max(due, self.epoch) - self.epoch) * rate)
            medium.feed(frame, position, over, spare=self._spares(track.info.participant))

    def _end_of_chunk(self, at: int) -> int:
        """The end of the chunk that a moment is in."""
        length = CHUNK * SECOND // RATE
        return at - (at - (self.epoch or 0)) % length + length

    def _mark(self, mark: Mark) -> None:
        match mark.control:
            case {"mute": str(sid), "muted": bool(muted)}:
                for picture in self.pictures():
                    if picture.track.info.sid == sid:
                        picture.muted = muted
            case _:
                pass
