"""What requests bring. specs/monibuca-rooms.md §7.8."""

from typing import Annotated

import msgspec

from roomful.plugins.meeting import messages
from roomful.plugins.meeting.agenda import NewItem
from roomful.plugins.meeting.transcript import Segment

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
UserId = Annotated[str, msgspec.Meta(max_length=256)]
Time = Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000_000)]
"""Unix milliseconds."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting to be."""

    title: Title
    host_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    meeting_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = None
    """None: one that is made up."""
    scheduled_at: Time | None = None
    duration: Annotated[float, msgspec.Meta(ge=0, le=604_800)] | None = None
    """Seconds; 0: no end. None: as configured."""
    password: Annotated[str, msgspec.Meta(max_length=256)] = ""
    lobby: bool | None = None
    record: bool = False
    """Record from the start to the end."""
    transcribe: bool = False
    agenda: Annotated[list[NewItem], msgspec.Meta(max_length=100)] = []
    invitees: Annotated[list[UserId], msgspec.Meta(max_length=200)] = []


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; what is not said stays."""

    title: Title | None = None
    host_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None = None
    scheduled_at: Time | None = None
    duration: Annotated[float, msgspec.Meta(ge=0, le=604_800)] | None = None
    lobby: bool | None = None
    invitees: Annotated[list[UserId], msgspec.Meta(max_length=200)] | None = None


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    locked: bool = True


class LobbyOn(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    reason: messages.Reason = ""


class Muting(msgspec.Struct, frozen=True, kw_only=True):
    kind: messages.Kind = "audio"
    reason: messages.Reason = ""


class Banning(msgspec.Struct, frozen=True, kw_only=True):
    duration: Annotated[float, msgspec.Meta(ge=0, le=10 * 365 * 86_400)] = 0
    reason: messages.Reason = ""


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    segments: Annotated[list[Segment], msgspec.Meta(min_length=1, max_length=500)]
    """Each `segment_id` counts once, however often it is sent."""
