"""Joins again and again as somebody new, and prints how long each took to see a picture: a JSON list of seconds."""

import asyncio
import sys
import time

import msgspec
from livekit import rtc

from benchmarks.sdk.tokens import token

_TIMEOUT_SECONDS = 20


async def first_frame(url: str, access_token: str) -> float:
    """Seconds from connect() to the first decoded frame. Raises TimeoutError after 20 s, ConnectError when refused."""
    room = rtc.Room()
    seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    watching: set[asyncio.Task[None]] = set()

    async def watch(track: rtc.Track) -> None:
        stream = rtc.VideoStream(track)
        async for _ in stream:
            if not seen.done():
                seen.set_result(time.perf_counter())
            break
        await stream.aclose()

    def on_track(track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            watching.add(asyncio.create_task(watch(track)))

    room.on("track_subscribed", on_track)
    start = time.perf_counter()
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        await room.connect(url, access_token)
        end = await seen
        await asyncio.gather(*watching)
    await room.disconnect()
    return end - start


async def view(url: str, key: str, secret: str, joins: int) -> list[float]:
    """The times of `joins` joins in sequence; one before them, which loads the SDK, does not count."""
    times = [await first_frame(url, token(key, secret, f"viewer-{number}")) for number in range(joins + 1)]
    return times[1:]


if __name__ == "__main__":
    url, key, secret, joins = sys.argv[1:]
    print(msgspec.json.encode(asyncio.run(view(url, key, secret, int(joins)))).decode())
