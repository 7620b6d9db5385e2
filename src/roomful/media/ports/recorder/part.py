"""One file of a take: a container that is set up for what it gets, with audio that has no holes."""

from pathlib import Path

import msgspec

from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.recorder.codecs import Template
from roomful.media.ports.recorder.containers import FORMATS
from roomful.media.ports.recorder.libav import FFmpegError
from roomful.media.ports.recorder.lines import Sample
from roomful.media.ports.recorder.media_file import MediaFile, Source
from roomful.media.ports.recorder.pacing import SECOND, AudioPace
from roomful.media.ports.recorder.plan import Container
from roomful.media.ports.recorder.sound import written
from roomful.media.ports.recorder.states import FileInfo

LONGEST_HOLE = SECOND // 2
"""Audio that is further behind video than this is filled up with silence while it is not there."""

FRAME = SECOND // 30
"""Taken for the duration of a frame of video before there is a second one."""


class Where(msgspec.Struct, frozen=True):
    """The place of a new file."""

    path: Path
    key: str
    container: Container


class Part:
    """Takes samples in the order of their times.

    Raises:
        OSError: the file cannot be written; `errno` tells a full disk.
    """

    def __init__(
        self, where: Where, whose: TrackInfo, first: Sample, video: Template | None, audio: Template | None
    ) -> None:
        self._where = where
        self._whose = whose
        self._video = video
        self._audio = audio
        self._started_at = first.wall_ns
        self._tracks: list[str] = []
        self._video_began = False
        self._last_video: int | None = None
        self._frame = FRAME
        self.refused = 0
        """Samples that the container did not take."""
        self.error = ""
        self.open = True
        chosen = FORMATS[where.container]
        self._follows_picture = chosen.follows_picture
        sources = [Source(one.source.streams[0], one.clock_rate) for one in (video, audio) if one is not None]
        self._file = MediaFile(where.path, chosen, sources, first.at)
        self._pace = audio and AudioPace(
            audio.codec, audio.clock_rate, audio.channels, start=first.at, exact=chosen.exact_audio
        )

    def fits(self, sample: Sample) -> bool:
        """Whether this file can take the sample, or has to end before it."""
        template = sample.template
        if template.codec.is_audio:
            return template is self._audio
        if self._video is None or self._video.codec is not template.codec:
            return False
        return self._follows_picture or self._video.same_picture(template)

    def wants_keyframe(self, sample: Sample) -> bool:
        """Whether this sample is video that nothing before it in the file lets anybody decode."""
        return not sample.template.codec.is_audio and not sample.keyframe and not self._video_began

    def write(self, sample: Sample) -> None:
        if sample.template.codec.is_audio:
            self._write_audio(sample)
        else:
            self._write_video(sample)
        if sample.track.info.sid not in self._tracks:
            self._tracks.append(sample.track.info.sid)

    def close(self) -> None:
        """Finish the file. Audio lasts as long as video."""
        if not self.open:
            return
        self.open = False
        try:
            if self._last_video is not None:
                self._fill(self._last_video + self._frame)
        finally:
            self._file.close()

    def info(self) -> FileInfo:
        return FileInfo(
            path=str(self._where.path),
            key=self._where.key,
            size=self._file.size,
            started_at_ns=self._started_at,
            duration_ns=self._file.duration,
            open=self.open,
            participant=self._whose.participant,
            identity=self._whose.identity,
            tracks=list(self._tracks),
            codecs=[template.name for template in (self._video, self._audio) if template is not None],
            width=self._video.width if self._video else 0,
            height=self._video.height if self._video else 0,
            error=self.error,
        )

    def _write_video(self, sample: Sample) -> None:
        if self._last_video is not None:
            # Rather too short: the next frame must not come before the end of this one.
            self._frame = min((sample.at - self._last_video) // 2, FRAME)
        self._last_video = sample.at
        self._video_began = True
        self._put(0, sample.data, sample.at, self._frame, keyframe=sample.keyframe)
        if self._pace is not None and sample.at - self._pace.position >= LONGEST_HOLE:
            self._fill(sample.at)

    def _write_audio(self, sample: Sample) -> None:
        if self._pace is None:
            return
        duration = self._pace.duration(sample.data)
        if not duration:
            self.refused += 1
            return
        missing = self._pace.needs(sample.at, duration, lost=sample.lost)
        if missing < 0:
            return
        if missing:
            self._fill(sample.at)
        data = written(sample.template.codec, sample.data)
        self._put(self._audio_stream, data, self._pace.place(sample.at, duration), duration, keyframe=True)

    def _fill(self, until: int) -> None:
        if self._pace is not None:
            for data, at, duration in self._pace.fill(until):
                self._put(self._audio_stream, data, at, duration, keyframe=True)

    @property
    def _audio_stream(self) -> int:
        return 1 if self._video else 0

    def _put(self, stream: int, data: bytes, at: int, duration: int, *, keyframe: bool) -> None:
        try:
            self._file.write(stream, data, at, duration, keyframe=keyframe)
        except FFmpegError as error:
            if isinstance(error, OSError):
                raise
            self.refused += 1
