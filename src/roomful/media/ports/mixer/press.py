"""Encodes pictures beside the mix: a voice cannot wait for one."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec
from av.video.frame import VideoFrame

from roomful.media.ports.scene.encoder import VideoEncoder


class Print(msgspec.Struct, frozen=True, eq=False):
    """An encoded picture."""

    number: int
    at: int
    """Its moment, in ns of wall time."""
    encoder: int
    """Index of the encoder that made it."""
    data: bytes
    keyframe: bool


class Press:
    """Takes one picture at a time. Codecs let other threads run while they work."""

    def __init__(self, encoders: list[VideoEncoder], *, beside: bool) -> None:
        """With `beside` it works in a thread; otherwise each picture is done when `begin` returns."""
        self._encoders = encoders
        self._pool = ThreadPoolExecutor(1, "pictures") if beside else None
        self._work: Future[list[Print]] | None = None
        self._done: list[Print] = []

    @property
    def busy(self) -> bool:
        """Whether the picture before is not encoded yet."""
        return self._work is not None and not self._work.done()

    def begin(self, picture: Callable[[], VideoFrame], number: int, at: int, *, keyframe: bool) -> None:
        """Encode what `picture` returns, once for each encoder, when it is not busy."""
        self._done += self.take()
        pictures = [picture() for _ in self._encoders]
        if self._pool is None:
            self._done += self._encode(pictures, number, at, keyframe=keyframe)
        else:
            self._work = self._pool.submit(self._encode, pictures, number, at, keyframe=keyframe)

    def take(self) -> list[Print]:
        """Return what has been encoded since the last call."""
        done, self._done = self._done, []
        if self._work is not None and self._work.done():
            work, self._work = self._work, None
            done += work.result()
        return done

    def close(self) -> None:
        """Wait for the picture that is being encoded; there will be no other."""
        if self._pool is not None:
            self._pool.shutdown()

    def _encode(self, pictures: list[VideoFrame], number: int, at: int, *, keyframe: bool) -> list[Print]:
        # Who begins to watch needs the parameter sets with the keyframe, see `media.ports.frames`.
        return [
            Print(number, at, index, (encoder.parameters if packet.keyframe else b"") + packet.data, packet.keyframe)
            for index, (encoder, picture) in enumerate(zip(self._encoders, pictures, strict=True))
            for packet in encoder.encode(picture, number, keyframe=keyframe)
        ]
