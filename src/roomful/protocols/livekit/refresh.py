"""Fresh tokens, which clients use to come back. specs/livekit.md §2.6."""

import msgspec

from roomful.auth.grants import Grant
from roomful.rooms.participant import Participant

INTERVAL = 300.0
"""Seconds between two tokens."""
MIN_LIFETIME = 600.0
"""Seconds a fresh token is good for at least."""


def refreshed(grant: Grant, participant: Participant) -> Grant:
    """The grant a participant came with, brought up to what it is and may do now."""
    permission = participant.permission
    return msgspec.structs.replace(
        grant,
        name=participant.name,
        metadata=participant.metadata,
        attributes=participant.attributes,
        kind=participant.kind,
        video=msgspec.structs.replace(
            grant.video,
            can_publish=permission.can_publish,
            can_subscribe=permission.can_subscribe,
            can_publish_data=permission.can_publish_data,
            can_publish_sources=permission.can_publish_sources,
            can_update_own_metadata=permission.can_update_metadata,
            hidden=permission.hidden,
            recorder=permission.recorder,
            agent=permission.agent,
            can_subscribe_metrics=permission.can_subscribe_metrics,
            can_manage_agent_session=permission.can_manage_agent_session,
        ),
    )


def lifetime(grant: Grant, now: float) -> float:
    """Seconds a fresh token is good for: as long as the original, but not shorter than clients need."""
    return max(MIN_LIFETIME, grant.expires_at - now)
