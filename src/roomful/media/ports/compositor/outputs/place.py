"""Names of what a composition writes, and the formats it is written in."""

from pathlib import Path, PurePosixPath

import msgspec

from roomful.media.ports.recorder.containers import FORMATS, Format
from roomful.media.ports.recorder.media_file import Source
from roomful.media.ports.recorder.naming import expand, format_time
from roomful.media.ports.recorder.plan import Container
from roomful.media.ports.scene.clock import SECOND

VIDEO_RATE = 90000
AUDIO_RATE = 48000

MP4 = FORMATS[Container.MP4]
OGG = FORMATS[Container.OGG]
MP3 = Format("mp3", frozenset(), {"flush_packets": "1"}, True)
# Each segment is a file of its own, whose packet counters begin anew, which is to be said (ISO 13818-1 §2.4.3.5).
MPEG_TS = Format("mpegts", frozenset(), {"mpegts_flags": "initial_discontinuity", "flush_packets": "1"}, True)
FLV = Format("flv", frozenset(), {"flvflags": "no_duration_filesize", "flush_packets": "1"}, True)


class Streams(msgspec.Struct, frozen=True, eq=False):
    """What is in a container: video, audio or both."""

    video: Source | None
    audio: Source | None

    @property
    def sources(self) -> list[Source]:
        return [source for source in (self.video, self.audio) if source is not None]

    def index(self, *, is_audio: bool) -> int:
        """Return the place of a stream in the container."""
        return 1 if is_audio and self.video is not None else 0


class Naming:
    """Fills templates of one composition, whose time is when it began."""

    def __init__(self, room_name: str, room_id: str, started_at_ns: int) -> None:
        self._values = {"room_name": room_name, "room_id": room_id, "time": format_time(started_at_ns)}

    def path(self, template: str) -> PurePosixPath:
        """Return the path of a template, without extension.

        Raises:
            BadTemplate: it leads out of the folder.
        """
        return expand(template, self._values, generated="{room_name}-{time}")


def stamp(wall_ns: int) -> str:
    """Return a moment as it is in names: UTC, with milliseconds."""
    day, _, time = format_time(wall_ns).partition("T")
    return f"{day.replace('-', '')}{time}{wall_ns % SECOND // 1_000_000:03}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that whoever opens it gets the old or the new one, never half of either.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(data)
    draft.replace(path)
