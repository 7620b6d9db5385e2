"""Follows a room of the LiveKit SDK: who comes and goes, and what is seen and heard of each track."""

import asyncio
import contextlib
import time
from collections.abc import Callable

import numpy
from livekit import rtc
from livekit.rtc.room import EventTypes

from .rtc_messages import (
    Disconnected,
    Kind,
    MediaReport,
    Message,
    ParticipantJoined,
    ParticipantLeft,
    Received,
    Reconnected,
    Reconnecting,
    TrackMuted,
    TrackReport,
    TrackStuck,
    TrackSubscribed,
    TrackUnmuted,
    TrackUnsubscribed,
)
from .rtc_meter import TrackMeter

_INTERVAL = 0.5
"""Seconds from one MediaReport to the next."""
_STATISTICS_TIMEOUT = 0.25
"""Seconds to wait for the SDK's statistics of one track."""
_STUCK_FRAMES = 4
"""So many frames decoded in an interval, and none handed out, are more than those just on their way."""


class Subscription:
    """A remote track, what it is measured with, and the task that reads its frames."""

    def __init__(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, kind: Kind, meter: TrackMeter
    ) -> None:
        self.track = track
        self.publication = publication
        self.meter = meter
        self._kind = kind
        self._reading = asyncio.create_task(self._read())

    def close(self) -> None:
        """Stops reading."""
        self._reading.cancel()

    def is_stuck(self, report: TrackReport) -> bool:
        """Whether the SDK decodes, by its own count, and hands out nothing; a second stream would get as little."""
        return self._kind == "video" and report.frames == 0 and report.received.decoded >= _STUCK_FRAMES

    async def _read(self) -> None:
        if self._kind == "video":
            pictures = rtc.VideoStream(self.track)
            async with contextlib.aclosing(pictures):
                async for event in pictures:
                    self.meter.video_frame(event.frame.width, event.frame.height, time.monotonic())
        else:
            sounds = rtc.AudioStream(self.track, sample_rate=48_000, num_channels=1, frame_size_ms=50)
            async with contextlib.aclosing(sounds):
                async for event in sounds:
                    samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16).astype(numpy.float64) / 32768
                    self.meter.audio_frame(float(samples @ samples), len(samples), time.monotonic())


class Watcher:
    """Follows the events of a room and meters the tracks that are subscribed."""

    def __init__(self, room: rtc.Room, say: Callable[[Message], None]) -> None:
        """Follows `room`, which need not be joined yet; `say` gets what there is to tell, as it happens."""
        self._say = say
        self._subscribed: dict[str, Subscription] = {}
        self._stuck: set[str] = set()
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
            # While a connection is being replaced the SDK has no statistics of its tracks, or never answers.
            received = await asyncio.gather(
                *(asyncio.wait_for(_received(subscription.track), _STATISTICS_TIMEOUT) for subscription in subscribed),
                return_exceptions=True,
            )
            now = time.monotonic()
            tracks = tuple(
                subscription.meter.report(counted if isinstance(counted, Received) else None, now)
                for subscription, counted in zip(subscribed, received, strict=True)
            )
            self._say(MediaReport(at=now, interval=now - self._last_report, tracks=tracks))
            self._last_report = now
            for subscription, report in zip(subscribed, tracks, strict=True):
                if subscription.is_stuck(report):
                    self._say(TrackStuck(at=now, identity=report.identity, track=report.track))
                    self._stuck.add(report.track)
                    subscription.publication.set_subscribed(False)

    def close(self) -> None:
        """Stops reading and counting; to be called before the room is left: the SDK takes the streams down with it."""
        while self._subscribed:
            self._subscribed.popitem()[1].close()

    def participant_joined(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody else is there."""
        self._say(ParticipantJoined(at=time.monotonic(), identity=participant.identity, sid=participant.sid))

    def _participant_left(self, participant: rtc.RemoteParticipant) -> None:
        self._say(ParticipantLeft(at=time.monotonic(), identity=participant.identity, sid=participant.sid))

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        self._say(Disconnected(at=time.monotonic(), reason=rtc.DisconnectReason.Name(reason)))

    def _track_muted(self, participant: rtc.Participant, publication: rtc.TrackPublication) -> None:
        self._say(TrackMuted(at=time.monotonic(), identity=participant.identity, track=publication.sid))

    def _track_unmuted(self, participant: rtc.Participant, publication: rtc.TrackPublication) -> None:
        self._say(TrackUnmuted(at=time.monotonic(), identity=participant.identity, track=publication.sid))

    def _track_subscribed(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        now = time.monotonic()
        kind: Kind = "video" if track.kind == rtc.TrackKind.KIND_VIDEO else "audio"
        meter = TrackMeter(participant.identity, publication.sid, kind, now)
        self._say(TrackSubscribed(at=now, identity=participant.identity, track=publication.sid, kind=kind))
        self._subscribed[publication.sid] = Subscription(track, publication, kind, meter)

    def _track_unsubscribed(
        self, _: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if (subscription := self._subscribed.pop(publication.sid, None)) is not None:
            subscription.close()
        self._say(TrackUnsubscribed(at=time.monotonic(), identity=participant.identity, track=publication.sid))
        if publication.sid in self._stuck:
            self._stuck.discard(publication.sid)
            asyncio.get_running_loop().call_later(_INTERVAL, publication.set_subscribed, True)


async def _received(track: rtc.Track) -> Received:
    for stats in await track.get_stats():
        if stats.HasField("inbound_rtp"):
            inbound = stats.inbound_rtp.inbound
            return Received(
                packets=stats.inbound_rtp.received.packets_received,
                lost=stats.inbound_rtp.received.packets_lost,
                nacks=inbound.nack_count,
                decoded=inbound.frames_decoded,
                keyframe_requests=inbound.pli_count,
            )
    return Received()
