"""`/api/console`: what an administrator's pages show and do beside reports. For whom the dashboards are for."""

import importlib.metadata
import os
import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Router, get, post
from litestar.exceptions import ClientException
from litestar.params import FromQuery, JSONBody

from roomful.auth.admin import AdminCheck
from roomful.draining import Drain
from roomful.extensions.operations import RoomOperations
from roomful.extensions.permission_operations import prepared
from roomful.protocols.livekit.agents.agents import Agents
from roomful.protocols.livekit.egress import Egresses
from roomful.protocols.monibuca.authority import ADMIN
from roomful.rooms.extension import RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.registry import Rooms
from roomful.web import metrics
from roomful.web.console_views import (
    STARTED_AT,
    RecordingLine,
    RoomLine,
    ServerLine,
    Work,
    WorkerLine,
    newest_recordings,
    resident_bytes,
    room_line,
    worker_line,
)
from roomful.web.room_endpoints import Answer, Asked, misunderstood, refused, require_admin

PREFIX = "/api/console"
TAGS = ["console"]
MOST_RECORDINGS = 200


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do to a room, or to somebody in it."""

    room_id: str
    op: Literal["kick", "mute", "unmute", "close_room"]
    user_id: str | None = None
    params: dict[str, Any] = {}
    """Of `mute` and `unmute`: `kind`, `audio`, `video` or `screen`."""


class RoomLineAnswer(Answer, frozen=True, kw_only=True):
    data: RoomLine


class ServerAnswer(Answer, frozen=True, kw_only=True):
    data: ServerLine


class WorkersAnswer(Answer, frozen=True, kw_only=True):
    data: list[WorkerLine]


class RecordingLinesAnswer(Answer, frozen=True, kw_only=True):
    data: list[RecordingLine]


class Console:
    """What is looked at and done."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        operations: RoomOperations,
        engine: metrics.MeasuredEngine,
        saver: metrics.Saver,
        reports: metrics.Reporting,
        works: Mapping[str, metrics.Work],
        agents: Agents,
        egresses: Egresses,
        drain: Drain,
    ) -> None:
        self._rooms = rooms
        self._operations = operations
        self._engine = engine
        self._saver = saver
        self._reports = reports
        self._works = works
        self._agents = agents
        self._egresses = egresses
        self._drain = drain

    def room(self, room_id: str) -> RoomLine:
        """Raises RoomApiError (ROOM_NOT_FOUND)."""
        return room_line(self._operations.room(room_id))

    def server(self) -> ServerLine:
        stats = self._engine.stats()
        return ServerLine(
            version=importlib.metadata.version("roomful"),
            now=time.time(),
            started_at=STARTED_AT,
            cpu_seconds=round(time.process_time(), 3),
            cores=os.cpu_count() or 1,
            resident_bytes=resident_bytes(),
            rooms=len(self._rooms),
            participants=sum(len(room.participants) for room in self._rooms),
            peers=stats.peers,
            packets_in=stats.packets_in,
            packets_out=stats.packets_out,
            bytes_in=stats.bytes_in,
            bytes_out=stats.bytes_out,
            drops=stats.send_drops + stats.data_drops + stats.frame_drops,
            panics=stats.panics,
            storage_healthy=self._saver.healthy,
            reports=self._reports.health,
            draining=self._drain.until is not None,
            work={
                kind: Work(active=work.active, started=work.started, failed=work.failed)
                for kind, work in self._works.items()
            },
        )

    def workers(self) -> list[WorkerLine]:
        workers = (worker for of_topic in self._agents.placement.workers.values() for worker in of_topic.values())
        return sorted((worker_line(worker) for worker in workers), key=lambda line: (line.agent_name, line.id))

    async def recordings(self, most: int) -> list[RecordingLine]:
        recorder = self._operations.ports.recorder
        of_rooms = await recorder.newest(most) if recorder is not None else ()
        return newest_recordings(self._egresses.list(), of_rooms, most)

    async def do(self, deed: Deed) -> None:
        """As an administrator. Raises RoomApiError."""
        room = self._operations.room(deed.room_id)
        carry = await prepared(self._operations, deed.room_id, ADMIN, deed.op, deed.user_id, deed.params)
        await self._operations.extensions.action_of(room, ADMIN.user_id, deed.op, deed.user_id, deed.params)
        await carry()


def console_endpoints(console: Console, may_ask: AdminCheck) -> Router:
    """`may_ask` says for whom."""

    def check(request: Asked) -> None:
        require_admin(request, may_ask)

    @get("/room", tags=TAGS, summary="Who is in an open room now, with everything that they send")
    async def room(request: Asked, room_id: FromQuery[str]) -> RoomLineAnswer:
        check(request)
        return RoomLineAnswer(data=console.room(room_id))

    @post("/actions", status_code=200, tags=TAGS, summary="Mute or remove somebody, or close a room")
    async def act(request: Asked, data: JSONBody[Deed]) -> Answer:
        check(request)
        await console.do(data)
        return Answer(data=None)

    @get("/server", tags=TAGS, summary="How this node does")
    async def server(request: Asked) -> ServerAnswer:
        check(request)
        return ServerAnswer(data=console.server())

    @get("/workers", tags=TAGS, summary="Programs that run agents here, and where")
    async def workers(request: Asked) -> WorkersAnswer:
        check(request)
        return WorkersAnswer(data=console.workers())

    @get("/recordings", tags=TAGS, summary="Recordings that run, and the newest that have ended")
    async def recordings(request: Asked, limit: FromQuery[int] = 50) -> RecordingLinesAnswer:
        check(request)
        if not 1 <= limit <= MOST_RECORDINGS:
            raise bad_field("limit", f"limit is 1 to {MOST_RECORDINGS}")
        return RecordingLinesAnswer(data=await console.recordings(limit))

    return Router(
        path=PREFIX,
        route_handlers=[room, act, server, workers, recordings],
        exception_handlers={RoomApiError: refused, ClientException: misunderstood},
    )
