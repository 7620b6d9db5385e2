"""All streams of a server that are made into HLS here."""

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import TypeAlias

from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.hls.settings import HlsSettings
from roomful.media.ports.hls.stream import HlsStream
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

log = logging.getLogger(__name__)

Place: TypeAlias = tuple[str, str]
"""Where a stream is found: a user id and the name of a room."""


class HlsStreams:
    """Begins, finds and ends them. At each place there is one at a time."""

    def __init__(self, media: FramesOutApi, settings: HlsSettings) -> None:
        self._media = media
        self._settings = settings
        self._streams: dict[Place, HlsStream] = {}
        """The newest of each place, also for a while after its end."""
        self._all: set[HlsStream] = set()
        """Those and older ones, of which something is left."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def running(self) -> int:
        return sum(not stream.over for stream in self._streams.values())

    def begin(
        self, place: Place, room: Room, participant: Participant, *, screen: bool = False, audio_only: bool = False
    ) -> bool:
        """Make HLS of what a participant sends, or go on with it; False: as many as may are made, or it is taken."""
        stream = self._streams.get(place)
        if stream is not None and not stream.over:
            return stream.participant == participant.sid
        if self.running >= self._settings.max_streams:
            if self._settings.max_streams:
                log.warning("a stream is not offered as HLS: too many are", extra={"room": room.name})
            return False
        stream = self._streams[place] = HlsStream(
            self._media,
            room,
            participant,
            self._new_folder(),
            self._settings,
            lambda over: self._forget(place, over),
            screen=screen,
            audio_only=audio_only,
        )
        self._all.add(stream)
        stream.begin()
        return True

    def of(self, participant: str) -> HlsStream | None:
        """What is made of the participant of this sid."""
        own = (one for one in self._streams.values() if one.participant == participant and not one.over)
        return next(own, None)

    def end(self, participant: str) -> None:
        """The participant of this sid sends no longer, or not for this."""
        stream = self.of(participant)
        if stream is not None:
            stream.end()

    def find(self, place: Place) -> HlsStream | None:
        """What can be played there."""
        return self._streams.get(place)

    async def close(self, within: float) -> None:
        """End all, wait at most `within` seconds for their processes, and delete what they have written."""
        for stream in self._all:
            stream.end()
        if self._all:
            await asyncio.wait([asyncio.ensure_future(stream.finished()) for stream in self._all], timeout=within)
        for stream in self._all:
            stream.cancel()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)

    def _new_folder(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="roomful-hls-", ignore_cleanup_errors=True)
        return Path(tempfile.mkdtemp(dir=self._folder.name))

    def _forget(self, place: Place, stream: HlsStream) -> None:
        self._all.discard(stream)
        if self._streams.get(place) is stream:
            del self._streams[place]
