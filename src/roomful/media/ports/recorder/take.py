"""A take: what belongs together in one file, or one after the other in several when a file cannot go on.

Samples wait a moment until those of the other line that belong before them have come. A new part (`-2`, `-3` …) begins
where the container cannot follow: another codec, another picture size in MP4, video that starts after the beginning.
"""

import contextlib
import heapq
import itertools

from roomful.media.ports.frames import Codec, Frame, TrackStarted
from roomful.media.ports.recorder.codecs import Template, Unreadable, audio_template
from roomful.media.ports.recorder.lines import AudioLine, Line, Sample, VideoLine
from roomful.media.ports.recorder.pacing import SECOND
from roomful.media.ports.recorder.part import Part
from roomful.media.ports.recorder.shelf import Series

START_HOLD = 2 * SECOND
"""How long the beginning waits for the second line, so that both are in the first part."""

HOLD = 7 * SECOND // 10
"""How long a sample waits for the other line, which may be muted."""

MAX_WAITING = 4096
"""Samples that wait, at most: more cannot be real."""


class Take:
    """Two lines of one participant, or one line of one track.

    `always_audio` puts an audio stream beside video although there is no microphone yet: silence, until there is one.
    """

    def __init__(self, series: Series, *, lines: int, always_audio: bool) -> None:
        self.series = series
        self._lines = lines
        self._always_audio = always_audio
        self.audio = AudioLine()
        self.video = VideoLine()
        self._waiting: list[tuple[int, int, Sample]] = []
        self._order = itertools.count()
        self.part: Part | None = None
        self.failed = False
        """Nothing is written any more; the error is in the last file's state."""

    def line(self, codec: Codec) -> Line:
        """The line for tracks of this codec."""
        return self.audio if codec.is_audio else self.video

    def start(self, track: TrackStarted) -> None:
        self.line(track.codec).start(track)
        # A track that goes on with another kind of codec would feed both.
        self.line(Codec.VP8 if track.codec.is_audio else Codec.OPUS).end(track.track)

    def end(self, track: int) -> None:
        self.audio.end(track)
        self.video.end(track)

    def accept(self, codec: Codec, frame: Frame, wanted: int | None, now: float) -> None:
        """Take one frame; `wanted` is its recording time, `None` if it is not to be recorded.

        Raises:
            OSError: the file cannot be written.
        """
        line = self.line(codec)
        if wanted is None:
            line.interrupt()
            return
        sample = line.accept(frame, wanted, now)
        if sample is not None and not self.failed:
            heapq.heappush(self._waiting, (sample.at, next(self._order), sample))
            self._write_due()

    def finish(self) -> None:
        """Write what waits, and finish the file.

        Raises:
            OSError: the file cannot be written; it is closed nevertheless.
        """
        try:
            while self._waiting and not self.failed:
                self._write(heapq.heappop(self._waiting)[2])
        finally:
            self._waiting.clear()
            if self.part is not None:
                self.part.close()

    def fail(self, error: str) -> None:
        """Write nothing from now on, and finish the file as well as it can be."""
        self.failed = True
        self._waiting.clear()
        if self.part is not None:
            self.part.error = error
            with contextlib.suppress(OSError):
                self.part.close()

    def _write_due(self) -> None:
        heard = [line for line in (self.audio, self.video) if line.latest is not None]
        horizon = max(line.latest or 0 for line in heard)
        waited = horizon - self._waiting[0][0]
        if self.part is None and len(heard) < self._lines and waited < START_HOLD:
            return
        both = min((line.latest or 0 for line in heard if line.live), default=horizon)
        limit = max(both, horizon - HOLD)
        while self._waiting and (self._waiting[0][0] <= limit or len(self._waiting) > MAX_WAITING):
            self._write(heapq.heappop(self._waiting)[2])

    def _write(self, sample: Sample) -> None:
        part = self.part
        if part is None or not part.fits(sample):
            try:
                part = self._next_part(sample)
            except Unreadable:
                self.video.reject()
                return
        if part.wants_keyframe(sample):
            self.video.interrupt()
            return
        part.write(sample)

    def _next_part(self, first: Sample) -> Part:
        if self.part is not None:
            self.part.close()
            self.part = None
        is_audio = first.template.codec.is_audio
        audio = first.template if is_audio else self._first_waiting(audio=True) or self.audio.template
        video = self._first_waiting(audio=False) if is_audio else first.template
        if video is None and self.video.live:
            video = self.video.template
        if audio is None and self._always_audio:
            audio = audio_template(Codec.OPUS, 48000, 2)
        self.part = self.series.open(first, video, audio)
        return self.part

    def _first_waiting(self, *, audio: bool) -> Template | None:
        """How the next sample of a line is encoded."""
        samples = [entry for entry in self._waiting if entry[2].template.codec.is_audio is audio]
        return min(samples)[2].template if samples else None
