"""A voice that presses keys of a telephone, so that what it says can be measured."""

import numpy as np
from livekit import rtc

from tests.dtmf import Samples, tones

from .showing import SAMPLE_RATE

QUEUE_MS = 10_000


async def publish_voice(room: rtc.Room) -> rtc.AudioSource:
    """Publish a microphone that is silent until something is played into it."""
    source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=QUEUE_MS)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(track, options)
    return source


async def play(source: rtc.AudioSource, keys: str) -> None:
    """Press keys, and be silent for a while before and after. A space is a pause that ends what is said."""
    silence = np.zeros(SAMPLE_RATE)
    await say(source, np.concatenate([silence, tones(keys, SAMPLE_RATE), silence]))


async def say(source: rtc.AudioSource, sound: Samples) -> None:
    """Play sound of `SAMPLE_RATE`, full scale 1, and a second of silence that ends what is said."""
    sound = np.concatenate([sound, np.zeros(SAMPLE_RATE)])
    pcm = (sound * 32767).astype(np.int16)
    for at in range(0, len(pcm), SAMPLE_RATE // 50):
        piece = pcm[at : at + SAMPLE_RATE // 50]
        await source.capture_frame(rtc.AudioFrame(piece.tobytes(), SAMPLE_RATE, 1, len(piece)))
