"""`GET /room_stats/{room_id}`: everything about one room in a stretch of time. specs/monibuca-rooms.md §9.5."""

import bisect
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from roomful.reporting.questions.loading import Found, Loading, Span
from roomful.reporting.questions.numbers import mean, media_of, peak, quantile, success_rate, watched
from roomful.reporting.visits import Visits
from roomful.rooms.registry import Rooms
from roomful.storage.reports import StoredDownstream, StoredHeartbeat, StoredKv, StoredLeave

MAX_POINTS = 2000
"""Of one series; more are averaged."""
SENT_BEFORE = 10_000
"""Milliseconds for which what a sender measured stands beside what its receivers did."""


class RoomQuestions:
    """Answers about one room."""

    def __init__(self, rooms: Rooms, loading: Loading, visits: Visits, clock: Callable[[], float]) -> None:
        self._rooms = rooms
        self._loading = loading
        self._visits = visits
        self._clock = clock

    async def ask(self, room_id: str, span: Span) -> dict[str, Any]:
        """The answer's `data`. Of an unknown room it is empty."""
        found = await self._loading.of_room(room_id, span)
        sessions = [*found.leaves, *self._present(room_id, span)]
        room = self._rooms.get(room_id)
        room_type = room.options.type if room is not None else next((row.room_type for row in sessions[::-1]), "")
        pairs, resolution = _pairs(found)
        answer: dict[str, Any] = {
            "room_id": room_id,
            "room_type": room_type,
            "start_time": span.start,
            "end_time": span.end,
            "summary": _summary(found, sessions, pairs),
            "users": _users(sessions),
            "heartbeats": _heartbeats(found),
            "pairs": pairs,
            "streams": streams(found),
            "leaves": [msgspec.structs.asdict(row) for row in found.leaves],
            "kv": [_event(row) for row in found.kv],
            "kv_summary": kv_summary(found.kv),
            "timeline": [_moment(row) for row in found.kv],
        }
        if resolution or found.resolution:
            answer["resolution"] = max(resolution, found.resolution)
        if found.partial:
            answer["partial"] = True
        return answer

    def _present(self, room_id: str, span: Span) -> list[StoredLeave]:
        """The visits that go on."""
        room = self._rooms.get(room_id)
        going_on = [] if room is None else self._visits.present(room, self._clock())
        return [visit for visit in going_on if span.touches(visit)]


