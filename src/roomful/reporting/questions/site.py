"""`GET /all_room_stats`: rooms that are open now, and those of the time asked for. specs/monibuca-rooms.md §9.5."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.questions.loading import Loading, Span
from roomful.reporting.questions.numbers import mean, peak
from roomful.reporting.questions.risks import Pulse, risks
from roomful.reporting.visits import Visits, milliseconds
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage.report_tables import report_heartbeat_downstream, report_kv
from roomful.storage.reports import ReportTable, StoredLeave

RECENTLY = 30_000
"""Milliseconds over which a risk is judged."""
CHATTED = 60_000


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Averages of what was received in one room."""

    packet_loss: float = 0.0
    fps: float | None = None
    rtt_ms: float = 0.0
    freeze_ms: int = 0
    rows: int = 0

    @property
    def freeze_rate(self) -> float:
        """Each row stands for about five seconds of one stream."""
        return self.freeze_ms / (self.rows * 5000) if self.rows else 0.0


class SiteQuestions:
    """Answers about all rooms together."""

    def __init__(
        self, rooms: Rooms, table: ReportTable, loading: Loading, visits: Visits, clock: Callable[[], float]
    ) -> None:
        self._rooms = rooms
        self._engine = table.engine
        self._loading = loading
        self._visits = visits
        self._clock = clock
        self.describe: Callable[[Room], Mapping[str, Any]] = lambda room: {}
        """What an extension says of a room of its type."""

    async def ask(self, span: Span) -> dict[str, Any]:
        """The answer's `data`."""
        now = milliseconds(self._clock())
        past, partial = await self._loading.visits(span)
        by_room: dict[str, list[StoredLeave]] = defaultdict(list)
        for row in past:
            by_room[row.room_id].append(row)
        includes_now = span.end >= now - 1000
        for room in self._rooms if includes_now else ():
            by_room[room.name] += self._visits.present(room, self._clock())
        try:
            whole = await self._received(span)
            recent = await self._received(Span(start=now - RECENTLY, end=now + 1000)) if includes_now else {}
            chats, joins = await self._chats(now), await self._joins(span)
        except (SQLAlchemyError, OSError):
            whole, recent, chats, joins, partial = {}, {}, {}, 1.0, True
        listed = [
            self._room(
                name, sessions, whole.get(name, Received()), recent.get(name, Received()), chats.get(name, 0), now
            )
            for name, sessions in by_room.items()
        ]
        listed.sort(key=lambda room: (-room["popularity"], -room["started_at"], room["room_id"]))
        everybody = [row for sessions in by_room.values() for row in sessions]
        answer: dict[str, Any] = {
            "summary": {
                "rooms": len(listed),
                "active_rooms": sum(room["ended_at"] is None for room in listed),
                "sessions": len(everybody),
                "users": len({row.user_id for row in everybody}),
                "current_users": sum(room["current_users"] for room in listed),
                "peak_concurrent": peak((row.joined_at, row.left_at) for row in everybody),
                "streaming_duration": round(sum(row.publish_duration for row in everybody), 3),
                "avg_freeze_rate": round(mean(one.freeze_rate for one in whole.values()), 5),
                "avg_packet_loss": round(mean(one.packet_loss for one in whole.values()), 5),
                "join_success_rate": joins,
            },
            "rooms": listed,
            "total": len(listed),
        }
        return {**answer, "partial": True} if partial else answer

    def _room(
        self, name: str, sessions: Sequence[StoredLeave], whole: Received, recent: Received, chats: int, now: int
    ) -> dict[str, Any]:
        room = self._rooms.get(name)
        started = min((row.joined_at for row in sessions), default=now)
        ended = None if room is not None else max((row.left_at for row in sessions), default=now)
        current = sum(row.leave_reason == "" for row in sessions)
        found = [] if room is None else list(risks(self._pulse(room, recent, now)))
        return {
            "room_id": name,
            "room_type": room.options.type if room is not None else next((row.room_type for row in sessions), ""),
            "name": room.rules.title if room is not None else "",
            "status": self.describe(room).get("status", "open") if room is not None else "closed",
            "started_at": started,
            "ended_at": ended,
            "duration": round(((ended or now) - started) / 1000),
            "users": len({row.user_id for row in sessions}),
            "current_users": current,
            "peak_concurrent": peak((row.joined_at, row.left_at) for row in sessions),
            "popularity": current + 2 * chats,
            "freeze_rate": round(whole.freeze_rate, 5),
            "packet_loss": round(whole.packet_loss, 5),
            "risks": [risk.name for risk in found],
            "risk_details": [msgspec.structs.asdict(risk) for risk in found],
        }

    def _pulse(self, room: Room, recent: Received, now: int) -> Pulse:
        show = self.describe(room)
        streamers = {track.publisher for track in room.tracks.values() if track.published}
        members = [one for one in room.participants.values() if one.is_member]
        return Pulse(
            is_live=show.get("status") == "Living",
            live_seconds=(now - (show.get("started_at") or now)) / 1000,
            viewers=sum(one.sid not in streamers for one in members),
            has_stream=bool(streamers),
            freeze_rate=recent.freeze_rate,
            packet_loss=recent.packet_loss,
            fps=recent.fps,
            rtt_ms=recent.rtt_ms,
        )

    async def _received(self, span: Span) -> dict[str, Received]:
        table = report_heartbeat_downstream
        statement = (
            select(
                table.c.room_id,
                func.avg(table.c.packet_loss),
                func.avg(table.c.v_fps),
                func.avg(table.c.rtt_ms),
                func.sum(table.c.v_freeze_ms),
                func.count(),
            )
            .where(table.c.ts >= span.start, table.c.ts < span.end)
            .group_by(table.c.room_id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement)).all()
        return {
            room: Received(packet_loss=loss or 0.0, fps=fps, rtt_ms=rtt or 0.0, freeze_ms=frozen or 0, rows=count)
            for room, loss, fps, rtt, frozen, count in rows
        }

    async def _chats(self, now: int) -> dict[str, int]:
        """Messages of the last minute, by room."""
        table = report_kv
        lately = (table.c.ts >= now - CHATTED, table.c.event == "chat_send")
        statement = select(table.c.room_id, func.count()).where(*lately).group_by(table.c.room_id)
        async with self._engine.connect() as connection:
            return {row[0]: row[1] for row in await connection.execute(statement)}

    async def _joins(self, span: Span) -> float:
        table = report_kv
        joins = (table.c.ts >= span.start, table.c.ts < span.end, table.c.event == "join_room")
        statement = select(table.c.success, func.count()).where(*joins).group_by(table.c.success)
        async with self._engine.connect() as connection:
            counts = {bool(success): count for success, count in (await connection.execute(statement)).all()}
        total = sum(counts.values())
        return round(counts.get(True, 0) / total, 4) if total else 1.0
