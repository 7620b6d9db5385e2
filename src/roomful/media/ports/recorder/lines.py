"""A line is one stream of a take, whichever tracks feed it in turn: a camera before and after a reconnect is one line.

Lines take frames and give samples, which know when they happen and how their bytes are to be decoded.
"""

from typing import Protocol

import msgspec

from roomful.media.ports.frames import Frame, TrackStarted
from roomful.media.ports.recorder.codecs import Template, Unreadable, audio_template, parameters, video_template
from roomful.media.ports.recorder.pacing import VideoPace


class Sample(msgspec.Struct, frozen=True, eq=False):
    """One access unit with its place in the recording, in ns."""

    at: int
    wall_ns: int
    track: TrackStarted
    template: Template
    data: bytes
    keyframe: bool
    lost: bool
    """Something of the same track is missing before it."""


class Line(Protocol):
    """What audio and video have in common."""

    latest: int | None
    """Recording time of the newest sample; `None` before the first."""

    template: Template | None
    """How the newest samples are encoded; `None` before that is known."""

    @property
    def live(self) -> bool:
        """Whether a track feeds it, muted or not."""
        ...

    def feeds(self, track: int) -> bool:
        """Whether the track with this number is one of its own."""
        ...

    def start(self, track: TrackStarted) -> None:
        """A track is to feed the line; it takes over from an earlier one with its first usable frame."""
        ...

    def end(self, track: int) -> None: ...

    def accept(self, frame: Frame, wanted: int, now: float) -> Sample | None:
        """Make a sample of a frame captured at the recording time `wanted`; `None` if it is of no use."""
        ...

    def interrupt(self) -> None:
        """Something was left out on purpose."""
        ...


class _Feed:
    """Which of the line's tracks is taken."""

    def __init__(self) -> None:
        self.current: TrackStarted | None = None
        self.newer: TrackStarted | None = None
        """Announced, and not heard yet."""

    @property
    def live(self) -> bool:
        return self.current is not None or self.newer is not None

    @property
    def newest(self) -> TrackStarted | None:
        return self.newer or self.current

    def start(self, track: TrackStarted) -> None:
        if self.current is not None and self.current.track == track.track:
            self.current = None
        self.newer = track

    def end(self, track: int) -> None:
        if self.current is not None and self.current.track == track:
            self.current = None
        if self.newer is not None and self.newer.track == track:
            self.newer = None

    def feeds(self, track: int) -> bool:
        return any(one is not None and one.track == track for one in (self.current, self.newer))

    def of(self, frame: Frame) -> TrackStarted | None:
        """The track of this frame, if it is one of the line's."""
        if self.newer is not None and self.newer.track == frame.track:
            return self.newer
        if self.current is not None and self.current.track == frame.track:
            return self.current
        return None

    def take(self, track: TrackStarted) -> bool:
        """Take this track from now on; tell whether that is a change."""
        if track is self.current:
            return False
        self.current, self.newer = track, None
        return True


class AudioLine:
    """Every packet of audio stands for itself."""

    def __init__(self) -> None:
        self._feed = _Feed()
        self.latest: int | None = None
        self.template: Template | None = None
        self._interrupted = False

    @property
    def live(self) -> bool:
        return self._feed.live

    def feeds(self, track: int) -> bool:
        return self._feed.feeds(track)

    def start(self, track: TrackStarted) -> None:
        self._feed.start(track)
        if self.template is None:
            self.template = audio_template(track.codec, track.clock_rate, track.channels)

    def end(self, track: int) -> None:
        self._feed.end(track)

    def accept(self, frame: Frame, wanted: int, now: float) -> Sample | None:
        track = self._feed.of(frame)
        if track is None or not frame.data:
            return None
        self._interrupted |= self._feed.take(track)
        self.template = audio_template(track.codec, track.clock_rate, track.channels)
        lost = frame.gap or frame.muted_gap or self._interrupted
        self._interrupted = False
        self.latest = max(wanted, self.latest or wanted)
        return Sample(wanted, frame.wall_ns, track, self.template, frame.data, True, lost)

    def interrupt(self) -> None:
        self._interrupted = True


class VideoLine:
    """Video begins with a keyframe, again after each interruption."""

    def __init__(self) -> None:
        self._feed = _Feed()
        self._pace = VideoPace()
        self._parameters = b""
        self._waiting = True
        self.latest: int | None = None
        self.template: Template | None = None
        self.waiting_since: float | None = None
        """Since when frames come and are left out, because none of them is a keyframe."""
        self.unreadable = 0
        """Keyframes that were none, since the last one that was."""

    @property
    def live(self) -> bool:
        return self._feed.live

    @property
    def waiting_for(self) -> TrackStarted | None:
        """The track whose keyframe is waited for."""
        return None if self.waiting_since is None else self._feed.newest

    def feeds(self, track: int) -> bool:
        return self._feed.feeds(track)

    def start(self, track: TrackStarted) -> None:
        self._feed.start(track)
        self.waiting_since = None

    def end(self, track: int) -> None:
        self._feed.end(track)
        if not self.live:
            self.waiting_since = None

    def interrupt(self) -> None:
        self._waiting = True

    def accept(self, frame: Frame, wanted: int, now: float) -> Sample | None:
        track = self._feed.of(frame)
        if track is None or not frame.data:
            return None
        begins = frame.keyframe and self._inspect(track, frame.data)
        # What follows a keyframe that cannot be read cannot be decoded either.
        self._waiting |= frame.keyframe and not begins
        if self.template is None or not (begins or (not self._waiting and track is self._feed.current)):
            if self.waiting_since is None and track is self._feed.newest:
                self.waiting_since = now
            return None
        if begins:
            self._waiting = False
            self.waiting_since = None
            if self._feed.take(track):
                self._pace.restart()
        at = self._pace.place(wanted, frame, track.clock_rate)
        self.latest = at
        return Sample(at, frame.wall_ns, track, self.template, frame.data, begins, frame.gap)

    def reject(self) -> None:
        """The last keyframe looked like one, and cannot be written."""
        self.template = None
        self._waiting = True
        self.unreadable += 1

    def _inspect(self, track: TrackStarted, keyframe: bytes) -> bool:
        """Learn the picture's format from a keyframe; False if it is none."""
        found = parameters(track.codec, keyframe)
        if self.template is None or self.template.codec is not track.codec or found != self._parameters:
            try:
                template = video_template(track.codec, keyframe)
            except Unreadable:
                self.unreadable += 1
                return False
            self._parameters = found
            if self.template is None or not self.template.same_picture(template):
                self.template = template
        self.unreadable = 0
        return True
