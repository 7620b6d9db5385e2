"""What an egress is to do, with everything checked that can be checked before it starts."""

from pathlib import Path
from typing import TypeAlias

import msgspec
from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.media.ports.compositor import CompositionPlan
from roomful.media.ports.pcm_stream import PcmStreamPlan
from roomful.media.ports.recorder import Plan, Upload
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


EgressPlan: TypeAlias = Plan | CompositionPlan | PcmStreamPlan
"""What the worker is given, which also says which kind of worker it is."""


class EgressSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The server's side of every egress."""

    directory: Path
    """Folder below which all files are."""
    min_free_bytes: int = 256 * 1024 * 1024
    max_active: int = 100
    """Egresses at the same time: each is a process."""
    max_seconds: float = 0.0
    """Longest time of one egress, from when it is active; 0 is any."""
    allow: list[str] = []
    deny: list[str] = []
    """Where streams may go, see `roomful.outgoing.AddressRules`."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One egress to be."""

    request: Request
    """With its secrets."""
    room: Room
    selection: Selection
    plan: EgressPlan
    manifest: bool
    """Write what was recorded, and when, into a JSON file beside it."""
    webhooks: tuple[models.WebhookConfig, ...] = ()

    @property
    def upload(self) -> Upload | None:
        """Where files go; `None` is the local disk, or that there are none."""
        return None if isinstance(self.plan, PcmStreamPlan) else self.plan.upload
