"""The tracks of a film, for one connection that is in no room."""

import itertools
from collections.abc import Callable
from typing import Protocol

from roomful.media.ports.frames import Codec, TrackInfo
from roomful.media.ports.frames_in import FramesIn, FramesInApi
from roomful.protocols.nkmedia.fs.parts import REST


class Viewer(Protocol):
    """Who gets them."""

    @property
    def id(self) -> str: ...

    def receive_track(self, sid: str) -> None:
        """There is a track."""
        ...

    def receive_track_no_more(self, sid: str) -> None: ...


class Screen:
    """Takes the frames of one worker after the other. `on_left` is called once, with an empty text."""

    sid = ""

    def __init__(self, media: FramesInApi, viewer: Viewer, on_left: Callable[[str], None]) -> None:
        self._media = media
        self._viewer = viewer
        self._on_left = on_left
        self._has_left = False
        self._frames: FramesIn | None = None
        self._numbers = itertools.count()
        self._tracks: dict[int, str] = {}
        """By the worker's number."""

    def play(self, frames_fd: int) -> None:
        """Show what comes from this descriptor, in place of what came before. Raises MediaError."""
        self._clear()
        self._frames = FramesIn(self._media, REST, frames_fd, self)

    def leave(self) -> None:
        """Calling it again does nothing."""
        if not self._has_left:
            self._has_left = True
            self._clear()
            self._on_left("")

    def announce(self, number: int, codec: Codec, info: TrackInfo) -> str | None:
        del codec, info
        self._tracks[number] = f"{self._viewer.id}/film/{next(self._numbers)}"
        return self._tracks[number]

    def publish(self, number: int) -> None:
        self._viewer.receive_track(self._tracks[number])

    def unpublish(self, number: int) -> None:
        track = self._tracks.pop(number, None)
        if track is not None:
            self._viewer.receive_track_no_more(track)

    def closed(self, reason: str) -> None:
        del reason  # the worker says it, too
        for number in list(self._tracks):
            self.unpublish(number)

    def _clear(self) -> None:
        self.closed("")
        if self._frames is not None:
            self._frames.close()
