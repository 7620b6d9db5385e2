"""One worker's connection: what it says, in which order it may. specs/livekit.md §6.6."""

import logging
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from livekit.protocol.agent import (
    JobType,
    RegisterWorkerRequest,
    RegisterWorkerResponse,
    ServerMessage,
    WorkerMessage,
    WorkerPing,
    WorkerPong,
)
from livekit.protocol.models import ServerInfo

from roomful.protocols.livekit.agents.agents import Agents
from roomful.protocols.livekit.agents.job import Topic
from roomful.protocols.livekit.agents.worker import DEFAULT_PERMISSION, PREFIX, Worker
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.ids import new_id

REGISTERS_WITHIN = 10.0
"""Seconds that a connection has to say who it is."""
MAX_NAME_BYTES = 256

logger = logging.getLogger(__name__)


class CloseCode(IntEnum):
    """Why a worker's connection is closed; the reason in the close frame says it in words."""

    UNREADABLE = 1007
    """A frame that is no WorkerMessage."""
    REFUSED = 1008
    """No registration in time, or one that makes no sense."""
    FAILED = 1011
    """A bug of the server."""


class Connection(Protocol):
    """Neither call blocks or raises."""

    def send(self, message: ServerMessage) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


class WorkerSession:
    def __init__(
        self,
        agents: Agents,
        timers: Timers,
        connection: Connection,
        server_info: Callable[[], ServerInfo],
        api_key: str,
        now: float,
    ) -> None:
        """`api_key` is the one that the connection came with."""
        self._agents = agents
        self._connection = connection
        self._server_info = server_info
        self._api_key = api_key
        self.worker: Worker | None = None
        self._deadline = timers.at(now + REGISTERS_WITHIN, self._on_deadline)

    def receive(self, message: WorkerMessage, now: float) -> None:
        """Do what a message says. Before the registration, only pings are answered."""
        kind = message.WhichOneof("message")
        if kind == "ping":
            self._pong(message.ping, now)
        elif kind == "register":
            self._register(message.register, now)
        elif self.worker is None:
            self._connection.close(CloseCode.REFUSED, "register first")
        else:
            self._receive(self.worker, kind, message, now)

    def close(self, now: float) -> None:
        """The connection is gone."""
        self._deadline.cancel()
        worker, self.worker = self.worker, None
        if worker is not None:
            logger.info("a worker is gone", extra=_about(worker))
            self._agents.lose_worker(worker, now)

    def _receive(self, worker: Worker, kind: str | None, message: WorkerMessage, now: float) -> None:
        match kind:
            case "availability":
                self._agents.placement.answer(worker, message.availability, now)
            case "update_worker":
                self._agents.update_worker(worker, message.update_worker, now)
            case "update_job":
                self._agents.jobs.report(message.update_job, now)
            case "migrate_job":
                self._agents.jobs.take_back(worker, message.migrate_job, now)
            case "simulate_job":
                self._agents.simulate(worker, message.simulate_job, now)
            case _:  # of a newer protocol
                pass

    def _register(self, request: RegisterWorkerRequest, now: float) -> None:
        names = (request.agent_name, request.namespace, request.deployment)
        if self.worker is not None:
            self._connection.close(CloseCode.REFUSED, "registered already")
            return
        if request.type not in JobType.values():
            self._connection.close(CloseCode.REFUSED, f"unknown job type {request.type}")
            return
        if any(len(name.encode()) > MAX_NAME_BYTES for name in names):
            self._connection.close(CloseCode.REFUSED, f"a name is longer than {MAX_NAME_BYTES} bytes")
            return
        self._deadline.cancel()
        permission = request.allowed_permissions if request.HasField("allowed_permissions") else DEFAULT_PERMISSION
        worker = self.worker = Worker(
            id=new_id(PREFIX),
            topic=Topic(request.type, *names),
            send=self._connection.send,
            api_key=self._api_key,
            permission=permission,
        )
        registered = RegisterWorkerResponse(worker_id=worker.id, server_info=self._server_info())
        self._connection.send(ServerMessage(register=registered))
        logger.info("a worker has registered", extra=_about(worker) | {"version": request.version})
        self._agents.add_worker(worker, now)

    def _pong(self, ping: WorkerPing, now: float) -> None:
        pong = WorkerPong(last_timestamp=ping.timestamp, timestamp=int(now * 1000))
        self._connection.send(ServerMessage(pong=pong))

    def _on_deadline(self, now: float) -> None:
        self._connection.close(CloseCode.REFUSED, f"no registration within {REGISTERS_WITHIN:.0f} s")


def _about(worker: Worker) -> dict[str, str]:
    return {"worker": worker.id, "agent": worker.topic.agent_name, "kind": JobType.Name(worker.topic.kind)}
