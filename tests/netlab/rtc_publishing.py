"""What `rtc_client` publishes: a tone, and a video pattern that moves."""

import asyncio
import math
import time
from collections.abc import Coroutine

import numpy
from livekit import rtc

_SAMPLE_RATE = 48_000
_FRAME_SAMPLES = 960
"""20 ms."""
_AMPLITUDE = 0.5
"""Of the tone, full scale is 1; its energy (root mean square) is 0.35."""


async def publish_tone(room: rtc.Room, frequency: int) -> tuple[rtc.LocalAudioTrack, Coroutine[None, None, None]]:
    """Publishes a sine as microphone; answers the track and what plays it, for ever, when run.

    `frequency` is in Hz, a multiple of 50 so that 20 ms repeat without a click.
    """
    source = rtc.AudioSource(_SAMPLE_RATE, 1, queue_size_ms=100)
    track = rtc.LocalAudioTrack.create_audio_track("tone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)
    await room.local_participant.publish_track(track, options)
    phase = numpy.arange(_FRAME_SAMPLES) * (2 * math.pi * frequency / _SAMPLE_RATE)
    samples = (numpy.sin(phase) * _AMPLITUDE * 32767).astype(numpy.int16).tobytes()
    frame = rtc.AudioFrame(samples, _SAMPLE_RATE, 1, _FRAME_SAMPLES)

    async def play() -> None:
        while True:
            await source.capture_frame(frame)  # waits while the queue is full, which keeps the time

    return track, play()


async def publish_pattern(room: rtc.Room, width: int, height: int, frame_rate: float) -> Coroutine[None, None, None]:
    """Publishes a grey slope that moves sideways, as VP8 without simulcast, as camera; answers what shows it when run.

    `width` and `height` are in pixels and even, `frame_rate` in frames per second.
    """
    source = rtc.VideoSource(width, height)
    track = rtc.LocalVideoTrack.create_video_track("pattern", source)
    options = rtc.TrackPublishOptions(
        source=rtc.TrackSource.SOURCE_CAMERA,
        video_codec=rtc.VideoCodec.VP8,
        video_encoding=rtc.VideoEncoding(max_bitrate=300_000, max_framerate=frame_rate),
        simulcast=False,
    )
    await room.local_participant.publish_track(track, options)
    slope = numpy.add.outer(numpy.arange(height), numpy.arange(width)).astype(numpy.uint8)
    colour = bytes([128]) * (width // 2 * (height // 2) * 2)

    async def show() -> None:
        start = time.monotonic()
        shown = 0
        while True:
            luma = numpy.roll(slope, 4 * shown, axis=1).tobytes()
            source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, luma + colour))
            # Frames that fell due while this process was not running are left out, as a camera leaves them out.
            shown = max(shown + 1, int((time.monotonic() - start) * frame_rate))
            await asyncio.sleep(max(0.0, start + shown / frame_rate - time.monotonic()))

    return show()
