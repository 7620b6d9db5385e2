"""Numbers of the call centre. specs/monibuca-rooms.md §8.7."""

from collections.abc import AsyncIterable
from datetime import UTC, datetime
from typing import Any

from roomful.plugins.customer_service.archive import Archive, RatingRecord
from roomful.plugins.customer_service.desk import Desk
from roomful.plugins.customer_service.status import AgentState, EndReason, Status

STARS = range(1, 6)
UNSERVED = (EndReason.ABANDONED, EndReason.NO_AGENT)


async def overview(archive: Archive, desk: Desk, now: float) -> dict[str, Any]:
    """`today` begins at midnight UTC."""
    waiting = await archive.count_sessions(status=Status.WAITING.value)
    active = await archive.count_sessions(status=Status.ACTIVE.value)
    ended = await archive.count_sessions(status=Status.ENDED.value)
    rating = await ratings(archive.ratings())
    return {
        "sessions": {
            "total": waiting + active + ended,
            "waiting": waiting,
            "active": active,
            "ended": ended,
            "abandoned": await archive.count_sessions(end_reason=EndReason.ABANDONED.value),
        },
        "today": await _today(archive, now),
        "agents": {state.value.lower(): desk.pool.count(state) for state in AgentState},
        "queue": {"waiting": len(desk.queue()), "longest_wait": desk.longest_wait(now)},
        "rating": {"count": rating["count"], "average": rating["average"]},
    }


async def ratings(records: AsyncIterable[RatingRecord]) -> dict[str, Any]:
    """All, and by agent."""
    everything: list[int] = []
    by_agent: dict[str, tuple[str | None, list[int]]] = {}
    async for record in records:
        everything.append(record.score)
        by_agent.setdefault(record.agent_id or "", (record.agent_name, []))[1].append(record.score)
    return {
        **_summary(everything),
        "by_agent": [
            {"agent_id": agent_id or None, "agent_name": name, **_summary(scores)}
            for agent_id, (name, scores) in sorted(by_agent.items())
        ],
    }


async def _today(archive: Archive, now: float) -> dict[str, Any]:
    midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    total = abandoned = 0
    waits: list[float] = []
    durations: list[float] = []
    async for record in archive.sessions_since(midnight):
        total += 1
        abandoned += record.end_reason in UNSERVED
        if record.accepted_at is not None:
            waits.append(record.wait_seconds(now))
        if record.active_at is not None:
            durations.append(record.duration(now))
    return {
        "total": total,
        "answered": len(waits),
        "abandoned": abandoned,
        "average_wait": _average(waits),
        "average_duration": _average(durations),
    }


def _summary(scores: list[int]) -> dict[str, Any]:
    return {
        "count": len(scores),
        "average": _average(scores),
        "distribution": {str(stars): scores.count(stars) for stars in STARS},
    }


def _average(values: list[float] | list[int]) -> float:
    return round(sum(values) / len(values), 2) if values else 0.0
