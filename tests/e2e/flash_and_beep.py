"""A source that shows whether picture and sound belong together: each full second, white pictures and a beep."""

import asyncio
import time

import numpy as np
from livekit import rtc

from .client import Client
from .showing import SAMPLE_RATE, SIZE, Colour, yuv

FRAME_RATE = 10
"""Pictures a second: one falls on each full second."""
FLASH_SECONDS = 0.3
"""Three pictures: an encoder that has no time may drop one or two."""
CHUNK = SAMPLE_RATE // 100
"""Samples of one piece of sound: 10 ms, which is what goes to the encoder at once."""


async def publish_flash_and_beep(client: Client, colour: Colour, frequency: int) -> None:
    """Publishes a camera of one colour and a microphone; `frequency` is in Hz."""
    video = rtc.VideoSource(*SIZE)
    # Without a queue of its own, so that sound is not older than the picture.
    audio = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=0)
    camera = rtc.LocalVideoTrack.create_video_track("camera", video)
    microphone = rtc.LocalAudioTrack.create_audio_track("microphone", audio)
    await client.publish(camera, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False))
    await client.publish(
        microphone, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)
    )
    client.start(_flash(video, colour))
    client.start(_beep(audio, frequency))


async def _flash(source: rtc.VideoSource, colour: Colour) -> None:
    width, height = SIZE
    plain, white = (_picture(one, width, height) for one in (colour, (255, 255, 255)))
    number = int(time.time() * FRAME_RATE) + 1
    while True:
        at = number / FRAME_RATE
        await asyncio.sleep(max(0.0, at - time.time()))
        flashes = number % FRAME_RATE < FLASH_SECONDS * FRAME_RATE
        source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, white if flashes else plain))
        # What fell due while this process had no turn is left out; flashes never are.
        late = int((time.time() - at) * FRAME_RATE)
        number += 1 if flashes else 1 + min(late, FRAME_RATE - 1 - number % FRAME_RATE)


async def _beep(source: rtc.AudioSource, frequency: int) -> None:
    phase = np.arange(SAMPLE_RATE) * (2 * np.pi * frequency / SAMPLE_RATE)
    second = np.sin(phase) * 0.5 * 32767 * (np.arange(SAMPLE_RATE) < FLASH_SECONDS * SAMPLE_RATE)
    samples = second.astype(np.int16)
    number = int(time.time() * 100) + 1
    while True:
        await asyncio.sleep(max(0.0, number / 100 - time.time()))
        start = number % 100 * CHUNK
        await source.capture_frame(rtc.AudioFrame(samples[start : start + CHUNK].tobytes(), SAMPLE_RATE, 1, CHUNK))
        number += 1


def _picture(colour: Colour, width: int, height: int) -> bytes:
    luma, blue, red = yuv(colour)
    quarter = width * height // 4
    return bytes([luma]) * (width * height) + bytes([blue]) * quarter + bytes([red]) * quarter
