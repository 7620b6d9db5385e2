"""A camera as a peer of an iroh room: what its encoder makes goes out as it is, so a small machine can do it.

    python examples/camera_peer.py room… --peer ID@IP:PORT -- \\
        rpicam-vid -t 0 --codec libav --libav-format mpegts --intra 30 --inline -o -

What comes after `--` writes MPEG-TS with H.264 to its standard output, with a keyframe each second or two, its
parameter sets before each, and no B-frames; it may add Opus. Without a command FFmpeg shows a test picture. In a room
of the server that is open to peers (docs/how-to/bridge-to-peers.md) it is watched in the meeting page: the bridge's
answer has the ticket and the address.
"""

import argparse
import asyncio
import subprocess
from typing import Any

import av

from roomful.p2p import AudioConfig, EndpointAddr, Live, LiveConfig, LocalBroadcast, Room, TrackWriter, VideoConfig

TEST_PICTURE = [
    *["ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15"],
    *[
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-profile:v",
        "baseline",
        "-tune",
        "zerolatency",
        "-preset",
        "ultrafast",
    ],
    *["-g", "15", "-f", "mpegts", "-flush_packets", "1", "-"],
]


def offer(camera: LocalBroadcast, stream: Any) -> TrackWriter | None:
    """Add a stream of the command to the broadcast; None if peers cannot play it."""
    context = stream.codec_context
    if context.name == "h264":
        config = VideoConfig(codec="avc3.42e01f", coded_width=context.width, coded_height=context.height)
        return camera.add_video(f"video/h264-{context.height}p", config)
    if context.name in {"opus", "libopus"}:
        return camera.add_audio("audio/opus-hq", AudioConfig(codec="opus", sample_rate=48_000, number_of_channels=2))
    return None


def send(container: Any, writers: dict[Any, TrackWriter]) -> None:
    """Write what the command makes, as it comes, until it ends."""
    first: float | None = None
    for packet in container.demux(list(writers)):
        if packet.size and packet.pts is not None:
            at = float(packet.pts * packet.time_base)
            first = at if first is None else first
            keyframe = packet.is_keyframe or packet.stream.type == "audio"
            writers[packet.stream].write(max(0, round((at - first) * 1e6)), bytes(packet), keyframe=keyframe)


async def tell(room: Room) -> None:
    """Say who comes and goes. Somebody has to read the events."""
    async for event in room:
        print(type(event).__name__, flush=True)


async def show(options: argparse.Namespace, output: Any) -> None:
    """Be a peer with this camera until its output ends."""
    container: Any = await asyncio.to_thread(av.open, output, "r", options={"analyzeduration": "1000000"})
    camera = LocalBroadcast(user=options.name)
    offers = {stream: offer(camera, stream) for stream in container.streams}
    config = LiveConfig(preset="minimal" if options.peer else "n0", bind=[options.bind] if options.bind else [])
    async with Live.bind(config) as live:
        if options.peer:
            live.add_peer_addr(EndpointAddr.parse(options.peer))
        async with await live.join_room(options.ticket, display_name=options.name) as room:
            telling = asyncio.create_task(tell(room))
            await room.publish("camera", camera)
            print(f"{options.name} is {live.endpoint_id}", flush=True)
            await asyncio.to_thread(send, container, {stream: one for stream, one in offers.items() if one})
            telling.cancel()


def main() -> None:
    """Runs until the command ends, or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ticket")
    parser.add_argument("--peer", help="where one of the room is, as ID@IP:PORT, where there is no lookup")
    parser.add_argument("--bind", help="IP:PORT to listen on")
    parser.add_argument("--name", default="camera")
    parser.add_argument("command", nargs="*", default=TEST_PICTURE)
    options = parser.parse_args()
    # Ctrl-C reaches the command too, and what it writes ends.
    with subprocess.Popen(options.command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as command:
        asyncio.run(show(options, command.stdout))


if __name__ == "__main__":
    main()
