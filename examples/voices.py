"""Joins a room, hums a tone, and says how loud everybody else is.

    python examples/voices.py my-room ann
    python examples/voices.py my-room bob --tone 660

ROOMFUL_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET choose another server than `make run`'s.
"""

import argparse
import array
import asyncio
import math
import os

from livekit import api, rtc

SAMPLE_RATE = 48_000
FRAME_SAMPLES = SAMPLE_RATE // 50


async def hum(source: rtc.AudioSource, frequency: int) -> None:
    """Plays a sine for ever; `frequency` is in Hz."""
    position = 0
    while True:
        angles = (2 * math.pi * frequency * (position + n) / SAMPLE_RATE for n in range(FRAME_SAMPLES))
        samples = array.array("h", (int(8000 * math.sin(angle)) for angle in angles))
        position += FRAME_SAMPLES
        await source.capture_frame(rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, FRAME_SAMPLES))


async def listen(track: rtc.Track, name: str) -> None:
    """Prints the loudness of a track once a second, in dB below full scale."""
    squares = count = 0
    async for event in rtc.AudioStream(track, sample_rate=SAMPLE_RATE, num_channels=1):
        samples = event.frame.data
        squares += sum(sample * sample for sample in samples)
        count += len(samples)
        if count >= SAMPLE_RATE:
            loudness = 10 * math.log10(max(squares / count, 1) / 32767**2)
            print(f"{name}: {loudness:.0f} dB", flush=True)
            squares = count = 0


async def main() -> None:
    """Runs until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room")
    parser.add_argument("name")
    parser.add_argument("--tone", type=int, default=440, help="Hz")
    options = parser.parse_args()

    key, secret = os.environ.get("LIVEKIT_API_KEY", "devkey"), os.environ.get("LIVEKIT_API_SECRET", "secret")
    grants = api.VideoGrants(room_join=True, room=options.room)
    token = api.AccessToken(key, secret).with_identity(options.name).with_grants(grants).to_jwt()

    room, listeners = rtc.Room(), set[asyncio.Task[None]]()

    def on_track(track: rtc.Track, _: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            listeners.add(asyncio.create_task(listen(track, who.identity)))

    room.on("track_subscribed", on_track)
    await room.connect(os.environ.get("ROOMFUL_URL", "ws://127.0.0.1:7880"), token)
    print(f"{options.name} is in {options.room}", flush=True)
    source = rtc.AudioSource(SAMPLE_RATE, 1)
    microphone = rtc.LocalAudioTrack.create_audio_track("hum", source)
    await room.local_participant.publish_track(
        microphone, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    )
    try:
        await hum(source, options.tone)
    finally:
        await room.disconnect()


if __name__ == "__main__":
    asyncio.run(main())
