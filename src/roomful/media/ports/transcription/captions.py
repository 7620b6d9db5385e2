"""What is said in a room as a WebVTT file, beside a recording of the room or on its own."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from roomful.media.ports.transcription import webvtt
from roomful.rooms.events import RoomEvent, Transcribed
from roomful.rooms.transcripts import TranscriptSegment

log = logging.getLogger(__name__)

_files = ThreadPoolExecutor(1, thread_name_prefix="captions")
"""Writes in the order of the calls, so that the event loop never waits for a disk."""


class Captions:
    """Appends each segment when it becomes known; a file that was not closed lacks nothing but the order.

    The file is made with the first segment. Closed, its cues are in the order of their times, as WebVTT wants them.
    """

    def __init__(
        self,
        path: Path,
        origin: float,
        wanted: Callable[[TranscriptSegment], bool] = lambda _: True,
    ) -> None:
        """`origin`: unix seconds of the recording's first instant; what was said before it is left out."""
        self.path = path
        self.origin = origin
        self.end = float("inf")
        """Unix seconds from which on nothing belongs to the recording."""
        self.error = ""
        """Why nothing more is written."""
        self.begun = False
        """There is a file."""
        self._wanted = wanted
        self._cues: list[tuple[float, str]] = []
        self._file: IO[str] | None = None

    def on_event(self, event: RoomEvent) -> None:
        """Observe a room."""
        if isinstance(event, Transcribed):
            self.add(event.segment)

    def add(self, segment: TranscriptSegment) -> None:
        if segment.end > self.origin and segment.start < self.end and self._wanted(segment):
            _files.submit(self._append, segment.start, webvtt.cue(segment, self.origin))

    def close(self) -> None:
        """Put the cues in order. Returns at once."""
        _files.submit(self._finish)

    @staticmethod
    def settle() -> None:
        """Wait until everything is written. Not on an event loop."""
        _files.submit(lambda: None).result()

    def _append(self, start: float, cue: str) -> None:
        if self.error:
            return
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("w", encoding="utf-8")
                self._file.write(webvtt.HEADER)
                self.begun = True
            self._cues.append((start, cue))
            self._file.write(cue)
            self._file.flush()
        except OSError as error:
            self.error = error.strerror or str(error)
            log.error("captions cannot be written", extra={"file": str(self.path), "reason": self.error})

    def _finish(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file = None
        ordered = sorted(self._cues, key=lambda cue: cue[0])
        if ordered == self._cues or self.error:
            return
        draft = self.path.with_name(f"{self.path.name}.part")
        try:
            draft.write_text(webvtt.HEADER + "".join(cue for _, cue in ordered), "utf-8")
            draft.replace(self.path)
        except OSError as error:
            log.warning("captions stay out of order", extra={"file": str(self.path), "reason": str(error)})
