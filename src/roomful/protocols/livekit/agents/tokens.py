"""With what an agent joins the room of its job. specs/livekit.md §6.6."""

from collections.abc import Callable
from typing import TypeAlias

from livekit.protocol.agent import AvailabilityResponse

from roomful.auth.grants import Grant, VideoGrant
from roomful.protocols.livekit.agents.job import Job
from roomful.protocols.livekit.agents.worker import Worker
from roomful.protocols.livekit.room_service.participants import permission_of
from roomful.rooms.model import ParticipantKind

TOKEN_SECONDS = 3600.0
"""How long an agent may take to join; who is in gets new tokens."""
AGENT_NAME = "lk.agent_name"
"""Attribute by which clients tell agents apart."""

Sign: TypeAlias = Callable[[Grant, str, float, float], str]
"""Makes a token of a grant, with an API key, for so many seconds from now."""


class JobTokens:
    def __init__(self, sign: Sign) -> None:
        self._sign = sign

    def mint(self, job: Job, worker: Worker, answer: AvailabilityResponse, now: float) -> str:
        """The token for the room of a job: what the worker's agents may do, and what this one is called."""
        permission = permission_of(worker.permission, admin=False)
        grant = Grant(
            identity=job.identity,
            name=answer.participant_name,
            kind=ParticipantKind.AGENT,
            metadata=answer.participant_metadata,
            attributes={AGENT_NAME: job.topic.agent_name, **answer.participant_attributes},
            video=VideoGrant(
                room_join=True,
                room=job.room_name,
                agent=True,
                can_publish=permission.can_publish,
                can_subscribe=permission.can_subscribe,
                can_publish_data=permission.can_publish_data,
                can_publish_sources=permission.can_publish_sources,
                can_update_own_metadata=permission.can_update_metadata,
                can_subscribe_metrics=permission.can_subscribe_metrics,
                can_manage_agent_session=permission.can_manage_agent_session,
                hidden=permission.hidden,
            ),
        )
        return self._sign(grant, worker.api_key, TOKEN_SECONDS, now)


def identity_of(job: Job, answer: AvailabilityResponse) -> str:
    """What the agent is called in the room."""
    return answer.participant_identity or f"agent-{job.id}"
