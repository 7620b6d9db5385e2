"""A participant: one connection of somebody to a room, whatever protocol it speaks."""

from dataclasses import dataclass, field

import msgspec

from roomful.rooms.model import ParticipantKind, ParticipantState
from roomful.rooms.permissions import Permission
from roomful.rooms.tracks import Track

_DEPENDENT_KINDS = frozenset({ParticipantKind.AGENT, ParticipantKind.EGRESS})


def is_dependent(kind: ParticipantKind, permission: Permission) -> bool:
    """Say whether such a participant is here because of others: it takes no place and does not keep the room open."""
    return kind in _DEPENDENT_KINDS or permission.agent or permission.recorder


class JoinRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to enter, as the grant and the connection say."""

    identity: str
    """Unique in the room: whoever has it already has to go."""
    user_id: str = ""
    """The person behind it, if one user may hold several identities. Empty: the identity."""
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = {}
    permission: Permission = Permission()
    kind: ParticipantKind = ParticipantKind.STANDARD
    protocol: str = ""
    """`livekit`, `monibuca`, `signals`, …"""
    region: str = ""
    client: dict[str, str] = {}
    """What is known of software and device: `sdk`, `version`, `os`, `browser`, `device_model`, `address`, …"""
    auto_subscribe: bool = True


class ParticipantSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How a participant was when it left. Its tracks left before it."""

    sid: str
    identity: str
    user_id: str
    name: str
    metadata: str
    attributes: dict[str, str]
    permission: Permission
    kind: ParticipantKind
    protocol: str
    region: str
    joined_at: float
    active_at: float | None
    version: int
    state: ParticipantState


@dataclass(slots=True, eq=False)
class Participant:
    """A member of a room. Only the room changes it."""

    sid: str
    identity: str
    user_id: str
    name: str
    metadata: str
    attributes: dict[str, str]
    permission: Permission
    kind: ParticipantKind
    protocol: str
    region: str
    client: dict[str, str]
    auto_subscribe: bool
    joined_at: float
    """Unix seconds."""
    active_at: float | None = None
    """Unix seconds when its media transport came up for the first time."""
    state: ParticipantState = ParticipantState.JOINING
    version: int = 1
    """Grows by one with every change that others see, its tracks' included."""
    tracks: dict[str, Track] = field(default_factory=dict[str, Track])
    """By sid, announced ones included."""

    @property
    def hidden(self) -> bool:
        return self.permission.hidden

    @property
    def is_publisher(self) -> bool:
        return any(track.published for track in self.tracks.values())

    @property
    def is_recorder(self) -> bool:
        return self.permission.recorder or self.kind is ParticipantKind.EGRESS

    @property
    def is_agent(self) -> bool:
        return self.permission.agent or self.kind is ParticipantKind.AGENT

    @property
    def dependent(self) -> bool:
        return is_dependent(self.kind, self.permission)

    def snapshot(self) -> ParticipantSnapshot:
        return ParticipantSnapshot(**{name: getattr(self, name) for name in ParticipantSnapshot.__struct_fields__})
