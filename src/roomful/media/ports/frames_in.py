"""Frames that a worker makes, on their way into a room as tracks of a participant without a connection."""

import logging
from typing import Protocol

import msgspec

from roomful._native import Event
from roomful.media.ports.api import PortApi
from roomful.media.ports.frames import Codec, TrackInfo

log = logging.getLogger(__name__)

_info = msgspec.json.Decoder(TrackInfo)


class FramesInApi(PortApi, Protocol):
    """What `FramesIn` needs of the media engine. All commands raise `roomful.media.api.MediaError`."""

    def open_frames_in(self, room: str, port: int, fd: int) -> None:
        """Read the stream of `media.ports.frames` from `fd`, which the engine owns from now on.

        Where `fd` is a socket, the engine writes KEYFRAME records back.
        """
        ...

    def publish_frames(self, port: int, number: int, track: str) -> None:
        """Forward the frames of this number as the track with this sid; they are dropped until then."""
        ...


class Publisher(Protocol):
    """Who puts the tracks of a worker into a room."""

    def announce(self, number: int, codec: Codec, info: TrackInfo) -> str | None:
        """A worker starts a track: return its sid, or `None` to refuse it. Only `source` and `name` of `info` count."""
        ...

    def publish(self, number: int) -> None:
        """The engine knows the announced track: others may be told of it."""
        ...

    def unpublish(self, number: int) -> None:
        """The worker ended the track."""
        ...

    def closed(self, reason: str) -> None:
        """The stream ended; all its tracks are gone. `reason` is empty after STOP."""
        ...


class FramesIn:
    """The engine reads frames from a descriptor and forwards them until `close`, or until the writer is gone."""

    def __init__(self, media: FramesInApi, room: str, fd: int, publisher: Publisher) -> None:
        """`room` is a sid; `fd`, a pipe or socket, belongs to the engine from now on.

        Raises:
            MediaError: the engine is closed or overloaded.
        """
        self._media = media
        self._publisher = publisher
        self._port = media.next_port()
        self._open = True
        media.attach_port(self._port, self._handle)
        media.open_frames_in(room, self._port, fd)

    def close(self) -> None:
        """Take the tracks away. Calling it again does nothing."""
        if self._open:
            self._open = False
            self._media.detach_port(self._port)
            self._media.close_port(self._port)

    def _handle(self, event: Event) -> None:
        match event:
            case Event.PortTrack(_, number, codec, info):
                self._announce(number, Codec(codec), info)
            case Event.PortTrackEnded(_, number):
                self._publisher.unpublish(number)
            case Event.PortClosed(_, reason):
                self.close()
                self._publisher.closed(reason)
            case _:
                pass

    def _announce(self, number: int, codec: Codec, info: bytes) -> None:
        try:
            decoded = _info.decode(info)
        except msgspec.DecodeError as error:
            log.warning("a worker describes its track %d in a way that cannot be read: %s", number, error)
            return
        track = self._publisher.announce(number, codec, decoded)
        if track is not None:
            self._media.publish_frames(self._port, number, track)
            self._publisher.publish(number)
