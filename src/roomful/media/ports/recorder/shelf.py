"""Where files come from: each take has a series of parts, named after its plan, its publisher and the time."""

from pathlib import Path, PurePosixPath

from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.recorder.codecs import Template, Unreadable
from roomful.media.ports.recorder.containers import choose, extension
from roomful.media.ports.recorder.libav import FFmpegError
from roomful.media.ports.recorder.lines import Sample
from roomful.media.ports.recorder.naming import claim, format_time, stem
from roomful.media.ports.recorder.part import Part, Where
from roomful.media.ports.recorder.plan import Grouping, Plan

SCREEN = frozenset({"screen_share", "screen_share_audio"})
"""Sources that are not of the participant's person, and go into a file of their own."""


class Shelf:
    """All files of one recording, in the order they were begun."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.folder = Path(plan.directory).absolute()
        self.parts: list[Part] = []
        self._names: set[PurePosixPath] = set()

    def series(self, whose: TrackInfo) -> "Series":
        return Series(self, whose)

    def name(self, whose: TrackInfo, first: Sample) -> PurePosixPath:
        """Return the path of a new series below the folder, without number and extension."""
        plan = self.plan
        values = {
            "room_name": plan.room_name,
            "room_id": plan.room_id,
            "time": format_time(first.wall_ns),
            "publisher_identity": whose.identity,
        }
        if plan.grouping is Grouping.TRACK:
            kind = "audio" if first.template.codec.is_audio else "video"
            values |= {"track_id": whose.sid, "track_type": kind, "track_source": whose.source}
        suffix = "-screen" if plan.grouping is Grouping.PARTICIPANT and whose.source in SCREEN else ""
        name = stem(plan.path, plan.grouping, values, suffix=suffix)
        if name in self._names:
            name = stem(plan.path, plan.grouping, values, suffix=suffix, distinct=True)
        self._names.add(name)
        return name


class Series:
    """The parts of one take."""

    def __init__(self, shelf: Shelf, whose: TrackInfo) -> None:
        self._shelf = shelf
        self._name: PurePosixPath | None = None
        self._number = 0
        self.whose = whose
        """Of the newest session, if the publisher came back."""

    def open(self, first: Sample, video: Template | None, audio: Template | None) -> Part:
        """Begin the next part with a sample, for these formats of video and audio.

        Raises:
            OSError: the file cannot be made.
            Unreadable: libavformat has no use for these formats.
        """
        shelf = self._shelf
        container = choose([one.codec for one in (video, audio) if one is not None], shelf.plan.container)
        if self._name is None:
            self._name = shelf.name(self.whose, first)
        path, self._number = claim(shelf.folder, self._name, extension(container), self._number + 1)
        where = Where(path, path.relative_to(shelf.folder).as_posix(), container)
        try:
            part = Part(where, self.whose, first, video, audio)
        except FFmpegError as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise
            raise Unreadable(str(error)) from error
        shelf.parts.append(part)
        return part
