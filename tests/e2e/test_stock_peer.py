"""One room with a stock iroh-live peer in it, both ways round. ROOMFUL_PEERS names the folder it is looked for in."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from roomful import p2p
from tests.e2e.peers import STOCK, Peer, stock_peer

pytestmark = pytest.mark.skipif(stock_peer() is None, reason=f"no {STOCK} in the folder of ROOMFUL_PEERS")


@pytest.fixture
def stock() -> Iterator[Peer]:
    """A stock peer called Alice that opened a room, chats and sends a test picture and tone."""
    path = stock_peer()
    assert path is not None
    with Peer(path, "--new", "--name", "Alice", "--publish-chat", "--publish-test-av") as alice:
        yield alice


@pytest.fixture
async def live() -> AsyncIterator[p2p.Live]:
    async with p2p.Live.bind(p2p.LiveConfig(preset="minimal", bind=("127.0.0.1:0",))) as live:
        yield live


EXPIRY = 125.0
"""Seconds after which a state that was not said again is forgotten, and some."""


def a_guest(host: Peer, *arguments: str) -> Peer:
    return a_guest_by(host.expect("ready"), *arguments)


def a_guest_by(ready: dict[str, Any], *arguments: str) -> Peer:
    peer = ready.get("peer_arg") or ready["peer"]
    path = stock_peer()
    assert path is not None
    return Peer(path, "--ticket", ready["ticket"], "--peer", peer, "--name", "Bob", *arguments)


def chat_both_ways(ours: Peer, stock: Peer) -> None:
    for number in range(20):
        # Each one when the one before has arrived: a stock reader loses messages of a burst.
        ours.say(f"ours {number}")
        stock.expect("chat", text=f"ours {number}")
        stock.say(f"stock {number}")
        ours.expect("chat", text=f"stock {number}")


def test_our_guest_in_a_stock_room(stock: Peer) -> None:
    ready = stock.expect("ready")
    with Peer.roomful("chat", ready["ticket"], "--name", "Ben", "--peer", ready["peer_arg"]) as ben:
        ben.expect("peer_joined", display_name="Alice")
        ben.expect("remote_announced", remote=ready["id"], broadcasts=["cam"])
        ben.expect("broadcast_subscribed", broadcast="cam", chat=True)
        stock.expect("peer_joined", display_name="Ben")
        stock.expect("broadcast_subscribed", broadcast="chat", has_chat=True)
        chat_both_ways(ben, stock)
        assert ben.end_input() == 0
        stock.expect("peer_left")


def test_a_stock_guest_in_our_room() -> None:
    with Peer.roomful("chat", "--name", "Ada") as ada, a_guest(ada, "--publish-chat") as bob:
        ada.expect("peer_joined", display_name="Bob")
        ada.expect("broadcast_subscribed", broadcast="cam", chat=True)
        bob.expect("peer_joined", display_name="Ada")
        bob.expect("broadcast_subscribed", broadcast="chat", has_chat=True)
        chat_both_ways(ada, bob)
        bob.say("/quit")
        ada.expect("peer_left")


GONE = 35.0
"""Seconds in which a peer that was killed is missed, on either side."""


def test_whoever_is_killed_is_missed_on_either_side() -> None:
    with Peer.roomful("chat", "--name", "Ada") as ada:
        ready = ada.expect("ready")
        with a_guest_by(ready, "--publish-chat") as bob:
            ada.expect("broadcast_subscribed", broadcast="cam")
            bob.process.kill()
            ada.expect("peer_left", within=GONE)
        with a_guest_by(ready, "--publish-chat") as carol:
            carol.expect("broadcast_subscribed", broadcast="chat")
            ada.process.kill()
            carol.expect("peer_left", within=GONE)


@pytest.mark.timeout(300)
def test_a_stock_peer_that_comes_when_all_first_words_have_expired_sees_us() -> None:
    with Peer.roomful("chat", "--name", "Ada") as ada:
        ready = ada.expect("ready")
        with Peer.roomful("chat", ready["ticket"], "--name", "Ben", "--peer", ready["peer"]) as ben:
            ben.expect("peer_joined", display_name="Ada")
            began, heard = time.monotonic(), ben.expect("broadcast_subscribed", broadcast="chat")
            while time.monotonic() - began < EXPIRY:
                heard = ben.expect("remote_announced", within=60, remote=ready["id"])
            assert heard["broadcasts"] == ["chat"]
            path = stock_peer()
            assert path is not None
            with Peer(path, "--ticket", ready["ticket"], "--peer", ready["peer"], "--name", "Bob") as bob:
                names = {bob.expect("peer_joined")["display_name"] for _ in range(2)}
                assert names == {"Ada", "Ben"}


async def test_we_decode_what_a_stock_peer_sends(stock: Peer, live: p2p.Live) -> None:
    ready = await asyncio.to_thread(stock.expect, "ready")
    live.add_peer_addr(p2p.EndpointAddr.parse(ready["peer_arg"]))
    broadcast = await live.subscribe(p2p.EndpointId.parse(ready["id"]), "cam", patience=20)
    async with asyncio.timeout(40):
        pictures = await decoded(await broadcast.video(max_pixels=320 * 180), "h264", 5)
        sounds = await decoded(await broadcast.audio(), "opus", 5)
    assert all(isinstance(picture, VideoFrame) and picture.width >= 160 for picture in pictures)
    assert any(np.abs(sound.to_ndarray()).max() > 0 for sound in sounds if isinstance(sound, AudioFrame))


async def decoded(track: p2p.MediaTrack, codec: str, wanted: int) -> list[VideoFrame | AudioFrame]:
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, VideoCodecContext | AudioCodecContext)
    frames: list[VideoFrame | AudioFrame] = []
    async with track:
        async for frame in track:
            frames += decoder.decode(av.Packet(frame.payload))
            if len(frames) >= wanted:
                break
    return frames


async def test_a_stock_peer_decodes_what_we_send(live: p2p.Live) -> None:
    async with await live.join_room(display_name="Ada") as room:
        camera = p2p.LocalBroadcast()
        config = p2p.VideoConfig(codec="avc3.42e01e", coded_width=320, coded_height=180, framerate=30.0)
        video = camera.add_video("video/h264-180p", config)
        opus = p2p.AudioConfig(codec="opus", sample_rate=48000, number_of_channels=2)
        audio = camera.add_audio("audio/opus-hq", opus)
        await room.publish("cam", camera)
        sending = asyncio.create_task(send(video, audio))
        path = stock_peer()
        assert path is not None
        arguments = ["--ticket", str(room.ticket()), "--peer", str(live.addr()), "--decode"]
        try:
            with Peer(path, *arguments) as bob:
                await asyncio.to_thread(bob.expect, "video_frame")
                await asyncio.to_thread(bob.expect, "audio")
        finally:
            sending.cancel()


async def send(video: p2p.TrackWriter, audio: p2p.TrackWriter) -> None:
    """A grey picture that grows lighter and a tone, for ever, in real time."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.options = {"profile": "baseline", "tune": "zerolatency", "preset": "ultrafast", "g": "30"}
    speaker = av.CodecContext.create("libopus", "w")
    assert isinstance(speaker, AudioCodecContext)
    speaker.sample_rate, speaker.layout, speaker.format = 48000, "stereo", "s16"
    tone = (8000 * np.sin(np.arange(960) * 2 * np.pi * 500 / 48000)).astype(np.int16)
    samples, began = 0, time.monotonic()
    for number in range(1_000_000):
        picture = VideoFrame.from_ndarray(np.full((270, 320), number % 200, np.uint8), "yuv420p")
        picture.pts = number
        for packet in encoder.encode(picture):
            video.write(number * 33_333, bytes(packet), keyframe=packet.is_keyframe)
        while samples < number * 1600:
            sound = AudioFrame.from_ndarray(np.repeat(tone, 2).reshape(1, -1), "s16", "stereo")
            sound.sample_rate, sound.pts = 48000, samples
            for packet in speaker.encode(sound):
                audio.write(samples * 1000 // 48, bytes(packet), keyframe=True)
            samples += 960
        await asyncio.sleep(max(0, began + number / 30 - time.monotonic()))
