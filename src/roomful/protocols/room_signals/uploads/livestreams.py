"""All live streams of the server: whose they are, and when they end. specs/room-signals.md §13."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import Code, SignalError
from roomful.protocols.room_signals.uploads.livestream import Livestream
from roomful.protocols.room_signals.uploads.messages import DataSignal
from roomful.rooms.ids import new_id

if TYPE_CHECKING:
    from roomful.protocols.room_signals.session import Session
    from roomful.protocols.room_signals.signal_room import SignalRoom


def _nowhere(rid: str) -> "SignalRoom | None":
    return None


def _unheard(stream_id: str) -> None:
    pass


class Livestreams:
    """Finds streams by the streamer's user id and the room. No I/O and no clock."""

    def __init__(self) -> None:
        self.find_room: Callable[[str], SignalRoom | None] = _nowhere
        """By `rid`. The signalling, which knows, is made later than this."""
        self.on_ended: Callable[[str], None] = _unheard
        """Gets the id of a stream whose playlists have just ended."""
        self._by_place: dict[tuple[str, str], str] = {}
        """(user id, `rid`) → id of the stream."""
        self._streams: dict[str, Livestream] = {}

    def __len__(self) -> int:
        return len(self._streams)

    def __contains__(self, stream_id: str) -> bool:
        return stream_id in self._streams

    def streamer(self, user_id: str, rid: str) -> "Session":
        """The session that may send up. Raises SignalError (ROOM_NOT_FOUND, PERMISSION_NOT_FOUND)."""
        room = self.find_room(rid)
        if room is None or room.channel is not Channel.P2M:
            raise SignalError(Code.ROOM_NOT_FOUND, "there is no such broadcast")
        owner = room.owner
        if owner is None or owner.user_id != user_id:
            raise SignalError(Code.PERMISSION_NOT_FOUND, "only who opened the room streams into it")
        return owner

    def to_send_to(self, user_id: str, rid: str) -> tuple[str, Livestream]:
        """The stream of a streamer, and its id; a new one if the last has ended."""
        stream_id = self._by_place.get((user_id, rid), "")
        stream = self._streams.get(stream_id)
        if stream is None or stream.ended_at is not None:
            stream_id, stream = new_id("HS_"), Livestream()
            self._by_place[user_id, rid] = stream_id
            self._streams[stream_id] = stream
        return stream_id, stream

    def find(self, user_id: str, rid: str) -> tuple[str, Livestream] | None:
        """The stream that can be watched there, and its id."""
        stream_id = self._by_place.get((user_id, rid))
        return None if stream_id is None else (stream_id, self._streams[stream_id])

    def applied(self, streamer: "Session", stream: Livestream, signal: DataSignal, delay: int, now: float) -> None:
        """The pieces of a checked signal are stored: list them, and say that the streamer sends."""
        stream.apply(signal, delay, now)
        if stream.playlists and not streamer.sending and not streamer.ended:
            streamer.room.set_publishing(streamer, True, now)

    def ended(self, room: "SignalRoom", now: float) -> None:
        """See `ports.Livestreams`."""
        for (_, rid), stream_id in self._by_place.items():
            stream = self._streams[stream_id]
            if rid == room.name and stream.ended_at is None:
                stream.end(now)
                self.on_ended(stream_id)

    def take_gone(self, now: float) -> list[tuple[str, list[str]]]:
        """Ids of streams, each with the names of its pieces that are to be deleted now."""
        gone = [(stream_id, names) for stream_id, one in self._streams.items() if (names := one.take_gone(now))]
        for stream_id in [stream_id for stream_id, one in self._streams.items() if one.is_over(now)]:
            del self._streams[stream_id]
        self._by_place = {place: one for place, one in self._by_place.items() if one in self._streams}
        return gone
