"""Publishes a moving picture with the SDK's default options until terminated; says so on one line."""

import asyncio
import sys

import numpy as np
from livekit import rtc

from benchmarks.sdk.tokens import token

WIDTH, HEIGHT = 640, 360
FRAMES_PER_SECOND = 30


def picture(number: int) -> rtc.VideoFrame:
    """A grey ramp that wanders by one column per frame."""
    columns = (np.arange(WIDTH) + number).astype(np.uint8)
    luma = np.broadcast_to(columns, (HEIGHT, WIDTH))
    chroma = np.full(WIDTH * HEIGHT // 2, 128, dtype=np.uint8)
    return rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, luma.tobytes() + chroma.tobytes())


async def publish(url: str, key: str, secret: str) -> None:
    """Joins, publishes and goes on; raises rtc.ConnectError when refused."""
    room = rtc.Room()
    await room.connect(url, token(key, secret, "camera"), rtc.RoomOptions(auto_subscribe=False))
    source = rtc.VideoSource(WIDTH, HEIGHT)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
    await room.local_participant.publish_track(track, options)
    print("publishing", flush=True)
    loop = asyncio.get_running_loop()
    start = loop.time()
    number = 0
    while True:
        source.capture_frame(picture(number))
        number += 1
        await asyncio.sleep(start + number / FRAMES_PER_SECOND - loop.time())


if __name__ == "__main__":
    asyncio.run(publish(*sys.argv[1:4]))