def _summary(found: Found, sessions: Sequence[StoredLeave], pairs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    measured = [*found.heartbeats, *found.downstream]
    frozen = sum(pair["freeze_duration_ms"] for pair in pairs) / 1000
    seen = sum(pair["watched"] for pair in pairs)
    start = min((row.joined_at for row in sessions), default=0)
    end = max((row.left_at for row in sessions), default=0)
    return {
        "sessions": len(sessions),
        "users": len({row.user_id for row in sessions}),
        "peak_concurrent": peak((row.joined_at, row.left_at) for row in sessions),
        "duration": round((end - start) / 1000),
        "avg_rtt_ms": round(mean(row.rtt_ms for row in measured), 1),
        "avg_packet_loss": round(mean(row.packet_loss for row in measured), 5),
        "freeze_rate": round(frozen / seen, 5) if seen else 0.0,
        "avg_up_bitrate": round(mean(row.net_bitrate for row in found.heartbeats)),
        "avg_down_bitrate": round(mean(row.net_bitrate for row in found.downstream)),
        **{f"{name}_success_rate": success_rate(found.kv, event) for name, event in _RATES},
    }


_RATES = (("join", "join_room"), ("publish", "publish"), ("subscribe", "subscribe"))


def _users(sessions: Sequence[StoredLeave]) -> list[dict[str, Any]]:
    users: dict[str, list[StoredLeave]] = defaultdict(list)
    for row in sorted(sessions, key=lambda row: row.joined_at):
        users[row.user_id].append(row)
    return [
        {
            "user_id": user_id,
            "user_name": visits[-1].user_name,
            "role": visits[-1].role,
            "sessions": [
                {
                    "session_id": row.session_id,
                    "joined_at": row.joined_at,
                    "left_at": row.left_at if row.leave_reason else None,
                    "duration": row.duration,
                    "leave_reason": row.leave_reason,
                    "reconnects": row.reconnects,
                    "publish_duration": row.publish_duration,
                }
                for row in visits
            ],
            "device": {
                "terminal": visits[-1].terminal,
                "device_name": visits[-1].device_name,
                "os_version": visits[-1].os_version,
                "network_type": visits[-1].network_type,
                "sdk_version": visits[-1].sdk_version,
            },
        }
        for user_id, visits in users.items()
    ]


def _heartbeats(found: Found) -> list[dict[str, Any]]:
    received: dict[int, list[StoredDownstream]] = defaultdict(list)
    for row in found.downstream:
        received[row.heartbeat_id].append(row)
    return [
        {
            "ts": row.ts,
            "user_id": row.user_id,
            "session_id": row.session_id,
            "source": row.source,
            "upstream": {"stream_path": row.stream_path, **media_of(row)},
            "downstream": [
                {"publisher_id": one.publisher_id, "stream_path": one.stream_path, **media_of(one)}
                for one in received[row.id]
            ],
        }
        for row in found.heartbeats[-MAX_POINTS:]
    ]


def _pairs(found: Found) -> tuple[list[dict[str, Any]], int]:
    """Who got what of whom; and the milliseconds of a point, if points had to be averaged."""
    sent: dict[str, list[StoredHeartbeat]] = defaultdict(list)
    for row in found.heartbeats:
        if row.net_bitrate is not None:
            sent[row.user_id].append(row)
    received: dict[tuple[str, str], list[StoredDownstream]] = defaultdict(list)
    for row in found.downstream:
        received[row.publisher_id, row.user_id].append(row)
    coarsest = 0
    pairs: list[dict[str, Any]] = []
    for (sender, receiver), rows in received.items():
        points, resolution = _thinned([_point(row, sent[sender]) for row in rows])
        coarsest = max(coarsest, resolution)
        frozen, seen = sum(row.v_freeze_ms or 0 for row in rows), watched(rows)
        pairs.append(
            {
                "sender": sender,
                "receiver": receiver,
                "points": points,
                "freeze_count": sum(row.v_freeze_count or 0 for row in rows),
                "freeze_duration_ms": frozen,
                "watched": seen,
                "freeze_rate": round(frozen / 1000 / seen, 5) if seen else 0.0,
                "packet_loss": round(mean(row.packet_loss for row in rows), 5),
                "rtt_ms": round(mean(row.rtt_ms for row in rows), 1),
                "bitrate": round(mean(row.net_bitrate for row in rows)),
            }
        )
    return sorted(pairs, key=lambda pair: (pair["sender"], pair["receiver"])), coarsest


def streams(found: Found) -> list[dict[str, Any]]:
    """What everybody sent, as series."""
    sent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found.heartbeats:
        if row.net_bitrate is not None or row.v_fps is not None:
            sent[row.user_id].append(
                {
                    "ts": row.ts,
                    "bitrate": row.net_bitrate,
                    "fps": row.v_fps,
                    "width": row.v_width,
                    "height": row.v_height,
                    "packet_loss": row.packet_loss,
                    "rtt_ms": row.rtt_ms,
                }
            )
    return [{"user_id": user_id, "points": _thinned(points)[0]} for user_id, points in sorted(sent.items())]


def _point(row: StoredDownstream, sent: Sequence[StoredHeartbeat]) -> dict[str, Any]:
    index = bisect.bisect_right(sent, row.ts, key=lambda beat: beat.ts) - 1
    beat = sent[index] if index >= 0 and row.ts - sent[index].ts <= SENT_BEFORE else None
    return {
        "ts": row.ts,
        "send_bitrate": beat.net_bitrate if beat is not None else None,
        "recv_bitrate": row.net_bitrate,
        "fps": row.v_fps,
        "width": row.v_width,
        "height": row.v_height,
        "packet_loss": row.packet_loss,
        "rtt_ms": row.rtt_ms,
        "freeze_ms": row.v_freeze_ms,
    }


def _thinned(points: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """A series that is not too long to draw, and the milliseconds of one of its points if they are averages."""
    if len(points) <= MAX_POINTS:
        return points, 0
    resolution = max(1, (points[-1]["ts"] - points[0]["ts"]) // MAX_POINTS)
    return _averaged(points, resolution), resolution


def _averaged(points: Sequence[dict[str, Any]], resolution: int) -> list[dict[str, Any]]:
    buckets: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for point in points:
        buckets[point["ts"] // resolution].append(point)
    averaged: list[dict[str, Any]] = []
    for bucket, members in buckets.items():
        known = {name: [one[name] for one in members if one[name] is not None] for name in members[0]}
        means = {name: round(sum(values) / len(values), 5) if values else None for name, values in known.items()}
        averaged.append({**means, "ts": bucket * resolution})
    return averaged


def kv_summary(rows: Sequence[StoredKv]) -> list[dict[str, Any]]:
    """Each event with its outcomes and latencies."""
    events: dict[str, list[StoredKv]] = defaultdict(list)
    for row in rows:
        events[row.event].append(row)
    answer: list[dict[str, Any]] = []
    for event, members in sorted(events.items()):
        latencies = [row.latency_ms for row in members if row.latency_ms is not None]
        succeeded = sum(row.success for row in members)
        answer.append(
            {
                "event": event,
                "count": len(members),
                "success": succeeded,
                "success_rate": round(succeeded / len(members), 4),
                "avg_ms": round(mean(latencies), 1),
                "p50_ms": quantile(latencies, 0.5),
                "p95_ms": quantile(latencies, 0.95),
            }
        )
    return answer


def _event(row: StoredKv) -> dict[str, Any]:
    return {**msgspec.structs.asdict(row), "value": msgspec.json.decode(row.value)}


def _moment(row: StoredKv) -> dict[str, Any]:
    detail = {"latency_ms": row.latency_ms, "code": row.code or None, "message": row.message or None}
    value = msgspec.json.decode(row.value)
    if value is not None:
        detail["value"] = value
    known = {name: one for name, one in detail.items() if one is not None}
    return {"ts": row.ts, "user_id": row.user_id, "event": row.event, "success": row.success, "detail": known}
