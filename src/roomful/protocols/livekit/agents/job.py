"""One piece of work for an agent, from the wish to the end. specs/livekit.md §6.6."""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING, NamedTuple

from livekit.protocol import models
from livekit.protocol.agent import Job as JobInfo
from livekit.protocol.agent import JobState, JobStateReason, JobStatus, JobType

if TYPE_CHECKING:
    from roomful.protocols.livekit.agents.dispatch import Dispatch
    from roomful.protocols.livekit.agents.worker import Worker

PREFIX = "AJ_"


class Topic(NamedTuple):
    """What workers register for: jobs are given to workers with the same."""

    kind: JobType
    agent_name: str = ""
    """Empty: whatever room there is; else only rooms that ask for this name."""
    namespace: str = ""
    """Each namespace has its own agents in a room."""
    deployment: str = ""


class Phase(StrEnum):
    WAITING = auto()
    """For a worker that can take it."""
    OFFERED = auto()
    """A worker has been asked."""
    RUNNING = auto()
    """A worker has it; or, without `worker`, had it when its connection was lost."""
    ENDED = auto()
    """Final."""


@dataclass(slots=True, eq=False)
class Job:
    """Only `Placement` and `Agents` change it."""

    id: str
    topic: Topic
    room_name: str
    dispatch: "Dispatch | None" = None
    """Whose wish it is; None for a simulated one."""
    participant: models.ParticipantInfo | None = None
    """Whom the agent is for; None: the room."""
    restarts: int = 0
    """Jobs before it that failed at the same thing."""
    phase: Phase = Phase.WAITING
    worker: "Worker | None" = None
    refused_by: set[str] = field(default_factory=set[str])
    """Ids of workers that did not want it, this time round."""
    rounds: int = 0
    """How often all workers have refused it."""
    status: JobStatus = JobStatus.JS_PENDING
    reason: JobStateReason = JobStateReason.JSR_UNSPECIFIED
    error: str = ""
    identity: str = ""
    """Of the agent in the room, once a worker has accepted."""
    started_at: float = 0.0
    """Unix seconds; 0 until it runs."""
    ended_at: float = 0.0
    updated_at: float = 0.0

    @property
    def target(self) -> str:
        """Identity of the participant that the agent is for; empty: the room."""
        return "" if self.participant is None else self.participant.identity

    @property
    def key(self) -> tuple[JobType, str, str]:
        """Its place in its dispatch: kind, namespace, target."""
        return self.topic.kind, self.topic.namespace, self.target

    def move(self, phase: Phase, status: JobStatus, now: float) -> None:
        self.phase = phase
        self.status = status
        self.updated_at = now

    def info(self, room: models.Room) -> JobInfo:
        """As workers and the API are told of it."""
        wish = self.dispatch
        return JobInfo(
            id=self.id,
            dispatch_id="" if wish is None else wish.id,
            type=self.topic.kind,
            room=room,
            participant=self.participant,
            namespace=self.topic.namespace,
            metadata="" if wish is None else wish.metadata,
            attributes={} if wish is None else wish.attributes,
            agent_name=self.topic.agent_name,
            deployment=self.topic.deployment,
            state=JobState(
                status=self.status,
                reason=self.reason,
                error=self.error,
                started_at=nanoseconds(self.started_at),
                ended_at=nanoseconds(self.ended_at),
                updated_at=nanoseconds(self.updated_at),
                participant_identity=self.identity,
                worker_id="" if self.worker is None else self.worker.id,
                agent_id="" if self.worker is None else self.worker.id,
            ),
        )


def nanoseconds(seconds: float) -> int:
    """Unix time as this service writes it."""
    return int(seconds * 1_000_000) * 1_000
