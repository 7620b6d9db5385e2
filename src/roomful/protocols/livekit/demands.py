"""The demand for every video track of a room. specs/livekit.md §3.17 (dynacast)."""

from collections.abc import Callable, Iterable

from livekit.protocol import rtc

from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.dynacast import Demand, quality_update
from roomful.protocols.livekit.layers import Choice, Wish, choose
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.model import TrackKind
from roomful.rooms.room import Room


class Demands:
    """Collects what subscribers choose and tells publishers."""

    def __init__(self, timers: Timers, room: Room, tell: Callable[[str, rtc.SignalResponse], None]) -> None:
        """`tell` sends a message to the session of a participant, by sid."""
        self._room = room
        self._tell = tell
        self._demands: dict[str, Demand] = {}
        self._alarm = Alarm(timers, self._on_time)

    def set(self, track_sid: str, subscriber: str, choice: Choice | None, now: float) -> None:
        """A subscriber has chosen anew; None: it no longer wants the track."""
        demand = self._demands.get(track_sid)
        if demand is None:
            if choice is None:
                return
            demand = self._demands[track_sid] = Demand()
        if demand.set(subscriber, choice.quality if choice is not None else None, now):
            self._send(track_sid, demand)
        self._rearm()

    def want_whole(self, track_sids: Iterable[str], subscriber: str, wanted: bool, now: float) -> None:
        """Somebody who does not speak LiveKit, and so chooses no layers, asks for tracks or turns them down."""
        for sid in track_sids:
            track = self._room.tracks.get(sid)
            if track is not None and track.kind is TrackKind.VIDEO:
                self.set(sid, subscriber, choose(track, Wish()) if wanted else None, now)

    def forget(self, track_sid: str) -> None:
        """The track is gone."""
        self._demands.pop(track_sid, None)

    def forget_subscriber(self, subscriber: str, now: float) -> None:
        """Somebody has left."""
        for track_sid in list(self._demands):
            self.set(track_sid, subscriber, None, now)

    def repeat(self, publisher: str) -> None:
        """The publisher has a new connection and may have missed what it was told."""
        for track_sid, demand in self._demands.items():
            track = self._room.tracks.get(track_sid)
            if track is not None and track.publisher == publisher:
                self._send(track_sid, demand)

    def close(self) -> None:
        self._demands.clear()
        self._alarm.set(None)

    def _send(self, track_sid: str, demand: Demand) -> None:
        track = self._room.tracks.get(track_sid)
        if track is not None and demand.told is not None:
            self._tell(track.publisher, quality_update(track_sid, track.mime, demand.told))

    def _on_time(self, now: float) -> None:
        for track_sid, demand in list(self._demands.items()):
            if demand.on_time(now):
                self._send(track_sid, demand)
        self._rearm()

    def _rearm(self) -> None:
        self._alarm.set(min((d.due for d in self._demands.values() if d.due is not None), default=None))
