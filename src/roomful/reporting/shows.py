"""What extensions count of their rooms: gifts, comments, and since when a room has had no stream. specs §9.8.

The numbers are those of the extension itself, not of the messages that it sends: hosts may broadcast what they like.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from roomful.reporting.visits import SERVER, milliseconds
from roomful.reporting.writer import ReportWriter
from roomful.rooms import events
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage.reports import StoredKv

GIFTS, COMMENTS = "gifts_received", "danmaku_received"
"""Events: the value of gifts, and the number of comments, of a room since the event before."""
LIVE = "live"
"""Type of the rooms of which extensions count such things."""
WRITTEN_EVERY = 10.0
"""Seconds between two such events of one room."""


class Counted(msgspec.Struct, kw_only=True):
    """One open room."""

    streamless_since: float | None
    """Unix seconds; None: something is published."""
    gifts: int | None = None
    """In all, as it was last; None: not known yet."""
    comments: int = 0
    new_gifts: int = 0
    """Not written yet, as all that begins with new."""
    new_comments: int = 0
    streamer: str = ""


class Shows:
    """Follows all rooms."""

    def __init__(self, rooms: Rooms, writer: ReportWriter, clock: Callable[[], float]) -> None:
        self._rooms = rooms
        self._writer = writer
        self._clock = clock
        self._since: float | None = None
        """Unix seconds, when the first room was opened."""
        self._counted: dict[str, Counted] = {}
        """By room sid."""
        self._write_at = 0.0
        self.describe: Callable[[Room], Mapping[str, Any]] = lambda room: {}
        """What an extension says of a room of its type."""

    def on_opened(self, room: Room) -> None:
        self._since = self._since or self._clock()
        self._counted[room.sid] = Counted(streamless_since=self._clock())
        room.observers.add(partial(self._on_event, room))

    def streamless(self, room: Room, now: float) -> float:
        """Seconds for which nothing has been published; 0 while something is."""
        counted = self._counted.get(room.sid)
        since = counted.streamless_since if counted is not None else None
        return 0.0 if since is None else now - since

    def tick(self, now: float) -> None:
        """Call it once a second."""
        for room in self._rooms:
            counted = self._counted.get(room.sid)
            if room.options.type == LIVE and counted is not None and counted.gifts is None:
                self._look(room, counted)
        if now >= self._write_at:
            self._write_at = now + WRITTEN_EVERY
            self.flush(now)

    def flush(self, now: float) -> None:
        """Write what is new."""
        for room in self._rooms:
            if room.sid in self._counted:
                self._write(room, self._counted[room.sid], now)

    def _on_event(self, room: Room, event: events.RoomEvent) -> None:
        counted = self._counted.get(room.sid)
        if counted is None:
            return
        match event:
            case events.PluginMessage() if event.message.get("action") in ("gift_received", "danmaku"):
                self._look(room, counted)
            case events.TrackPublished():
                counted.streamless_since = None
            case events.TrackUnpublished():
                if not any(track.published for track in room.tracks.values()):
                    counted.streamless_since = event.at
            case events.RoomClosed():
                self._write(room, counted, event.at)
                del self._counted[room.sid]
            case _:
                pass

    def _look(self, room: Room, counted: Counted) -> None:
        live = self.describe(room).get("live")
        if live is None:
            return
        gifts, comments = live["gift_value"], live["danmaku_count"]
        counted.streamer = live["streamer_id"]
        if counted.gifts is None and live["created_at"] < milliseconds(self._since or 0):
            counted.gifts, counted.comments = gifts, comments  # counted in an earlier life of the server
        counted.new_gifts += max(0, gifts - (counted.gifts or 0))
        counted.new_comments += max(0, comments - counted.comments)
        counted.gifts, counted.comments = gifts, comments

    def _write(self, room: Room, counted: Counted, now: float) -> None:
        for event, number in ((GIFTS, counted.new_gifts), (COMMENTS, counted.new_comments)):
            if number:
                self._writer.kv(
                    StoredKv(
                        id=self._writer.next_id(),
                        room_id=room.name,
                        user_id=counted.streamer,
                        session_id="",
                        event=event,
                        ts=milliseconds(now),
                        source=SERVER,
                        value=str(number),
                    )
                )
        counted.new_gifts = counted.new_comments = 0
