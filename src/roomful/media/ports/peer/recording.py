"""A broadcast of somebody else as a Matroska file, with its packets as they came."""

import re
from collections import deque
from pathlib import Path

from roomful.media.ports.bridge.timeline import opus_duration_ns
from roomful.media.ports.frames import Codec
from roomful.media.ports.peer.viewing import Taken
from roomful.media.ports.recorder.codecs import Template, Unreadable, audio_template, video_template
from roomful.media.ports.recorder.containers import FORMATS
from roomful.media.ports.recorder.libav import FFmpegError
from roomful.media.ports.recorder.media_file import MediaFile, Source
from roomful.media.ports.recorder.plan import Container
from roomful.media.ports.scene.clock import SECOND
from roomful.p2p import RemoteBroadcast

GATHERING_NS = 2 * SECOND
"""How long the first track waits for the other to be in the file with it."""


class Recording:
    """Written from the first frame on that can be decoded. A track that begins too late to be in it is left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: MediaFile | None = None
        self._waiting: deque[Taken] = deque()
        self._templates: dict[Codec, Template] = {}
        self._streams: dict[Codec, int] = {}

    @classmethod
    def of(cls, broadcast: RemoteBroadcast, folder: Path) -> "Recording":
        """In a folder, in a file of its own, called by who sends it; the name of a broadcast is any text."""
        name = re.sub("[^A-Za-z0-9_-]+", "_", broadcast.name)[:64]
        stem = f"{broadcast.remote.short}-{name}"
        taken = {path.name for path in folder.iterdir()}
        names = (f"{stem}{f'-{number}' if number > 1 else ''}.mkv" for number in range(1, len(taken) + 2))
        return cls(folder / next(name for name in names if name not in taken))

    def take(self, frame: Taken) -> None:
        """Write a frame. Raises OSError: it cannot be written."""
        if self._file is not None:
            self._write(frame)
            return
        if frame.codec not in self._templates and not self._learn(frame):
            return
        self._waiting.append(frame)
        if len(self._templates) == 2 or frame.wall_ns - self._waiting[0].wall_ns >= GATHERING_NS:
            self._open()

    def close(self) -> bool:
        """Finish the file; return whether there is one. Raises OSError."""
        if self._file is None and self._waiting:
            self._open()
        if self._file is None:
            return False
        self._file.close()
        return True

    def _learn(self, frame: Taken) -> bool:
        if frame.codec.is_audio:
            self._templates[frame.codec] = audio_template(frame.codec, 48_000, 2)
            return True
        try:
            if frame.keyframe:
                self._templates[frame.codec] = video_template(frame.codec, frame.data)
        except Unreadable:
            return False
        return frame.keyframe

    def _open(self) -> None:
        sources: list[Source] = []
        pictures_first = sorted(self._templates.items(), key=lambda one: one[0].is_audio)
        for number, (codec, template) in enumerate(pictures_first):
            self._streams[codec] = number
            sources.append(Source(template.source.streams[0], template.clock_rate))
        start = min(frame.wall_ns for frame in self._waiting)
        self._file = MediaFile(self.path, FORMATS[Container.MKV], sources, start)
        for frame in sorted(self._waiting, key=lambda frame: frame.wall_ns):
            self._write(frame)
        self._waiting.clear()

    def _write(self, frame: Taken) -> None:
        number = self._streams.get(frame.codec)
        if self._file is None or number is None:
            return
        duration = opus_duration_ns(frame.data) if frame.codec.is_audio else 0
        try:
            self._file.write(number, frame.data, frame.wall_ns, duration, keyframe=frame.keyframe)
        except FFmpegError as error:
            if isinstance(error, OSError):
                raise
            # These bytes cannot be written: they are one frame of a stranger's.
