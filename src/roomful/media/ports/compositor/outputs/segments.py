"""HLS (RFC 8216): MPEG-TS segments and their playlists."""

import math
import os
from pathlib import Path, PurePosixPath

import msgspec

from roomful.media.ports.compositor.outputs.place import MPEG_TS, Naming, Streams, stamp, write_whole
from roomful.media.ports.compositor.plan import LIVE_SEGMENTS, SegmentOutput, Suffix
from roomful.media.ports.compositor.states import SegmentsInfo
from roomful.media.ports.recorder.media_file import MediaFile
from roomful.media.ports.recorder.naming import claim, format_time
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.encoder import Encoded


class Segment(msgspec.Struct, frozen=True):
    """One finished segment; `start` and `duration` in ns."""

    path: Path
    start: int
    duration: int
    size: int


class Segments:
    """Takes packets until it is closed; segments begin with a keyframe at a multiple of their length.

    Raises:
        OSError: the playlist cannot be made.
    """

    def __init__(self, output: SegmentOutput, naming: Naming, streams: Streams, started_at_ns: int) -> None:
        self._folder = Path(output.directory).absolute()
        self._streams = streams
        self._suffix = output.suffix
        self._kept = output.kept_segments
        self._length = self._longest = round(output.segment_seconds * SECOND)
        self._started_at = started_at_ns
        prefix = naming.path(output.prefix)
        playlist = _beside(prefix, output.playlist_name, naming) if output.playlist_name else prefix
        self.playlist, number = claim(self._folder, playlist, ".m3u8")
        distinct = f"-{number}" if number > 1 else ""
        self._prefix = prefix.with_name(prefix.name + distinct)
        self.live_playlist: Path | None = None
        if output.live_playlist_name:
            live = _beside(prefix, output.live_playlist_name, naming)
            self.live_playlist = self._folder / live.with_name(f"{live.name}{distinct}.m3u8")
            self.live_playlist.parent.mkdir(parents=True, exist_ok=True)
        (self._folder / self._prefix).parent.mkdir(parents=True, exist_ok=True)
        self.finished: list[Segment] = []
        """Those that are still there."""
        self._count = self._size = 0
        self._file: MediaFile | None = None
        self._begun = 0
        self._asked = -1
        self._end = 0
        self.open = True
        self.error = ""
        self._write_playlists()

    @property
    def live(self) -> bool:
        return self.open

    @property
    def where(self) -> str:
        return str(self.playlist)

    def wants_keyframe(self, at: int) -> bool:
        """Whether a segment begins with the picture of this time."""
        before, self._asked = self._asked, at // self._length
        return self._asked != before

    def write(self, packet: Encoded) -> None:
        """Write the next packet.

        Raises:
            OSError: it cannot be written; `errno` tells a full disk.
        """
        leads = packet.keyframe and packet.is_audio is (self._streams.video is None)
        at = max(packet.at, 0)
        if self._file is not None and leads and at // self._length != self._begun // self._length:
            self._finish(at)
        if self._file is None:
            self._begun = at
            self._file = MediaFile(self._next_path(at), MPEG_TS, self._streams.sources, 0)
        index = self._streams.index(is_audio=packet.is_audio)
        self._file.write(index, packet.data, packet.at, packet.duration, keyframe=packet.keyframe)
        self._end = max(self._end, packet.at + packet.duration)

    def close(self) -> None:
        """Finish the last segment and the playlists. Calling it again does nothing.

        Raises:
            OSError: they cannot be written.
        """
        if self.open:
            self.open = False
            if self._file is not None:
                self._finish(self._end)
            self._write_playlists()

    def info(self) -> SegmentsInfo:
        end = self.finished[-1].start + self.finished[-1].duration if self.finished else 0
        return SegmentsInfo(
            playlist=str(self.playlist),
            playlist_key=self.key(self.playlist),
            live_playlist=str(self.live_playlist or ""),
            live_playlist_key=self.key(self.live_playlist) if self.live_playlist else "",
            prefix=str(self._prefix),
            count=self._count,
            size=self._size,
            started_at_ns=self._started_at,
            ended_at_ns=self._started_at + end if self.finished else 0,
            duration_ns=end,
            open=self.open,
            error=self.error,
        )

    def key(self, path: Path) -> str:
        """Return the path below the output's folder."""
        return path.relative_to(self._folder).as_posix()

    def _next_path(self, at: int) -> Path:
        index = self._count + 1
        name = stamp(self._started_at + at) if self._suffix is Suffix.TIMESTAMP else f"{index:05}"
        return self._folder / self._prefix.with_name(f"{self._prefix.name}_{name}.ts")

    def _finish(self, end: int) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        file.close()
        self.finished.append(Segment(Path(file.target), self._begun, end - self._begun, file.size))
        self._count += 1
        self._size += file.size
        self._longest = max(self._longest, end - self._begun)
        if self.open:
            self._write_playlists()
        while self._kept and len(self.finished) > self._kept:
            self.finished.pop(0).path.unlink(missing_ok=True)

    def _write_playlists(self) -> None:
        newest = self.finished[-LIVE_SEGMENTS:]
        listed = newest if self._kept else self.finished
        write_whole(self.playlist, self._listing(self.playlist, listed, live=bool(self._kept)))
        if self.live_playlist is not None:
            write_whole(self.live_playlist, self._listing(self.live_playlist, newest, live=True))

    def _listing(self, playlist: Path, segments: list[Segment], *, live: bool) -> bytes:
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            f"#EXT-X-TARGETDURATION:{math.ceil(self._longest / SECOND)}",
            f"#EXT-X-MEDIA-SEQUENCE:{self._count - len(segments)}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        if not live:
            lines.append("#EXT-X-PLAYLIST-TYPE:EVENT")
        for segment in segments:
            wall = self._started_at + segment.start
            date = format_time(wall)
            lines += [
                f"#EXT-X-PROGRAM-DATE-TIME:{date[:13]}:{date[13:15]}:{date[15:]}.{wall % SECOND // 1_000_000:03}Z",
                f"#EXTINF:{segment.duration / SECOND:.6f},",
                uri_between(playlist, segment.path),
            ]
        if not self.open:
            lines.append("#EXT-X-ENDLIST")
        return ("\n".join(lines) + "\n").encode()


def uri_between(playlist: Path, segment: Path) -> str:
    """How a playlist names a segment: by a relative reference (RFC 8216 §4.1), escaped only where it would be misread.

    Players of local files do not undo escapes, so spaces and other letters stay as they are.
    """
    relative = Path(os.path.relpath(segment, playlist.parent)).as_posix()
    return relative.replace("%", "%25").replace("#", "%23")


def _beside(prefix: PurePosixPath, name: str, naming: Naming) -> PurePosixPath:
    """The path of a playlist; a name without a folder is beside the segments."""
    path = naming.path(name)
    return path if "/" in name else prefix.parent / path
