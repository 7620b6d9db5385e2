"""`GET /room/streams/{path}/stats`: what one member sends, now and lately. specs/monibuca-rooms.md §9.8."""

from collections.abc import Callable
from typing import Any

from roomful.reporting.questions.loading import Loading, Span
from roomful.reporting.questions.room_stats import streams
from roomful.reporting.visits import milliseconds
from roomful.rooms.model import TrackKind
from roomful.rooms.registry import Rooms
from roomful.rooms.stream_paths import StreamPath
from roomful.rooms.tracks import Track

HISTORIES = {"": 60_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000}
"""Milliseconds, by what is asked for; the last minute without it."""
NOW = 15_000
"""Milliseconds: who got something of it in this time gets it now."""


class StreamQuestions:
    """Answers about single streams."""

    def __init__(self, rooms: Rooms, loading: Loading, clock: Callable[[], float]) -> None:
        self._rooms = rooms
        self._loading = loading
        self._clock = clock

    def is_published(self, path: StreamPath) -> bool:
        return bool(self._tracks(path))

    async def ask(self, path: StreamPath, history: str) -> dict[str, Any]:
        """The answer's `data`. `history` is one of HISTORIES. Of a stream that nobody sends, what was sent before."""
        now = milliseconds(self._clock())
        found = await self._loading.of_room(path.room, Span(start=now - HISTORIES[history], end=now + 1000))
        mine = [one for one in streams(found) if one["user_id"] == path.user_id]
        points: list[dict[str, Any]] = mine[0]["points"] if mine else []
        tracks = self._tracks(path)
        newest: dict[str, Any] = points[-1] if tracks and points and points[-1]["ts"] > now - NOW else {}
        getting = (row for row in found.downstream if row.publisher_id == path.user_id and row.ts > now - NOW)
        answer: dict[str, Any] = {
            "stream_path": str(path),
            "room_id": path.room,
            "user_id": path.user_id,
            "published": bool(tracks),
            "video_codec": _codec(tracks, TrackKind.VIDEO),
            "audio_codec": _codec(tracks, TrackKind.AUDIO),
            **{name: newest.get(name) for name in ("width", "height", "bitrate", "fps", "packet_loss", "rtt_ms")},
            "subscribers": len({row.user_id for row in getting}),
            "points": points,
        }
        if found.resolution:
            answer["resolution"] = found.resolution
        return {**answer, "partial": True} if found.partial else answer

    def _tracks(self, path: StreamPath) -> list[Track]:
        room = self._rooms.get(path.room)
        present = room.of_user(path.user_id) if room is not None else []
        return [track for one in present for track in one.tracks.values() if track.published]


def _codec(tracks: list[Track], kind: TrackKind) -> str | None:
    return next((track.mime.partition("/")[2] or None for track in tracks if track.kind is kind), None)
