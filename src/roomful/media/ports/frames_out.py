"""Tracks of one room on their way to one worker: which of them, and under which number, is decided here."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from roomful._native import Event
from roomful.media.ports.api import PortApi
from roomful.media.ports.frames import TrackInfo

_encode = msgspec.json.Encoder().encode

TRACK_NUMBERS = 0x10000


class FramesOutApi(PortApi, Protocol):
    """What `FramesOut` needs of the media engine. All commands raise `roomful.media.api.MediaError`."""

    def open_frames_out(self, room: str, port: int, fd: int) -> None:
        """Write frames of tracks of the room with this sid to `fd`, which the engine owns from now on."""
        ...

    def add_frames(self, port: int, track: str, number: int, info: bytes, *, max_spatial: int = 2) -> None:
        """Write the frames of a track, from its next keyframe on. `info` is the JSON of a `TrackInfo`."""
        ...

    def remove_frames(self, port: int, track: str) -> None: ...

    def mark_frames(self, port: int, control: bytes) -> None:
        """Write a MARK record for this instant; `control` is a JSON object."""
        ...

    def request_keyframe(self, track: str) -> None:
        """Ask the publisher for a keyframe of the track, no more often than the throttle lets through."""
        ...


class FramesOut:
    """The engine writes frames of added tracks to a descriptor until `close`, or until its reader is gone."""

    def __init__(self, media: FramesOutApi, room: str, fd: int, on_closed: Callable[[str], None] | None = None) -> None:
        """`room` is a sid; `fd` belongs to the engine from now on. `on_closed` hears why the stream ended early.

        Raises:
            MediaError: the engine is closed or overloaded.
        """
        self._media = media
        self._port = media.next_port()
        self._on_closed = on_closed
        self._numbers: dict[str, int] = {}
        self._next_number = 0
        self._open = True
        media.attach_port(self._port, self._handle)
        media.open_frames_out(room, self._port, fd)

    @property
    def tracks(self) -> frozenset[str]:
        """Sids of the tracks that are written."""
        return frozenset(self._numbers)

    def add(self, info: TrackInfo, *, max_spatial: int = 2) -> None:
        """Write the frames of the track `info.sid` too, up to this simulcast layer; adding it twice does nothing."""
        if not self._open or info.sid in self._numbers:
            return
        number, self._next_number = self._next_number, (self._next_number + 1) % TRACK_NUMBERS
        self._numbers[info.sid] = number
        self._media.add_frames(self._port, info.sid, number, _encode(info), max_spatial=max_spatial)

    def remove(self, track: str) -> None:
        """Write no more of this track; one that is not written is no error."""
        if self._numbers.pop(track, None) is not None and self._open:
            self._media.remove_frames(self._port, track)

    def mark(self, control: dict[str, Any]) -> None:
        """Write an instruction for the worker between the frames, such as `{"pause": true}`."""
        if self._open:
            self._media.mark_frames(self._port, _encode(control))

    def request_keyframe(self, track: str) -> None:
        """Ask for a keyframe of a track that is written."""
        if self._open and track in self._numbers:
            self._media.request_keyframe(track)

    def close(self) -> None:
        """End the stream. Calling it again does nothing."""
        if self._open:
            self._open = False
            self._media.detach_port(self._port)
            self._media.close_port(self._port)

    def _handle(self, event: Event) -> None:
        match event:
            case Event.PortClosed(_, reason):
                self.close()
                if self._on_closed is not None:
                    self._on_closed(reason)
            case _:
                pass
