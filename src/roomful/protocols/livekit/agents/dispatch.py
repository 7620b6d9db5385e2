"""A room's wish for agents of one name. specs/livekit.md §6.5."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from livekit.protocol import models
from livekit.protocol.agent import JobType
from livekit.protocol.agent_dispatch import (
    AgentDispatch,
    AgentDispatchState,
    CreateAgentDispatchRequest,
    JobRestartPolicy,
    ListAgentDispatchResponse,
    RoomAgentDispatch,
)
from livekit.protocol.room import RoomConfiguration

from roomful.protocols.livekit.agents.job import Job, Topic, nanoseconds
from roomful.protocols.livekit.room_service.room_options import AGENTS, DISPATCHES
from roomful.rooms.ids import new_id

PREFIX = "AD_"

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Dispatch:
    """Whom to send for, and the jobs that came of it."""

    id: str
    created_at: float
    agent_name: str = ""
    metadata: str = ""
    """For the agent; rooms have their own."""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    deployment: str = ""
    restarts: bool = True
    """Whether a job that fails is given to somebody anew."""
    jobs: dict[tuple[JobType, str, str], Job] = field(default_factory=dict[tuple[JobType, str, str], Job])
    """The newest job by kind, namespace, and identity of the participant it is for."""

    def wants(self, topic: Topic) -> bool:
        return topic.agent_name == self.agent_name and topic.deployment == self.deployment

    def info(self, room: models.Room, deleted_at: float = 0.0) -> AgentDispatch:
        return AgentDispatch(
            id=self.id,
            agent_name=self.agent_name,
            room=room.name,
            metadata=self.metadata,
            attributes=self.attributes,
            deployment=self.deployment,
            restart_policy=JobRestartPolicy.JRP_ON_FAILURE if self.restarts else JobRestartPolicy.JRP_NEVER,
            state=AgentDispatchState(
                jobs=[job.info(models.Room(sid=room.sid, name=room.name)) for job in self.jobs.values()],
                created_at=nanoseconds(self.created_at),
                deleted_at=nanoseconds(deleted_at),
            ),
        )


def dispatch_of(request: CreateAgentDispatchRequest | RoomAgentDispatch | AgentDispatch, now: float) -> Dispatch:
    """What somebody asks for; or, of an `AgentDispatch`, what was there before a restart."""
    known = request if isinstance(request, AgentDispatch) else AgentDispatch()
    return Dispatch(
        id=known.id or new_id(PREFIX),
        created_at=known.state.created_at / 1e9 or now,
        agent_name=request.agent_name,
        metadata=request.metadata,
        attributes=dict(request.attributes),
        deployment=request.deployment,
        restarts=request.restart_policy != JobRestartPolicy.JRP_NEVER,
    )


def dispatches_of(attachments: Mapping[str, bytes], now: float) -> list[Dispatch]:
    """What a room wants: what it has stored; else what it was opened with; else whatever agent takes all rooms."""
    try:
        if DISPATCHES in attachments:
            stored = ListAgentDispatchResponse.FromString(attachments[DISPATCHES]).agent_dispatches
            return [dispatch_of(dispatch, now) for dispatch in stored]
        wishes = RoomConfiguration.FromString(attachments.get(AGENTS, b"")).agents
    except DecodeError:
        logger.error("the agents of a room cannot be read")
        wishes = ()
    return [dispatch_of(wish, now) for wish in wishes] or [Dispatch(id=new_id(PREFIX), created_at=now)]


def stored_dispatches(dispatches: Iterable[Dispatch]) -> bytes:
    """For the room to keep, without the jobs."""
    stored = [dispatch.info(models.Room()) for dispatch in dispatches]
    for dispatch in stored:
        del dispatch.state.jobs[:]
    return ListAgentDispatchResponse(agent_dispatches=stored).SerializeToString()
