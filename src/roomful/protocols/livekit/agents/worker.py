"""A program that runs agents, as long as it is connected. specs/livekit.md §6.6."""

from collections.abc import Callable
from dataclasses import dataclass, field

from livekit.protocol import models
from livekit.protocol.agent import ServerMessage, UpdateWorkerStatus, WorkerStatus

from roomful.protocols.livekit.agents.job import Job, Phase, Topic

PREFIX = "AW_"

MAX_OFFERS = 32
"""Jobs that one worker is asked about at a time: rooms by the thousand shall not fall upon the first to come."""

DEFAULT_PERMISSION = models.ParticipantPermission(
    can_subscribe=True, can_publish=True, can_publish_data=True, can_update_metadata=True
)
"""What agents may do whose worker does not say."""


@dataclass(slots=True, eq=False)
class Worker:
    """What is known of it. Only `Placement` changes it."""

    id: str
    topic: Topic
    send: Callable[[ServerMessage], None]
    api_key: str = ""
    """With which it came; its jobs' tokens are signed with the same."""
    permission: models.ParticipantPermission = field(default_factory=lambda: DEFAULT_PERMISSION)
    load: float = 0.0
    """0 idle … 1 busy, as it says itself."""
    full: bool = False
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    """That it has, or has been asked about, by id."""

    @property
    def offers(self) -> int:
        return sum(job.phase is Phase.OFFERED for job in self.jobs.values())

    def update(self, status: UpdateWorkerStatus) -> None:
        # A load that is no number, or beyond the scale, would spoil the draw.
        self.load = min(1.0, max(0.0, status.load)) if status.load == status.load else 1.0
        self.full = status.status == WorkerStatus.WS_FULL or status.draining

    def can_take(self, target_load: float) -> bool:
        return not self.full and self.load < target_load and self.offers < MAX_OFFERS
