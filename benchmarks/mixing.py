"""Mixed rooms: what a mixer costs, and how much later a voice is heard through it."""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import av
import jwt
import numpy as np
from av.audio.frame import AudioFrame
from livekit import rtc

from benchmarks.recording import ROOM, Studio, film
from benchmarks.recording import busy as busy_cores
from benchmarks.servers import KEY, SECRET, RunningServer

RATE = 48_000
BEEP_SECONDS, PAUSE_SECONDS = 0.1, 0.9
LOUD = 0.05
"""Root mean square from which 10 ms of sound are the beep."""
SETTLE_SECONDS = 5.0
SETTLE_BEEPS = 14
"""Until a mixer that waited longer at first knows that nobody is late."""
VOICES = 8
TURN_CHUNKS = 100
"""Of 20 ms."""


def pictures(server: RunningServer, window: float) -> float:
    """Mix three people at 1280 by 720 and 15 pictures a second. Returns cores. Raises RecordingFailed."""
    film(server.folder / "films" / "film.webm", 1280, 720, 10)
    return _cost(server, ["film.webm"] * 3, window)


def voices(server: RunningServer, window: float) -> float:
    """Mix eight people who send sound alone, and talk one after the other. Returns cores. Raises RecordingFailed."""
    names = [f"voice-{turn}.ogg" for turn in range(VOICES)]
    for turn, name in enumerate(names):
        _sound(server.folder / "films" / name, turn)
    return _cost(server, names, window)


def latency(server: RunningServer, beeps: int) -> float:
    """Return how many seconds later a beep is heard in a mixed room than in one that is not."""
    return asyncio.run(_latency(server, beeps))


def _cost(server: RunningServer, names: list[str], window: float) -> float:
    studio = Studio(server)
    studio.call("RoomService", "CreateRoom", name=ROOM)
    for name in names:
        studio.play(name, 1)
    before = busy_cores(server, window)
    studio.mix()
    time.sleep(SETTLE_SECONDS)
    cost = busy_cores(server, window) - before
    studio.call("RoomService", "DeleteRoom", room=ROOM)
    time.sleep(SETTLE_SECONDS)
    return cost


def _sound(path: Path, turn: int) -> None:
    """Somebody who talks two seconds, when it is his turn, and listens to the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(turn).normal(0, 2000, TURN_CHUNKS * 960).astype(np.int16)
    with av.open(str(path), "w") as container:
        audio: Any = container.add_stream("libopus", RATE)
        audio.layout, audio.bit_rate = "stereo", 64_000
        for index in range(VOICES * TURN_CHUNKS):
            place = index % TURN_CHUNKS * 960
            part = noise[place : place + 960] if index // TURN_CHUNKS == turn else np.zeros(960, np.int16)
            frame = AudioFrame.from_ndarray(np.repeat(part, 2).reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE, index * 960
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))


async def _latency(server: RunningServer, beeps: int) -> float:
    studio = Studio(server)
    times: list[float] = []
    for mixed in (False, True):
        await asyncio.to_thread(studio.call, "RoomService", "CreateRoom", name=ROOM)
        if mixed:
            await asyncio.to_thread(studio.mix)
        times.append(await _heard_after(server, beeps))
        await asyncio.to_thread(studio.call, "RoomService", "DeleteRoom", room=ROOM)
    return times[1] - times[0]


async def _heard_after(server: RunningServer, beeps: int) -> float:
    """Median seconds from a beep at one client until another hears it."""
    speaker, listener = rtc.Room(), rtc.Room()
    tracks: asyncio.Queue[rtc.Track] = asyncio.Queue()
    listener.on("track_subscribed", lambda track, *_: tracks.put_nowait(track))
    try:
        await listener.connect(server.url, _token("listener"))
        await speaker.connect(server.url, _token("speaker"))
        source = rtc.AudioSource(RATE, 1, queue_size_ms=0)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await speaker.local_participant.publish_track(track, options)
        said: list[float] = []
        talk = asyncio.create_task(_beep(source, said))
        try:
            heard = await _listen(await _audio(tracks), beeps + SETTLE_BEEPS)
        finally:
            talk.cancel()
    finally:
        await asyncio.gather(speaker.disconnect(), listener.disconnect())
    # What a beep is heard as is the nearest before it.
    delays = [at - max(one for one in said if one < at) for at in heard[SETTLE_BEEPS:]]
    return statistics.median(delays)


async def _audio(tracks: "asyncio.Queue[rtc.Track]") -> rtc.Track:
    while True:
        track = await tracks.get()
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            return track


async def _beep(source: rtc.AudioSource, said: list[float]) -> None:
    """Beep for ever, in pieces of 10 ms, each when it is due; note when a beep begins."""
    size = RATE // 100
    wave = (np.sin(2 * np.pi * 1000 * np.arange(size) / RATE) * 16_000).astype(np.int16).tobytes()
    period, loud = round((BEEP_SECONDS + PAUSE_SECONDS) * 100), round(BEEP_SECONDS * 100)
    begin, index = time.monotonic(), 0
    while True:
        if index % period == 0:
            said.append(time.monotonic())
        piece = wave if index % period < loud else bytes(2 * size)
        await source.capture_frame(rtc.AudioFrame(piece, RATE, 1, size))
        index += 1
        await asyncio.sleep(max(0.0, begin + index / 100 - time.monotonic()))


async def _listen(track: rtc.Track, beeps: int) -> list[float]:
    """Return when so many beeps began."""
    heard: list[float] = []
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=10)
    async for event in stream:
        now = time.monotonic()
        level = float(np.sqrt(np.mean((np.frombuffer(event.frame.data, np.int16) / 32768) ** 2)))
        if level > LOUD and (not heard or now - heard[-1] > PAUSE_SECONDS / 2):
            heard.append(now)
            if len(heard) == beeps:
                break
    await stream.aclose()
    return heard


def _token(identity: str) -> str:
    video = {"roomJoin": True, "room": ROOM}
    return jwt.encode({"iss": KEY, "sub": identity, "exp": time.time() + 3600, "video": video}, SECRET, "HS256")
