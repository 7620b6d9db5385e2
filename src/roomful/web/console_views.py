"""What an administrator's pages show beside reports: who is here now, who works here, what is recorded, how we do."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from livekit.protocol.agent import JobType
from livekit.protocol.egress import EgressInfo, EgressStatus

from roomful.protocols.livekit.agents.worker import Worker
from roomful.reporting.writer import Health
from roomful.rooms.extension.views import RecordingView
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room


class TrackLine(msgspec.Struct, frozen=True, kw_only=True):
    sid: str
    kind: str
    """`audio`, `video` or `screen`: what a mute is of."""
    source: str
    muted: bool


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of one user."""

    user_id: str
    name: str
    role: str
    protocol: str
    joined_at: int
    """Unix milliseconds."""
    kind: str
    """`standard`, `agent`, `ingress` and the like, or `robot`."""
    hidden: bool
    force_muted: tuple[str, ...]
    tracks: tuple[TrackLine, ...]


class RoomLine(msgspec.Struct, frozen=True, kw_only=True):
    room_id: str
    type: str
    title: str
    locked: bool
    recording: bool
    created_at: int
    people: tuple[PersonLine, ...]


class WorkerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A program that runs agents."""

    id: str
    agent_name: str
    """Empty: it takes any room."""
    kind: str
    """`room`, `publisher` or `participant`: what it takes one job for each of."""
    load: float
    """0 … 1."""
    full: bool
    rooms: tuple[str, ...]
    """Where its jobs are, one for each job."""


class RecordingLine(msgspec.Struct, frozen=True, kw_only=True):
    """An egress, or what a room recorded of itself."""

    id: str
    room_id: str
    status: str
    """`starting`, `active`, `ending`, `complete`, `failed`, `aborted`, `limit_reached`."""
    started_at: int
    """Unix milliseconds; 0: not yet."""
    ended_at: int
    """0: not yet."""
    size: int
    """Bytes."""
    file: str
    error: str


class Work(msgspec.Struct, frozen=True, kw_only=True):
    active: int
    started: int
    failed: int


class ServerLine(msgspec.Struct, frozen=True, kw_only=True):
    """This node. Counters begin with it."""

    version: str
    now: float
    """Unix seconds."""
    started_at: float
    cpu_seconds: float
    """Of this process; what workers of recordings need is theirs."""
    cores: int
    resident_bytes: int
    rooms: int
    participants: int
    peers: int
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    drops: int
    """Packets, messages and frames that were not sent."""
    panics: int
    storage_healthy: bool
    reports: Health
    draining: bool
    work: dict[str, Work]


def room_line(room: Room) -> RoomLine:
    people = (one for one in room.participants.values() if not one.is_recorder)
    return RoomLine(
        room_id=room.name,
        type=room.options.type,
        title=room.rules.title,
        locked=room.rules.locked,
        recording=room.rules.recording or room.counts.active_recording,
        created_at=round(room.created_at * 1000),
        people=tuple(_person(one) for one in people),
    )


def _person(one: Participant) -> PersonLine:
    published = (track for track in one.tracks.values() if track.published)
    return PersonLine(
        user_id=one.user_id,
        name=one.name,
        role=str(one.role),
        protocol=one.protocol,
        joined_at=round(one.joined_at * 1000),
        kind="robot" if one.robot else str(one.kind),
        hidden=one.hidden,
        force_muted=tuple(sorted(str(kind) for kind in one.force_muted)),
        tracks=tuple(
            TrackLine(sid=track.sid, kind=str(track.media_kind), source=str(track.source), muted=track.muted)
            for track in published
        ),
    )


def worker_line(worker: Worker) -> WorkerLine:
    return WorkerLine(
        id=worker.id,
        agent_name=worker.topic.agent_name,
        kind=JobType.Name(worker.topic.kind).removeprefix("JT_").lower(),
        load=round(worker.load, 3),
        full=worker.full,
        rooms=tuple(job.room_name for job in worker.jobs.values()),
    )


def newest_recordings(
    egresses: Iterable[EgressInfo], recordings: Sequence[RecordingView], most: int
) -> list[RecordingLine]:
    """Both together; those that run first, and then those that began last."""
    lines = [*(_egress(info) for info in egresses), *(_recording(view) for view in recordings)]
    lines.sort(key=lambda line: (line.ended_at == 0, line.started_at), reverse=True)
    return lines[:most]


def _egress(info: EgressInfo) -> RecordingLine:
    files = [*info.file_results] or ([info.file] if info.HasField("file") else [])
    return RecordingLine(
        id=info.egress_id,
        room_id=info.room_name,
        status=EgressStatus.Name(info.status).removeprefix("EGRESS_").lower(),
        started_at=info.started_at // 1_000_000,
        ended_at=info.ended_at // 1_000_000,
        size=sum(file.size for file in files),
        file=", ".join(file.location or file.filename for file in files),
        error=info.error,
    )


def _recording(view: RecordingView) -> RecordingLine:
    runs = view.status == "recording"
    return RecordingLine(
        id=view.id,
        room_id=view.room_id,
        status="active" if runs else view.status,
        started_at=view.started_at,
        ended_at=0 if runs else round(view.started_at + view.duration * 1000),
        size=view.size,
        file=view.file,
        error="",
    )


def resident_bytes() -> int:
    """Of this process; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except (OSError, IndexError, ValueError):
        return 0


STARTED_AT = time.time()
