"""Takes what clients report of themselves, no more than it may be. specs/monibuca-rooms.md §9.1.

Who reports is known before: names in a report are overwritten with the verified ones.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from roomful.reporting.messages import CLIENT, HeartbeatReport, KvReport, LeaveRoomReport, read
from roomful.reporting.visits import Visits, milliseconds
from roomful.reporting.writer import ReportWriter
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.storage.reports import StoredDownstream, StoredHeartbeat, StoredKv

HEARTBEAT_EVERY = 2.0
"""Seconds between two heartbeats of one session; those between are dropped."""
KV_PER_MINUTE = 60
CLOCK_SKEW = 300.0
"""Seconds by which a client's clock may differ; else the server's time counts."""

Kind: TypeAlias = Literal["heartbeat", "leave_room", "kv"]
KINDS: dict[str, Kind] = {"heartbeat": "heartbeat", "leave_room": "leave_room", "kv": "kv"}


class Allowance:
    """How much one session may still report."""

    def __init__(self) -> None:
        self.next_heartbeat = 0.0
        self.kv_at: deque[float] = deque(maxlen=KV_PER_MINUTE)


class Intake:
    """Takes reports of those who are in a room, or have just left it."""

    def __init__(self, writer: ReportWriter, visits: Visits, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._visits = visits
        self._clock = clock
        self._allowances: dict[str, Allowance] = {}
        self.refused = 0
        """Reports that came too often."""

    def tick(self, now: float) -> None:
        """Forget those who are gone."""
        del now
        gone = [sid for sid in self._allowances if not self._visits.is_here(sid)]
        for sid in gone:
            del self._allowances[sid]

    def take(self, kind: Kind, room: Room, participant: Participant, report: Mapping[str, Any]) -> None:
        """Store a report of this participant. Raises BadReport."""
        match kind:
            case "heartbeat":
                self._heartbeat(room, participant, read(report, HeartbeatReport))
            case "kv":
                self._kv(room, participant, read(report, KvReport))
            case "leave_room":
                self._visits.say(participant.sid, read(report, LeaveRoomReport))

    def take_late(self, kind: Kind, room_id: str, user_id: str, report: Mapping[str, Any]) -> bool:
        """Store what somebody says who has just left. Returns False where that is too late. Raises BadReport."""
        return kind == "leave_room" and self._visits.say_late(room_id, user_id, read(report, LeaveRoomReport))

    def _heartbeat(self, room: Room, participant: Participant, report: HeartbeatReport) -> None:
        now = self._clock()
        allowance = self._allowances.setdefault(participant.sid, Allowance())
        if now < allowance.next_heartbeat:
            self.refused += 1
            return
        allowance.next_heartbeat = now + HEARTBEAT_EVERY
        ts = _time(report.timestamp, now)
        row = StoredHeartbeat(
            id=self._writer.next_id(),
            room_id=room.name,
            user_id=participant.user_id,
            session_id=participant.sid,
            ts=ts,
            source=CLIENT,
            stream_path=report.upstream.stream_path,
            sdk_version=report.sdk_version,
            **msgspec.structs.asdict(report.device),
        )
        report.upstream.into(row)
        received: list[StoredDownstream] = []
        for one in report.downstream:
            part = StoredDownstream(
                id=self._writer.next_id(),
                heartbeat_id=row.id,
                room_id=room.name,
                user_id=participant.user_id,
                publisher_id=one.publisher_id,
                stream_path=one.stream_path,
                ts=ts,
            )
            one.into(part)
            received.append(part)
        self._writer.heartbeat(row, received)

    def _kv(self, room: Room, participant: Participant, report: KvReport) -> None:
        now = self._clock()
        times = self._allowances.setdefault(participant.sid, Allowance()).kv_at
        if len(times) == KV_PER_MINUTE and now - times[0] < 60:
            self.refused += 1
            return
        times.append(now)
        self._writer.kv(
            StoredKv(
                id=self._writer.next_id(),
                room_id=room.name,
                user_id=participant.user_id,
                session_id=participant.sid,
                event=report.event,
                ts=_time(report.timestamp, now),
                source=CLIENT,
                success=report.success,
                latency_ms=report.latency_ms,
                code=report.code,
                message=report.message,
                value=msgspec.json.encode(report.value).decode(),
                sdk_version=report.sdk_version,
            )
        )


def _time(said: float | None, now: float) -> int:
    """The client's time, if its clock can be believed."""
    if said is None or abs(said / 1000 - now) > CLOCK_SKEW:
        return milliseconds(now)
    return round(said)
