"""A WebRTC stack of the tests' own (aiortc): what it sends has a colour and a pitch, what it gets can be waited for."""

import asyncio
import fractions
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import av
import numpy
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import AudioStreamTrack

WITHIN = 30.0
FRAMES_OF_PATIENCE = 60
Colour = tuple[int, int, int]


class Picture(VideoStreamTrack):
    """One colour, all over."""

    def __init__(self, colour: Colour) -> None:
        super().__init__()
        self._image = numpy.full((180, 320, 3), colour, numpy.uint8)

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame.from_ndarray(self._image, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """A sine."""

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._hertz = hertz
        self._place = 0

    async def recv(self) -> av.AudioFrame:
        frame = await super().recv()
        assert isinstance(frame, av.AudioFrame)
        time = (self._place + numpy.arange(frame.samples)) / frame.sample_rate
        self._place += frame.samples
        samples = (8000 * numpy.sin(2 * numpy.pi * self._hertz * time)).astype(numpy.int16)
        sine = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        sine.sample_rate, sine.pts = frame.sample_rate, frame.pts
        sine.time_base = fractions.Fraction(1, frame.sample_rate)
        return sine


class Peer:
    """One peer connection."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._watched: MediaStreamTrack | None = None
        self._latest: dict[str, MediaStreamTrack] = {}
        self._tracks: dict[str, asyncio.Queue[MediaStreamTrack]] = {"audio": asyncio.Queue(), "video": asyncio.Queue()}
        self.connection.on("track", lambda track: self._tracks[track.kind].put_nowait(track))

    def send(self, *tracks: MediaStreamTrack) -> "Peer":
        for track in tracks:
            self.connection.addTransceiver(track, "sendonly")
        return self

    def send_both(self, *tracks: MediaStreamTrack) -> "Peer":
        """Send, and receive in the same sections."""
        for track in tracks:
            self.connection.addTrack(track)
        return self

    def watch(self) -> "Peer":
        """Receive sound and a picture, and send nothing."""
        for kind in ("audio", "video"):
            self.connection.addTransceiver(kind, "recvonly")
        return self

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def answer(self, offer: str, *tracks: MediaStreamTrack) -> str:
        """Take an offer, and send these tracks in its sections."""
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        self.send_both(*tracks)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def connected(self) -> None:
        """Wait until it is."""
        await self._reaches("connected")

    async def ended(self) -> None:
        """Wait until the other side has ended it."""
        await self._reaches("closed", "failed")

    async def _reaches(self, *states: str) -> None:
        done = asyncio.Event()

        def look() -> None:
            if self.connection.connectionState in states:
                done.set()

        self.connection.on("connectionstatechange", look)
        look()
        async with asyncio.timeout(WITHIN):
            await done.wait()

    async def track(self, kind: str) -> MediaStreamTrack:
        """The next track of that kind."""
        async with asyncio.timeout(WITHIN):
            self._latest[kind] = await self._tracks[kind].get()
            return self._latest[kind]

    def latest(self, kind: str) -> MediaStreamTrack:
        """The one of that kind waited for last."""
        return self._latest[kind]

    async def receives(self, kind: str) -> None:
        """Wait for anything on a track of that kind."""
        track = await self.track(kind)
        async with asyncio.timeout(WITHIN):
            await track.recv()

    async def sees(self, colour: Colour, *, still: bool = False) -> None:
        """Wait for a picture of that colour: on the next track or, with `still`, on the one looked at last."""
        await self.shows(self.latest("video") if still else await self.track("video"), colour)

    async def shows(self, track: MediaStreamTrack, colour: Colour) -> None:
        """Wait for a picture of that colour on a track."""
        async with asyncio.timeout(WITHIN):
            for count in itertools.count(1):
                frame: Any = await track.recv()
                middle = frame.to_ndarray(format="rgb24")[frame.height // 2, frame.width // 2]
                if max(abs(int(one) - other) for one, other in zip(middle, colour, strict=True)) < 60:
                    return
                if count % FRAMES_OF_PATIENCE == 0:
                    await self._ask_for_keyframe(track)

    async def _ask_for_keyframe(self, track: MediaStreamTrack) -> None:
        """As browsers do that cannot decode.

        aiortc decodes on without a keyframe that was lost, and then a picture that does not move stays what it was.
        """
        receiver = next(one for one in self.connection.getReceivers() if one.track is track)
        for source in receiver.getSynchronizationSources():
            await receiver._send_rtcp_pli(source.source)

    async def sees_width(self, width: int) -> None:
        """Wait for a picture so many pixels wide; may be asked again and again."""
        self._watched = self._watched or await self.track("video")
        async with asyncio.timeout(WITHIN):
            while True:
                frame: Any = await self._watched.recv()
                if frame.width == width:
                    return

    async def hears(self, hertz: float, *, still: bool = False) -> None:
        """Wait for a sound whose loudest pitch is that one: on the next track or, with `still`, the one heard last."""
        await self.sounds(self.latest("audio") if still else await self.track("audio"), hertz)

    async def gets_nothing(self, track: MediaStreamTrack) -> None:
        """Wait until nothing has come on a track for a second."""
        async with asyncio.timeout(WITHIN):
            while True:
                try:
                    async with asyncio.timeout(1):
                        await track.recv()
                except TimeoutError:
                    return

    async def sounds(self, track: MediaStreamTrack, hertz: float) -> None:
        """Wait for a sound whose loudest pitch is that one on a track."""
        async with asyncio.timeout(WITHIN):
            heard = numpy.zeros(0, numpy.int16)
            while True:
                frame: Any = await track.recv()
                channels = len(frame.layout.channels)
                heard = numpy.append(heard, frame.to_ndarray().reshape(-1)[::channels])[-4096:]
                spectrum = numpy.abs(numpy.fft.rfft(heard * numpy.hanning(len(heard))))
                pitch = numpy.argmax(spectrum) * frame.sample_rate / max(len(heard), 1)
                if len(heard) == 4096 and abs(pitch - hertz) < 30 and numpy.abs(heard).max() > 500:
                    return

    async def hears_only(self, *tones: int, but: tuple[int, ...] = (), still: bool = False) -> None:
        """Wait until all these pitches are heard at once, and none of the others. Tracks as in `hears`."""
        track = self._latest["audio"] if still else await self.track("audio")
        async with asyncio.timeout(WITHIN):
            heard = numpy.zeros(0, numpy.float64)
            while True:
                frame: Any = await track.recv()
                channels, piece = len(frame.layout.channels), frame.sample_rate // 5
                heard = numpy.append(heard, frame.to_ndarray().reshape(-1)[::channels] / 32768)[-piece:]
                # A fifth of a second: the spectrum has a line every 5 Hz, and root mean squares add up from there.
                spectrum = numpy.abs(numpy.fft.rfft(heard)) * numpy.sqrt(2) / len(heard)
                levels = {tone: numpy.sqrt(numpy.sum(spectrum[tone // 5 - 1 :][:3] ** 2)) for tone in (*tones, *but)}
                is_all = all(levels[tone] > 0.05 for tone in tones) and all(levels[tone] < 0.02 for tone in but)
                if len(heard) == piece and is_all:
                    return

    async def close(self) -> None:
        await self.connection.close()


@asynccontextmanager
async def peers(number: int) -> AsyncIterator[list[Peer]]:
    """So many of them, closed at the end."""
    all_peers = [Peer() for _ in range(number)]
    try:
        yield all_peers
    finally:
        await asyncio.gather(*(peer.close() for peer in all_peers))
