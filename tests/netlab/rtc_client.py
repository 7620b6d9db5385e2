"""A WebRTC client for a host of the lab: joins a room with the LiveKit SDK, publishes, and says what it sees and hears.

Prints JSON lines (see `rtc_messages`): events when they happen, a MediaReport every 0.5 s. Reads commands on stdin, one
per line: `mute` and `unmute` (the tone), `leave` (the room, in good order), `quit` (as does the end of stdin).
"""

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator

import msgspec
from livekit import rtc

from .rtc_messages import Connected, Failed, Message, Publishing
from .rtc_publishing import publish_pattern, publish_tone
from .rtc_watcher import Watcher


def say(message: Message) -> None:
    """Prints a message."""
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


async def run(options: argparse.Namespace) -> int:
    """Joins, publishes and obeys until told to quit; answers the exit code."""
    room = rtc.Room()
    watcher = Watcher(room, say)
    try:
        await room.connect(
            options.url, options.token, rtc.RoomOptions(single_peer_connection=options.single_peer_connection)
        )
    except rtc.ConnectError as error:
        say(Failed(at=time.monotonic(), reason=error.message))
        return 1
    own = room.local_participant
    say(Connected(at=time.monotonic(), identity=own.identity, sid=own.sid))
    for participant in room.remote_participants.values():
        watcher.participant_joined(participant)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(watcher.report_media())]
        tone: rtc.LocalAudioTrack | None = None
        if options.tone:
            tone, play = await publish_tone(room, options.tone)
            running.append(tasks.create_task(play))
        if options.frame_rate:
            show = await publish_pattern(room, options.width, options.height, options.frame_rate)
            running.append(tasks.create_task(show))
        say(Publishing(at=time.monotonic(), tracks=tuple(own.track_publications)))
        async for command in _commands():
            match command:
                case "mute" if tone is not None:
                    tone.mute()
                case "unmute" if tone is not None:
                    tone.unmute()
                case "leave":
                    watcher.close()
                    await room.disconnect()
                case "quit":
                    break
                case _:
                    print(f"no such command here: {command}", file=sys.stderr)
        watcher.close()
        for task in running:
            task.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(room.disconnect(), timeout=2)
    return 0


async def _commands() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()


def main() -> None:
    """Parses the command line and runs the client."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("url", help="of the server, ws://…")
    parser.add_argument("token", help="access token with the room in it")
    parser.add_argument("--tone", type=int, default=0, metavar="HZ", help="publish a tone, in steps of 50 Hz")
    parser.add_argument("--frame-rate", type=float, default=0.0, metavar="FPS", help="publish a video pattern")
    parser.add_argument("--width", type=int, default=320, help="of the pattern in pixels, even")
    parser.add_argument("--height", type=int, default=180, help="of the pattern in pixels, even")
    parser.add_argument(
        "--single-peer-connection", action="store_true", help="publish and subscribe over one peer connection, not two"
    )
    code = asyncio.run(run(parser.parse_args()))
    # The SDK's own threads panic when the interpreter is taken down under them; everything that is said is flushed.
    os._exit(code)


if __name__ == "__main__":
    main()
