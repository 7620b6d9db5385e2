"""Files that are played into the mix."""

import logging
import queue
import threading
from collections.abc import Iterator
from typing import Any

import av
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from roomful.media.ports.scene.voice import CHUNK, RATE, Samples

log = logging.getLogger(__name__)

AHEAD = 50
"""Chunks that are decoded before they are due: a disk may hesitate for a second."""


class Player:
    """Plays the sound of one file. A thread decodes, so that no disk holds up the mix."""

    def __init__(self, path: str, *, loop: bool) -> None:
        self.over = False
        """It has been played to its end, or cannot be played."""
        self.unreadable = False
        self._path = path
        self._loop = loop
        self._chunks: queue.Queue[Samples | None] = queue.Queue(AHEAD)
        self._closed = threading.Event()
        threading.Thread(target=self._decode, name="player", daemon=True).start()

    def read(self) -> Samples | None:
        """Return what is due next, 20 ms; `None` if there is nothing, or not yet."""
        try:
            chunk = None if self.over else self._chunks.get_nowait()
        except queue.Empty:
            return None
        self.over = self.over or chunk is None
        return chunk

    def close(self) -> None:
        """Play no more."""
        self._closed.set()

    def _decode(self) -> None:
        try:
            again = True
            while again:
                empty = True
                for chunk in self._lap():
                    empty = False
                    if not self._put(chunk):
                        return
                self.unreadable = empty
                again = self._loop and not empty
        except (FFmpegError, OSError, ValueError, IndexError) as error:
            log.warning("a file cannot be played", extra={"path": self._path, "reason": str(error)})
            self.unreadable = True
        self._put(None)

    def _lap(self) -> Iterator[Samples]:
        resampler: Any = AudioResampler("flt", "stereo", RATE, CHUNK)
        # What the file names, as a playlist does, has to be a file too.
        with av.open(self._path, options={"protocol_whitelist": "file"}) as container:
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None
                for piece in resampler.resample(frame):
                    yield piece.to_ndarray().reshape(-1, 2)
            # What is left is less than a chunk, and left out.

    def _put(self, chunk: Samples | None) -> bool:
        """Wait for room; tell whether anybody still wants it."""
        while not self._closed.is_set():
            try:
                self._chunks.put(chunk, timeout=0.25)
            except queue.Full:
                continue
            return True
        return False
