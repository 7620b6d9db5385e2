"""One utterance while it is spoken and until it is text. Lives on the event loop of the recognition."""

import asyncio
import io
import wave

from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.transcriber.voice_activity import RATE

SAMPLE_BYTES = 2
SECOND = 1_000_000_000


class Speech:
    """Keeps all of its sound, so that it can be sent again."""

    def __init__(self, id_: str, track: TrackInfo, start_ns: int) -> None:
        self.id = id_
        self.track = track
        self.start_ns = start_ns
        self.sound = bytearray()
        """16 kHz, mono, 16 bits, little-endian."""
        self.over = False
        self._changed = asyncio.Event()

    @property
    def end_ns(self) -> int:
        """Of what is there."""
        return self.start_ns + len(self.sound) * SECOND // (RATE * SAMPLE_BYTES)

    def add(self, sound: bytes, *, last: bool) -> None:
        self.sound += sound
        self.over = last
        self._changed.set()

    async def longer_than(self, size: int) -> None:
        """Wait until there are more bytes than these, or it is over."""
        while len(self.sound) <= size and not self.over:
            self._changed.clear()
            await self._changed.wait()

    async def finished(self) -> None:
        """Wait until it is over."""
        while not self.over:
            self._changed.clear()
            await self._changed.wait()

    def wav(self) -> bytes:
        """What is there, as a file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(SAMPLE_BYTES)
            writer.setframerate(RATE)
            writer.writeframes(bytes(self.sound))
        return file.getvalue()
