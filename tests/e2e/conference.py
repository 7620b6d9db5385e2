"""Members of a conference of the NkMEDIA API: WebRTC clients (aiortc) that send and receive in the same sections."""

import asyncio
import contextlib
import fractions
from collections.abc import AsyncIterator
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from livekit import rtc

from tests.rtc import Peer

from .nkmedia_client import NkMediaClient
from .showing import SAMPLE_RATE, Colour
from .waiting import until
from .watching import LISTENING_MS, Picture, Sound

LEVEL = 0.1
"""Root mean square of a tone at -20 dBFS."""
WITHIN_3_DB = (LEVEL * 10 ** (-3 / 20), LEVEL * 10 ** (3 / 20))
UNHEARD = LEVEL * 10 ** (-30 / 20)
"""30 dB less."""
MOST_ERROR = 12
"""Of 255, of the colour of a cell."""
FRAMES_PER_SECOND = 8
SIZE = (320, 180)


class Sine(AudioStreamTrack):
    """A tone of so many Hz."""

    def __init__(self, hertz: float, level: float = LEVEL) -> None:
        super().__init__()
        self._hertz, self._amplitude = hertz, min(level * 2**0.5, 1.0)
        self._place = 0

    async def recv(self) -> av.AudioFrame:
        frame = await super().recv()
        assert isinstance(frame, av.AudioFrame)
        times = (self._place + np.arange(frame.samples)) / frame.sample_rate
        self._place += frame.samples
        samples = np.round(32767 * self._amplitude * np.sin(2 * np.pi * self._hertz * times)).astype(np.int16)
        # Two channels, because of one the encoder makes two that are 3 dB quieter.
        sine = av.AudioFrame.from_ndarray(np.repeat(samples, 2).reshape(1, -1), format="s16", layout="stereo")
        sine.sample_rate, sine.pts = frame.sample_rate, frame.pts
        sine.time_base = fractions.Fraction(1, frame.sample_rate)
        return sine


class Plain(VideoStreamTrack):
    """A few pictures a second of one colour."""

    def __init__(self, colour: Colour) -> None:
        super().__init__()
        self._image = np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(1 / FRAMES_PER_SECOND)
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame.from_ndarray(self._image, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Caller:
    """One session, its connection, and what comes of it."""

    def __init__(self, backend: NkMediaClient, *tracks: MediaStreamTrack) -> None:
        self.backend = backend
        self.peer = Peer().send_both(*tracks)
        self.sound, self.picture = Sound(), Picture()
        self.largest_step = 0.0
        """Between two samples one after the other in the latest piece, full scale 1."""
        self.session_id = ""
        self.reply: dict[str, Any] = {}
        self._tracks = tracks
        self._tasks: list[asyncio.Task[None]] = []
        self.peer.connection.on("track", self._on_track)

    async def call(self, kind: str, **data: Any) -> "Caller":
        """Offer, and take the answer."""
        offer = {"sdp": await self.peer.offer()}
        self.reply = await self.backend.ok("media/session/create", type=kind, offer=offer, wait_reply=True, **data)
        self.session_id = self.reply["session_id"]
        await self.peer.accept(self.reply["answer"]["sdp"])
        await self.peer.connected()
        return self

    async def be_called(self, kind: str, **data: Any) -> "Caller":
        """Take the server's offer."""
        peer = self.peer = Peer()
        peer.connection.on("track", self._on_track)
        self.reply = await self.backend.ok("media/session/create", type=kind, wait_reply=True, **data)
        self.session_id = self.reply["session_id"]
        answer = await peer.answer(self.reply["offer"]["sdp"], *self._tracks)
        await self.backend.ok("media/session/set_answer", session_id=self.session_id, answer={"sdp": answer})
        await peer.connected()
        return self

    async def ask(self, command: str, **data: Any) -> Any:
        return await self.backend.ok(f"media/session/{command}", session_id=self.session_id, **data)

    async def act(self, action: str, **data: Any) -> Any:
        return await self.ask("room_action", action=action, **data)

    async def hears_only(self, *tones: int, among: tuple[int, ...]) -> None:
        """Wait until new sound has these tones, each as loud as it was made, and none of the others."""
        sound, before = self.sound, self.sound.pieces

        def levels() -> dict[int, float]:
            return {tone: round(sound.level_at(tone), 4) for tone in (*tones, *among)}

        def so() -> bool:
            return sound.pieces > before and all(
                WITHIN_3_DB[0] < level < WITHIN_3_DB[1] if tone in tones else level < UNHEARD
                for tone, level in levels().items()
            )

        await until(so, lambda: f"{self.session_id} hears {tones}: {levels()} after {sound.pieces} pieces")

    async def hears(self, *tones: int) -> None:
        """Wait until these tones are there, whatever else is."""
        await until(lambda: all(self.sound.level_at(tone) > LEVEL / 2 for tone in tones), f"{tones} are heard")

    async def sees(self, *cells: tuple[tuple[float, float, float], Colour]) -> None:
        """Wait until a new picture has these colours in the middle of these cells: left, top and width."""
        picture, before = self.picture, self.picture.frames

        def errors() -> list[float]:
            seen = [
                picture.colour_in(left + side / 4, top + side / 4, side / 2, side / 2) for (left, top, side), _ in cells
            ]
            return [
                float(np.mean(np.abs(np.subtract(one, wanted)))) for one, (_, wanted) in zip(seen, cells, strict=True)
            ]

        await until(
            lambda: picture.frames > before and all(error < MOST_ERROR for error in errors()),
            lambda: f"{self.session_id} sees {cells}: off by {errors()} in {picture.frames} pictures of {picture.size}",
        )

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.peer.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        follow = self._listen(track) if track.kind == "audio" else self._watch(track)
        self._tasks.append(asyncio.ensure_future(follow))

    async def _listen(self, track: MediaStreamTrack) -> None:
        size = SAMPLE_RATE * LISTENING_MS // 1000
        heard = np.zeros(0)
        while True:
            frame: Any = await track.recv()
            channels = len(frame.layout.channels)
            samples = frame.to_ndarray().reshape(-1, channels).mean(axis=1) / 32768
            heard = np.append(heard, samples)
            while len(heard) >= size:
                self.largest_step = float(np.abs(np.diff(heard[:size])).max())
                self.sound._hear(heard[:size])
                heard = heard[size:]

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            frame: Any = await track.recv()
            planes = np.concatenate([_plane(frame.planes[index]) for index in range(3)]).tobytes()
            self.picture._see(rtc.VideoFrame(frame.width, frame.height, rtc.VideoBufferType.I420, planes))


def _plane(plane: Any) -> np.ndarray:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width].reshape(-1)


@contextlib.asynccontextmanager
async def callers(backend: NkMediaClient, *tracks: tuple[MediaStreamTrack, ...]) -> AsyncIterator[list[Caller]]:
    """One for each group of tracks, all closed at the end."""
    everybody = [Caller(backend, *one) for one in tracks]
    try:
        yield everybody
    finally:
        await asyncio.gather(*(one.close() for one in everybody))
