"""JPEG stills of the composed picture."""

import io
from pathlib import Path

from av.video.frame import VideoFrame
from PIL import Image

from roomful.media.ports.compositor.outputs.place import Naming, stamp, write_whole
from roomful.media.ports.compositor.plan import ImageOutput, Suffix
from roomful.media.ports.compositor.states import ImagesInfo
from roomful.media.ports.scene.clock import SECOND

QUALITY = 85


class Stills:
    """Makes a still of each first picture of an interval."""

    def __init__(self, output: ImageOutput, naming: Naming, started_at_ns: int) -> None:
        self._folder = Path(output.directory).absolute()
        self._output = output
        self._interval = max(1, round(output.interval_seconds * SECOND))
        self._started_at = started_at_ns
        prefix = naming.path(output.prefix)
        (self._folder / prefix).parent.mkdir(parents=True, exist_ok=True)
        self._prefix, number = prefix, 1
        while output.suffix is Suffix.INDEX and (self._folder / self._name(1, 0)).exists():
            number += 1
            self._prefix = prefix.with_name(f"{prefix.name}-{number}")
        self._next = 0
        self._first_at = self._last_at = 0
        self.paths: list[Path] = []
        self._size = 0
        self.error = ""

    @property
    def overwrites(self) -> bool:
        """Whether each still takes the place of the one before."""
        return self._output.suffix is Suffix.NONE

    def offer(self, picture: VideoFrame, at: int) -> None:
        """Take the picture of this time, in ns since the beginning, if it is time for one.

        Raises:
            OSError: it cannot be written; `errno` tells a full disk.
        """
        if at < self._next:
            return
        self._next = (at // self._interval + 1) * self._interval
        wall = self._started_at + at
        path = self._folder / self._name(len(self.paths) + 1, wall)
        data = self._jpeg(picture)
        write_whole(path, data)
        if self.overwrites:
            self._size = 0
        self._size += len(data)
        self.paths.append(path)
        self._first_at = self._first_at or wall
        self._last_at = wall

    def info(self) -> ImagesInfo:
        return ImagesInfo(
            prefix=str(self._prefix),
            count=len(self.paths),
            size=self._size,
            started_at_ns=self._first_at,
            ended_at_ns=self._last_at,
            error=self.error,
        )

    def key(self, path: Path) -> str:
        """Return the path below the output's folder."""
        return path.relative_to(self._folder).as_posix()

    def _name(self, index: int, wall: int) -> Path:
        ending = {Suffix.INDEX: f"_{index:05}", Suffix.TIMESTAMP: f"_{stamp(wall)}", Suffix.NONE: ""}
        return Path(self._prefix.with_name(f"{self._prefix.name}{ending[self._output.suffix]}.jpeg"))

    def _jpeg(self, picture: VideoFrame) -> bytes:
        file = io.BytesIO()
        width, height = self._output.width or picture.width, self._output.height or picture.height
        pixels = picture.to_ndarray(width=width, height=height, format="rgb24")
        Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY)
        return file.getvalue()
