"""What test clients publish: a tone, and a picture of one colour over which a white bar wanders."""

import asyncio
import math
import time

import numpy as np
from livekit import rtc

SAMPLE_RATE = 48_000
FRAME_RATE = 12.0
"""Pictures per second; few, because all clients of a test share its process."""
SIZE = (320, 180)
"""Width and height of a picture in pixels, where the test does not care."""

Colour = tuple[int, int, int]
"""Red, green, blue, each 0…255."""

RED: Colour = (200, 40, 40)
GREEN: Colour = (40, 160, 60)
BLUE: Colour = (50, 60, 190)

_TONE_SAMPLES = SAMPLE_RATE // 50
_AMPLITUDE = 0.5
"""Of the tone, full scale is 1; its root mean square is 0.35."""


async def play_tone(source: rtc.AudioSource, frequency: int) -> None:
    """Plays a sine for ever. `frequency` is in Hz, a multiple of 50 so that frames of 20 ms join without a click."""
    phase = np.arange(_TONE_SAMPLES) * (2 * math.pi * frequency / SAMPLE_RATE)
    samples = (np.sin(phase) * _AMPLITUDE * 32767).astype(np.int16).tobytes()
    frame = rtc.AudioFrame(samples, SAMPLE_RATE, 1, _TONE_SAMPLES)
    while True:
        await source.capture_frame(frame)  # waits while the source's queue is full, which keeps the time


async def show_picture(source: rtc.VideoSource, colour: Colour, size: tuple[int, int]) -> None:
    """Shows moving pictures for ever. `size` is even width and height in pixels."""
    width, height = size
    luma, blue, red = yuv(colour)
    quarter = width * height // 4
    chroma = bytes([blue]) * quarter + bytes([red]) * quarter
    background = np.full((height, width), luma, np.uint8)
    bar = width // 8
    start = time.monotonic()
    shown = 0
    while True:
        picture = background.copy()
        left = shown * bar // 4 % (width - bar)
        picture[:, left : left + bar] = 235
        source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, picture.tobytes() + chroma))
        # Pictures that fell due while this process had no turn are left out, as a camera leaves them out.
        shown = max(shown + 1, int((time.monotonic() - start) * FRAME_RATE))
        await asyncio.sleep(max(0.0, start + shown / FRAME_RATE - time.monotonic()))


def colour_of(luma: float, blue: float, red: float) -> Colour:
    """The RGB colour of a Y, U and V sample in the limited range. Source: ITU-R BT.601."""
    y, u, v = 1.164 * (luma - 16), blue - 128, red - 128
    channels = (y + 1.596 * v, y - 0.392 * u - 0.813 * v, y + 2.017 * u)
    first, second, third = (min(max(round(channel), 0), 255) for channel in channels)
    return first, second, third


def is_like(colour: Colour, wanted: Colour) -> bool:
    """Whether a colour is that one, but for what an encoder does to it."""
    return all(abs(one - other) <= 30 for one, other in zip(colour, wanted, strict=True))


def yuv(colour: Colour) -> tuple[int, int, int]:
    """Y, U and V of a colour in the limited range. Source: ITU-R BT.601."""
    red, green, blue = colour
    return (
        round(16 + 0.257 * red + 0.504 * green + 0.098 * blue),
        round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
        round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
    )
