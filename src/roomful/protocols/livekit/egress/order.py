"""What an egress is to do, with everything checked that can be checked before it starts."""

from pathlib import Path
from typing import TypeAlias

import msgspec
from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.media.ports.compositor import CompositionPlan
from roomful.media.ports.recorder import Plan
from roomful.media.ports.recording import Selection
from roomful.rooms.room import Room

Request: TypeAlias = (
    messages.RoomCompositeEgressRequest
    | messages.ParticipantEgressRequest
    | messages.TrackCompositeEgressRequest
    | messages.TrackEgressRequest
    | messages.StartEgressRequest
)

FIELDS: dict[type[Request], str] = {
    messages.RoomCompositeEgressRequest: "room_composite",
    messages.ParticipantEgressRequest: "participant",
    messages.TrackCompositeEgressRequest: "track_composite",
    messages.TrackEgressRequest: "track",
    messages.StartEgressRequest: "egress",
}
"""Where a request stands in `EgressInfo`."""


class EgressSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The server's side of every egress."""

    directory: Path
    """Folder below which all files are."""
    min_free_bytes: int = 256 * 1024 * 1024
    max_active: int = 100
    """Egresses at the same time: each is a process."""
    max_seconds: float = 0.0
    """Longest time of one egress, from when it is active; 0 is any."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One egress to be."""

    request: Request
    """With its secrets."""
    room: Room
    selection: Selection
    plan: Plan | CompositionPlan
    manifest: bool
    """Write what was recorded, and when, into a JSON file beside it."""
    webhooks: tuple[models.WebhookConfig, ...] = ()
