"""A room's wish for agents of one name. specs/livekit.md §6.5."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from livekit.protocol import models
from livekit.protocol.agent import JobType
from livekit.protocol.agent_dispatch import (
    AgentDispatch,
    AgentDispatchState,
    CreateAgentDispatchRequest,
    JobRestartPolicy,
    RoomAgentDispatch,
)
from livekit.protocol.room import RoomConfiguration

from roomful.protocols.livekit.agents.job import Job, Topic, nanoseconds
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.ids import new_id
from roomful.rooms.limits import Limits, check_attributes, check_length, check_metadata

PREFIX = "AD_"
MAX_DEPLOYMENT = 64
"""Letters of a deployment's name."""

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


def dispatch_of(request: CreateAgentDispatchRequest | RoomAgentDispatch, now: float) -> Dispatch:
    return Dispatch(
        id=new_id(PREFIX),
        created_at=now,
        agent_name=request.agent_name,
        metadata=request.metadata,
        attributes=dict(request.attributes),
        deployment=request.deployment,
        restarts=request.restart_policy != JobRestartPolicy.JRP_NEVER,
    )


def dispatches_of(attachment: bytes, now: float) -> list[Dispatch]:
    """What a room was opened with: its wishes; without any, one for whatever agent takes all rooms."""
    try:
        wishes = RoomConfiguration.FromString(attachment).agents
    except DecodeError:
        logger.error("the agents of a room cannot be read")
        wishes = ()
    return [dispatch_of(wish, now) for wish in wishes] or [Dispatch(id=new_id(PREFIX), created_at=now)]


def check_dispatch(
    agent_name: str, metadata: str, attributes: Mapping[str, str], deployment: str, limits: Limits
) -> None:
    """Raise INVALID_ARGUMENT for what no dispatch can have."""
    check_length("agent name", agent_name, limits.participant_name)
    check_metadata(metadata, limits)
    check_attributes(attributes, limits)
    if len(deployment) > MAX_DEPLOYMENT:
        raise RoomError(
            RoomErrorCode.INVALID_ARGUMENT, f"deployment length exceeds limits: max length {MAX_DEPLOYMENT}"
        )
    for position, letter in enumerate(deployment):
        if letter == "_" or letter.isspace() or not letter.isprintable():
            raise RoomError(
                RoomErrorCode.INVALID_ARGUMENT,
                f"deployment contains an underscore, whitespace or control character at position {position}",
            )
