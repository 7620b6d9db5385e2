"""`GET /all_room_stats`: rooms that are open now, and those of the time asked for. specs/monibuca-rooms.md §9.5."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.half_hours import count_names
from roomful.reporting.questions.loading import Span
from roomful.reporting.questions.numbers import USUAL_GAP, mean
from roomful.reporting.questions.risks import Pulse, risks
from roomful.reporting.questions.show_sums import Lately, lately
from roomful.reporting.questions.site_sums import RoomSum, SiteSums
from roomful.reporting.shows import Shows
from roomful.reporting.visits import Visits, milliseconds
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage.report_tables import report_heartbeat_downstream
from roomful.storage.reports import ReportTable

RECENTLY = 30_000
"""Milliseconds over which a risk is judged."""


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """Averages of what was received in one room just now."""

    packet_loss: float = 0.0
    fps: float | None = None
    rtt_ms: float = 0.0
    freeze_ms: int = 0
    rows: int = 0

    @property
    def freeze_rate(self) -> float:
        """Each row stands for about five seconds of one stream."""
        return self.freeze_ms / (self.rows * USUAL_GAP) if self.rows else 0.0


class SiteQuestions:
    """Answers about all rooms together."""

    def __init__(
        self,
        rooms: Rooms,
        table: ReportTable,
        sums: SiteSums,
        visits: Visits,
        shows: Shows,
        clock: Callable[[], float],
    ) -> None:
        self._rooms = rooms
        self._engine = table.engine
        self._sums = sums
        self._visits = visits
        self._shows = shows
        self._clock = clock

    async def ask(self, span: Span) -> dict[str, Any]:
        """The answer's `data`. A span of more than two days begins with a whole day, in UTC."""
        now = milliseconds(self._clock())
        includes_now = span.end >= now - 1000
        present = {
            room.name: self._visits.present(room, self._clock()) for room in (self._rooms if includes_now else ())
        }
        recent: dict[str, Recent] = {}
        popular: dict[str, Lately] = {}
        try:
            site, single = await self._sums.visits(span, present)
            await self._sums.measure(site, single)
            if includes_now:
                recent = await self._received(Span(start=now - RECENTLY, end=now + 1000))
                async with self._engine.connect() as connection:
                    popular = await lately(connection, now)
        except (SQLAlchemyError, OSError):
            site = self._sums.of_present(present)
        listed = [
            self._room(name, room, recent.get(name, Recent()), popular.get(name, Lately()), now)
            for name, room in site.rooms.items()
        ]
        listed.sort(key=lambda room: (-room["popularity"], -room["started_at"], room["room_id"]))
        measured = [room for room in site.rooms.values() if room.rows]
        answer: dict[str, Any] = {
            "summary": {
                "rooms": len(listed),
                "active_rooms": sum(room["ended_at"] is None for room in listed),
                "sessions": sum(room.sessions for room in site.rooms.values()),
                "users": count_names(room.users for room in site.rooms.values()),
                "current_users": sum(room["current_users"] for room in listed),
                "peak_concurrent": site.peak_concurrent,
                "streaming_duration": round(sum(room.streaming_duration for room in site.rooms.values()), 3),
                "avg_freeze_rate": round(mean(room.freeze_rate for room in measured), 5),
                "avg_packet_loss": round(mean(room.packet_loss for room in measured), 5),
                "gift_value": sum(room.gift_value for room in site.rooms.values()),
                "join_success_rate": round(site.joined / site.joins, 4) if site.joins else 1.0,
            },
            "rooms": listed,
            "total": len(listed),
        }
        return {**answer, "partial": True} if site.partial else answer

    def _room(self, name: str, known: RoomSum, recent: Recent, popular: Lately, now: int) -> dict[str, Any]:
        room = self._rooms.get(name)
        started = known.first_at or now
        ended = None if room is not None else known.last_at or now
        show: Mapping[str, Any] = self._shows.describe(room) if room is not None else {}
        found = [] if room is None else list(risks(self._pulse(room, show, recent, now)))
        return {
            "room_id": name,
            "room_type": room.options.type if room is not None else known.room_type,
            "name": room.rules.title if room is not None else "",
            "status": show.get("status", "open") if room is not None else "closed",
            "started_at": started,
            "ended_at": ended,
            "duration": round(((ended or now) - started) / 1000),
            "users": count_names((known.users,)),
            "current_users": known.current_users,
            "peak_concurrent": known.peak_concurrent,
            "popularity": _popularity(known.current_users, show.get("live"), popular),
            "gift_value": known.gift_value,
            "freeze_rate": round(known.freeze_rate, 5),
            "packet_loss": round(known.packet_loss, 5),
            "risks": [risk.name for risk in found],
            "risk_details": [msgspec.structs.asdict(risk) for risk in found],
        }

    def _pulse(self, room: Room, show: Mapping[str, Any], recent: Recent, now: int) -> Pulse:
        streamers = {track.publisher for track in room.tracks.values() if track.published}
        members = [one for one in room.participants.values() if one.is_member]
        return Pulse(
            is_live=show.get("status") == "Living",
            live_seconds=(now - (show.get("started_at") or now)) / 1000,
            viewers=sum(one.sid not in streamers for one in members),
            streamless_seconds=0.0 if streamers else self._shows.streamless(room, now / 1000),
            freeze_rate=recent.freeze_rate,
            packet_loss=recent.packet_loss,
            fps=recent.fps,
            rtt_ms=recent.rtt_ms,
        )

    async def _received(self, span: Span) -> dict[str, Recent]:
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
            room: Recent(packet_loss=loss or 0.0, fps=fps, rtt_ms=rtt or 0.0, freeze_ms=frozen or 0, rows=count)
            for room, loss, fps, rtt, frozen, count in rows
        }


def _popularity(users: int, live: Mapping[str, Any] | None, popular: Lately) -> float:
    """Of a show its viewers count, of all other rooms everybody."""
    viewers, link_mic = (users, 0) if live is None else (live["viewer_count"], len(live["link_mic"]))
    return round(viewers + 2 * popular.comments + 0.1 * popular.gift_value + 5 * link_mic, 1)
