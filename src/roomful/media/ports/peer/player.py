"""Plays a programme in real time, to the writers of broadcasts."""

import asyncio
import threading
import time
from collections.abc import Callable

from roomful.media.ports.peer.programme import Offer, Opening, Programme
from roomful.media.ports.scene.clock import SECOND
from roomful.p2p import IrohRoomsError, MediaSources, Source, TrackWriter

LAST_FRAME_NS = SECOND // 25
"""How long the last frame is to be seen before it all begins again."""


class Player:
    """A programme as the sources of a publisher, and its playing.

    player = Player(film("film.mp4"))
    await RoomPublisherSync(room, player.sources).set_state(player.all_on)
    await player.play()
    """

    def __init__(self, opening: Opening, *, loop: bool = False, clock: Callable[[], int] = time.monotonic_ns) -> None:
        """Open it. Raises `worker.states.Failed`: it cannot be read, or there is nothing in it."""
        self._opening = opening
        self._loop = loop
        self._clock = clock
        self._writers: dict[int, TrackWriter] = {}
        self._read: set[int] = set()
        """Tracks whose reader has had its keyframe."""
        self._stop = threading.Event()
        self._programme: Programme | None = opening(self)
        self.offers = self._programme.offers

    @property
    def sources(self) -> MediaSources:
        """For `RoomPublisherSync`: the first video as the camera, the first sound as the microphone."""
        found: dict[str, Source] = {}
        for track, offer in enumerate(self.offers):
            found.setdefault("camera" if offer.is_video else "audio", self._source(track, offer))
        return MediaSources(**found)

    def is_read(self, track: int) -> bool:
        """As `programme.Demand`."""
        writer = self._writers.get(track)
        return writer is not None and writer.subscribed

    def keyframe_due(self, track: int) -> bool:
        """As `programme.Demand`."""
        if not self.is_read(track):
            self._read.discard(track)
            return False
        begun = track not in self._read
        self._read.add(track)
        return begun

    async def play(self) -> None:
        """Play it to its end, or for ever. Raises `worker.states.Failed` when it breaks off."""
        playing = asyncio.create_task(asyncio.to_thread(self._play))
        try:
            await asyncio.shield(playing)
        finally:
            self._stop.set()
            if not playing.done():
                await asyncio.wait({playing})

    def _source(self, track: int, offer: Offer) -> Source:
        def started(writer: TrackWriter) -> None:
            self._writers[track] = writer

        def stopped() -> None:
            self._writers.pop(track, None)

        return Source(offer.name, offer.config, started, stopped)

    def _play(self) -> None:
        zero = self._clock()
        played = 0
        while not self._stop.is_set():
            programme = self._programme or self._opening(self)
            self._programme = None
            try:
                length = self._turn(programme, zero + played, played)
            finally:
                programme.close()
            if not self._loop or not length:
                return
            played += length + LAST_FRAME_NS

    def _turn(self, programme: Programme, zero: int, played: int) -> int:
        """Play once; return when the last frame was."""
        latest = 0
        for shot in programme.shots():
            latest = max(latest, shot.at)
            left = 0.0 if programme.live else (zero + shot.at - self._clock()) / SECOND
            if self._stop.wait(max(0.0, left)):
                break
            writer = self._writers.get(shot.track)
            if writer is None or not shot.data:
                continue
            try:
                writer.write((played + shot.at) // 1000, shot.data, keyframe=shot.keyframe)
            except IrohRoomsError:
                self._writers.pop(shot.track, None)  # its broadcast is closed
        return latest
