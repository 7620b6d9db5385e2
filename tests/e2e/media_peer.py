"""A peer with a camera and a microphone, as a process of its own: `python -m tests.e2e.media_peer TICKET PEER NAME`.

It sends a picture of one colour and a tone, decodes what the others send, and tells one JSON object per line, as
`roomful p2p --json` does: `ready`, `peer_joined`, `peer_left`, `chat`, `picture` and `sound`. Lines that come in are
said. It leaves at the end of its input.
"""

import asyncio
import json
import sys
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from roomful import p2p
from tests.e2e.showing import BLUE, colour_of, yuv

COLOUR, TONE = BLUE, 700
"""What is seen and heard of it."""

WIDTH, HEIGHT, RATE = 320, 180, 15
TOLD_EVERY = 10
"""Frames of a track for one line about it."""


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


async def main(ticket: str, peer: str, name: str) -> None:
    config = p2p.LiveConfig(preset="minimal", bind=("127.0.0.1:0",))
    async with p2p.Live.bind(config) as live:
        live.add_peer_addr(p2p.EndpointAddr.parse(peer))
        async with await live.join_room(ticket, display_name=name) as room:
            camera = p2p.LocalBroadcast(user=name)
            video = camera.add_video(
                "video/h264-180p", p2p.VideoConfig(codec="avc3.42e01e", coded_width=WIDTH, coded_height=HEIGHT)
            )
            opus = p2p.AudioConfig(codec="opus", sample_rate=48000, number_of_channels=2)
            audio = camera.add_audio("audio/opus-hq", opus)
            await room.set_chat_publisher(camera.enable_chat())
            await room.publish("camera", camera)
            tell("ready", id=str(live.endpoint_id))
            tasks = [asyncio.create_task(task) for task in (send(video, audio), hear(room), say_lines(room))]
            await tasks[-1]
            for task in tasks:
                task.cancel()


async def say_lines(room: p2p.Room) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        await room.send_chat(line.rstrip("\n"))


async def hear(room: p2p.Room) -> None:
    async with asyncio.TaskGroup() as watching:
        async for event in room:
            match event:
                case p2p.PeerJoined(remote, name):
                    tell("peer_joined", remote=str(remote), name=name)
                case p2p.PeerUpdated(remote, name):
                    tell("peer_updated", remote=str(remote), name=name)
                case p2p.PeerLeft(remote):
                    tell("peer_left", remote=str(remote))
                case p2p.ChatReceived(remote, message):
                    tell("chat", remote=str(remote), text=message.text)
                case p2p.BroadcastEnded(remote, name, _):
                    tell("broadcast_ended", remote=str(remote), broadcast=name)
                case p2p.BroadcastSubscribed(broadcast) if broadcast.name.startswith(("camera", "screen")):
                    watching.create_task(watch(broadcast))
                case _:
                    pass


async def watch(broadcast: p2p.RemoteBroadcast) -> None:
    """Decode its tracks, each from when it is in the catalog."""
    seen: set[str] = set()
    async with asyncio.TaskGroup() as decoding:
        async for catalog in broadcast.catalog_updates():
            for name in (catalog.video.keys() | catalog.audio.keys()) - seen:
                seen.add(name)
                decoding.create_task(decode(broadcast, name, is_video=name in catalog.video))


async def decode(broadcast: p2p.RemoteBroadcast, name: str, *, is_video: bool) -> None:
    about = {"remote": str(broadcast.remote), "broadcast": broadcast.name, "user": broadcast.catalog.user}
    async with await (broadcast.video(name) if is_video else broadcast.audio(name)) as track:
        codec = {"vp8": "vp8", "opus": "opus"}.get(track.config.codec, "h264")
        decoder = av.CodecContext.create(codec, "r")
        assert isinstance(decoder, VideoCodecContext | AudioCodecContext)
        number = 0
        async for frame in track:
            for decoded in decoder.decode(av.Packet(frame.payload)):
                number += 1
                if number % TOLD_EVERY:
                    continue
                if isinstance(decoded, VideoFrame):
                    tell("picture", **about, codec=codec, colour=mean_colour(decoded))
                elif isinstance(decoded, AudioFrame):
                    tell("sound", **about, pitch=pitch(decoded))


def mean_colour(picture: VideoFrame) -> tuple[int, int, int]:
    """Of its most frequent brightness, which leaves out what moves before it."""
    planes = picture.reformat(format="yuv420p").to_ndarray()
    height = picture.height
    luma = np.bincount(planes[:height].ravel()).argmax()
    chroma = planes[height:].reshape(2, -1)
    return colour_of(float(luma), float(np.median(chroma[0])), float(np.median(chroma[1])))


def pitch(sound: AudioFrame) -> int:
    samples = sound.to_ndarray().astype(np.float64).mean(axis=0)
    return round(float(np.argmax(np.abs(np.fft.rfft(samples)))) * sound.sample_rate / len(samples))


async def send(video: p2p.TrackWriter, audio: p2p.TrackWriter) -> None:
    """The picture and the tone, for ever, in real time."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {"profile": "baseline", "tune": "zerolatency", "preset": "ultrafast", "g": str(RATE)}
    speaker = av.CodecContext.create("libopus", "w")
    assert isinstance(speaker, AudioCodecContext)
    speaker.sample_rate, speaker.layout, speaker.format = 48000, "stereo", "s16"
    tone = (12000 * np.sin(np.arange(960) * 2 * np.pi * TONE / 48000)).astype(np.int16)
    luma, blue, red = yuv(COLOUR)
    planes = np.full((HEIGHT * 3 // 2, WIDTH), luma, np.uint8)
    chroma = planes[HEIGHT:].reshape(-1)
    chroma[: chroma.size // 2], chroma[chroma.size // 2 :] = blue, red
    samples, began = 0, time.monotonic()
    for number in range(1_000_000):
        planes[:HEIGHT, :8] = number % 200
        picture = VideoFrame.from_ndarray(planes, "yuv420p")
        picture.pts = number
        for packet in encoder.encode(picture):
            video.write(number * 1_000_000 // RATE, bytes(packet), keyframe=packet.is_keyframe)
        while samples < number * 48000 // RATE:
            sound = AudioFrame.from_ndarray(np.repeat(tone, 2).reshape(1, -1), "s16", "stereo")
            sound.sample_rate, sound.pts = 48000, samples
            for packet in speaker.encode(sound):
                audio.write(samples * 1000 // 48, bytes(packet), keyframe=True)
            samples += 960
        await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
