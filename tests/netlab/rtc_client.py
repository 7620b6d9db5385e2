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
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import msgspec
import numpy
from livekit import rtc
from livekit.rtc.room import EventTypes

from .rtc_messages import (
    Connected,
    Disconnected,
    Failed,
    Kind,
    MediaReport,
    Message,
    ParticipantJoined,
    ParticipantLeft,
    Publishing,
    Received,
    Reconnected,
    Reconnecting,
    TrackMuted,
    TrackSubscribed,
    TrackUnmuted,
    TrackUnsubscribed,
)
from .rtc_meter import TrackMeter
from .rtc_publishing import publish_pattern, publish_tone

_INTERVAL = 0.5
"""Seconds from one MediaReport to the next."""


def say(message: Message) -> None:
    """Prints a message."""
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


@dataclass(frozen=True)
class Subscription:
    """A remote track, what it is measured with, and the task that reads its frames."""

    track: rtc.Track
    meter: TrackMeter
    reading: asyncio.Task[None]


class Watcher:
    """Follows the events of a room and meters the tracks that are subscribed."""

    def __init__(self, room: rtc.Room) -> None:
        self._subscribed: dict[str, Subscription] = {}
        self._last_report = time.monotonic()
        handlers: dict[EventTypes, Callable[..., None]] = {
            "reconnecting": lambda: say(Reconnecting(at=time.monotonic())),
            "reconnected": lambda: say(Reconnected(at=time.monotonic())),
            "disconnected": self._disconnected,
            "participant_connected": self.participant_joined,
            "participant_disconnected": self._participant_left,
            "track_subscribed": self._track_subscribed,
            "track_unsubscribed": self._track_unsubscribed,
            "track_muted": self._track_muted,
            "track_unmuted": self._track_unmuted,
        }
        for event, handler in handlers.items():
            room.on(event, handler)  # pyright: ignore[reportUnknownMemberType]

    async def report_media(self) -> None:
        """Says every interval what came of each track, for ever."""
        while True:
            await asyncio.sleep(_INTERVAL)
            subscribed = list(self._subscribed.values())
            received = await asyncio.gather(*(_received(subscription.track) for subscription in subscribed))
            now = time.monotonic()
            tracks = tuple(
                subscription.meter.report(counted, now)
                for subscription, counted in zip(subscribed, received, strict=True)
            )
            say(MediaReport(at=now, interval=now - self._last_report, tracks=tracks))
            self._last_report = now

    def participant_joined(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody else is there."""
        say(ParticipantJoined(at=time.monotonic(), identity=participant.identity, sid=participant.sid))

    def _participant_left(self, participant: rtc.RemoteParticipant) -> None:
        say(ParticipantLeft(at=time.monotonic(), identity=participant.identity, sid=participant.sid))

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        say(Disconnected(at=time.monotonic(), reason=rtc.DisconnectReason.Name(reason)))

    def _track_muted(self, participant: rtc.Participant, publication: rtc.TrackPublication) -> None:
        say(TrackMuted(at=time.monotonic(), identity=participant.identity, track=publication.sid))

    def _track_unmuted(self, participant: rtc.Participant, publication: rtc.TrackPublication) -> None:
        say(TrackUnmuted(at=time.monotonic(), identity=participant.identity, track=publication.sid))

    def _track_subscribed(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        now = time.monotonic()
        kind: Kind = "video" if track.kind == rtc.TrackKind.KIND_VIDEO else "audio"
        meter = TrackMeter(participant.identity, publication.sid, kind, now)
        say(TrackSubscribed(at=now, identity=participant.identity, track=publication.sid, kind=kind))
        reading = _read_video(track, meter) if kind == "video" else _read_audio(track, meter)
        self._subscribed[publication.sid] = Subscription(track, meter, asyncio.create_task(reading))

    def _track_unsubscribed(
        self, _: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if (subscription := self._subscribed.pop(publication.sid, None)) is not None:
            subscription.reading.cancel()
        say(TrackUnsubscribed(at=time.monotonic(), identity=participant.identity, track=publication.sid))


async def _received(track: rtc.Track) -> Received:
    for stats in await track.get_stats():
        if stats.HasField("inbound_rtp"):
            counted = stats.inbound_rtp
            return Received(
                counted.received.packets_received, counted.received.packets_lost, counted.inbound.nack_count
            )
    return Received()


async def _read_video(track: rtc.Track, meter: TrackMeter) -> None:
    async for event in rtc.VideoStream(track):
        meter.video_frame(event.frame.width, event.frame.height, time.monotonic())


async def _read_audio(track: rtc.Track, meter: TrackMeter) -> None:
    async for event in rtc.AudioStream(track, sample_rate=48_000, num_channels=1, frame_size_ms=50):
        samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16).astype(numpy.float64) / 32768
        meter.audio_frame(float(samples @ samples), len(samples), time.monotonic())


async def _commands() -> AsyncIterator[str]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()


async def run(options: argparse.Namespace) -> int:
    """Joins, publishes and obeys until told to quit; answers the exit code."""
    room = rtc.Room()
    watcher = Watcher(room)
    try:
        await room.connect(options.url, options.token)
    except rtc.ConnectError as error:
        say(Failed(at=time.monotonic(), reason=error.message))
        return 1
    own = room.local_participant
    say(Connected(at=time.monotonic(), identity=own.identity, sid=own.sid))
    for participant in room.remote_participants.values():
        watcher.participant_joined(participant)
    reporting = asyncio.create_task(watcher.report_media())
    tone = await publish_tone(room, options.tone) if options.tone else None
    if options.frame_rate:
        await publish_pattern(room, options.width, options.height, options.frame_rate)
    say(Publishing(at=time.monotonic(), tracks=tuple(own.track_publications)))
    async for command in _commands():
        match command:
            case "mute" if tone is not None:
                tone.mute()
            case "unmute" if tone is not None:
                tone.unmute()
            case "leave":
                await room.disconnect()
            case "quit":
                break
            case _:
                print(f"no such command here: {command}", file=sys.stderr)
    reporting.cancel()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(room.disconnect(), timeout=2)
    return 0


def main() -> None:
    """Parses the command line and runs the client."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("url", help="of the server, ws://…")
    parser.add_argument("token", help="access token with the room in it")
    parser.add_argument("--tone", type=int, default=0, metavar="HZ", help="publish a tone, in steps of 50 Hz")
    parser.add_argument("--frame-rate", type=float, default=0.0, metavar="FPS", help="publish a video pattern")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=180)
    code = asyncio.run(run(parser.parse_args()))
    # The SDK's own threads panic when the interpreter is taken down under them; everything that is said is flushed.
    os._exit(code)


if __name__ == "__main__":
    main()
