"""One file from the beginning to the end of a composition."""

from pathlib import Path

from roomful.media.ports.compositor.outputs.place import MP3, MP4, OGG, Naming, Streams
from roomful.media.ports.compositor.plan import FileKind, FileOutput
from roomful.media.ports.compositor.states import FileInfo
from roomful.media.ports.recorder.media_file import MediaFile
from roomful.media.ports.recorder.naming import claim
from roomful.media.ports.scene.encoder import Encoded

_FORMATS = {FileKind.MP4: MP4, FileKind.OGG: OGG, FileKind.MP3: MP3}


class WholeFile:
    """Takes packets until it is closed.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, output: FileOutput, naming: Naming, streams: Streams, started_at_ns: int) -> None:
        folder = Path(output.directory).absolute()
        self._path, _ = claim(folder, naming.path(output.path), f".{output.kind}")
        self._key = self._path.relative_to(folder).as_posix()
        self._kind = output.kind
        self._streams = streams
        self._started_at = started_at_ns
        self._file: MediaFile | None = None
        self.open = True
        self.error = ""

    @property
    def live(self) -> bool:
        return self.open

    @property
    def where(self) -> str:
        return str(self._path)

    def wants_keyframe(self, at: int) -> bool:
        return False

    def write(self, packet: Encoded) -> None:
        """Write the next packet.

        Raises:
            OSError: it cannot be written; `errno` tells a full disk.
        """
        if self._file is None:
            # Audio begins before zero by its codec's delay, and the container cannot.
            self._file = MediaFile(self._path, _FORMATS[self._kind], self._streams.sources, min(packet.at, 0))
        index = self._streams.index(is_audio=packet.is_audio)
        self._file.write(index, packet.data, packet.at, packet.duration, keyframe=packet.keyframe)

    def close(self) -> None:
        """Finish the file. Calling it again does nothing.

        Raises:
            OSError: the end cannot be written; what was written before is playable.
        """
        self.open = False
        if self._file is not None:
            self._file.close()

    def info(self) -> FileInfo:
        return FileInfo(
            path=str(self._path),
            key=self._key,
            kind=self._kind,
            size=self._file.size if self._file else 0,
            started_at_ns=self._started_at,
            duration_ns=self._file.duration if self._file else 0,
            open=self.open,
            error=self.error,
        )
