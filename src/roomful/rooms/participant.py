"""A participant: one connection of somebody to a room, whatever protocol it speaks."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from roomful.rooms.model import MediaKind, ParticipantKind, ParticipantState
from roomful.rooms.permissions import Permission
from roomful.rooms.roles import Role
from roomful.rooms.tracks import Track

_DEPENDENT_KINDS = frozenset({ParticipantKind.AGENT, ParticipantKind.EGRESS})


def is_dependent(kind: ParticipantKind, permission: Permission) -> bool:
    """Say whether such a participant is here because of others: it takes no place and does not keep the room open."""
    return kind in _DEPENDENT_KINDS or permission.agent or permission.recorder


def takes_place(kind: ParticipantKind, permission: Permission, role: Role, *, robot: bool) -> bool:
    """Say whether such a participant counts: neither helpers of the server, nor robots, nor the service's staff do."""
    return not (robot or role is Role.ADMIN or is_dependent(kind, permission))


class MediaState(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends."""

    audio: bool = False
    video: bool = False
    screen: bool = False


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
    role: Role | None = None
    """None: for the room to decide."""
    passes_lobby: bool = False
    """Somebody has decided already that it need not wait to be let in."""
    robot: bool = False
    """Nobody: it takes no place and is not counted."""
    announces: bool = False
    """What it publishes is also for those who are on hold."""
    not_before: float | None = None
    """Unix seconds from which on the token is good that it comes with; None: it has none."""
    extra: dict[str, Any] = {}
    """What a verification service or an extension knows of the user; the room never looks inside."""


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
    client: dict[str, str]
    joined_at: float
    active_at: float | None
    version: int
    state: ParticipantState
    role: Role
    robot: bool
    announces: bool
    extra: dict[str, Any]


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
    role: Role = Role.MEMBER
    robot: bool = False
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    force_muted: frozenset[MediaKind] = frozenset()
    """What a host does not let it send."""
    said_media: MediaState | None = None
    """What it says that it sends; None: see its tracks."""
    away: bool = False
    """Its connection is lost and may come back."""
    connected: bool = True
    """Its connection is alive, as far as is known. Unlike `away`, nobody is told."""
    receiving: bool = True
    """False: on hold, it gets nobody's media but announcements."""
    announces: bool = False
    """What it publishes is an announcement."""

    @property
    def media(self) -> MediaState:
        """What it says, or shows, that it sends."""
        if self.said_media is not None:
            return self.said_media
        sent = {track.media_kind for track in self.tracks.values() if track.published and not track.muted}
        return MediaState(audio=MediaKind.AUDIO in sent, video=MediaKind.VIDEO in sent, screen=MediaKind.SCREEN in sent)

    @property
    def is_member(self) -> bool:
        """Say whether others see a person: no helper of the server, no robot, no observer."""
        return not (self.dependent or self.robot or self.hidden)

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

    @property
    def counted(self) -> bool:
        """Say whether it takes a place and keeps the room open."""
        return takes_place(self.kind, self.permission, self.role, robot=self.robot)

    def snapshot(self) -> ParticipantSnapshot:
        return ParticipantSnapshot(**{name: getattr(self, name) for name in ParticipantSnapshot.__struct_fields__})
