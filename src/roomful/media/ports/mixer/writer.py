"""The worker's end of the socket of frames that it makes, which never waits for its reader."""

import logging
import os
import select
from collections.abc import Iterator

from roomful.media.ports.frames import BadRecord, Frame, FrameDecoder, KeyframeRequest, Record, encode

log = logging.getLogger(__name__)

MAX_BACKLOG = 4 * 1024 * 1024
"""Bytes that wait for a reader; frames beyond that are left out."""

END_SECONDS = 2.0
"""How long the end waits for a reader that takes nothing."""


class FrameWriter:
    """Writes records; a reader that is gone or does not read loses frames, and nobody else does."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._backlog = bytearray()
        self._decoder = FrameDecoder()
        self.open = True
        self.dropped = False
        """Frames were left out, so that pictures cannot be decoded before a keyframe."""

    def write(self, record: Record) -> None:
        """Write a record, at least later."""
        if not self.open:
            return
        if isinstance(record, Frame) and len(self._backlog) > MAX_BACKLOG:
            self.dropped = True
            return
        self._backlog += encode(record)

    def flush(self) -> None:
        """Write what can be written at the moment."""
        try:
            while self._backlog and self.open:
                del self._backlog[: os.write(self._fd, self._backlog)]
        except BlockingIOError:
            pass
        except OSError:
            self._gone("nobody reads the mix any more")

    def requests(self) -> Iterator[int]:
        """Yield the numbers of tracks for which keyframes were asked since the last call."""
        while self.open:
            try:
                data = os.read(self._fd, 65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._gone("nobody reads the mix any more")
                return
            try:
                for record in self._decoder.feed(data):
                    if isinstance(record, KeyframeRequest):
                        yield record.track
            except BadRecord as error:
                self._gone(f"requests for keyframes cannot be read: {error}")

    def close(self) -> None:
        """Write what is left, as long as the reader takes it."""
        while self.open and self._backlog and select.select([], [self._fd], [], END_SECONDS)[1]:
            self.flush()
        self.open = False
        os.close(self._fd)

    def _gone(self, why: str) -> None:
        log.warning("%s", why)
        self.open = False
        self._backlog.clear()
