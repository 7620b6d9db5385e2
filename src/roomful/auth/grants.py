"""What a verified token allows, with every default already resolved."""

from typing import Any

import msgspec

from roomful.rooms.model import ParticipantKind, TrackSource
from roomful.rooms.permissions import Permission


class VideoGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Rights on rooms and media: the `video` claim of an access token."""

    room_create: bool = False
    """Create and delete rooms; create one by joining it when auto-create is off."""
    room_list: bool = False
    room_record: bool = False
    room_admin: bool = False
    """Manage the participants and the metadata of `room`."""
    room_join: bool = False
    """Connect to `room`."""
    room: str = ""
    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_publish_sources: frozenset[TrackSource] = frozenset()
    """Sources that may be published; empty means all. A non-empty set also excludes tracks of unknown source."""
    can_update_own_metadata: bool = False
    ingress_admin: bool = False
    hidden: bool = False
    """Invisible to the other participants."""
    recorder: bool = False
    agent: bool = False
    can_subscribe_metrics: bool = False
    can_manage_agent_session: bool = False
    destination_room: str = ""

    def permission(self) -> Permission:
        """What the bearer may do in the room."""
        return Permission(
            can_publish=self.can_publish,
            can_subscribe=self.can_subscribe,
            can_publish_data=self.can_publish_data,
            can_publish_sources=self.can_publish_sources,
            can_update_metadata=self.can_update_own_metadata,
            hidden=self.hidden,
            recorder=self.recorder,
            agent=self.agent,
            can_subscribe_metrics=self.can_subscribe_metrics,
            can_manage_agent_session=self.can_manage_agent_session,
            admin=self.room_admin,
        )


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One bearer: who it is, what it may do and until when."""

    identity: str = ""
    name: str = ""
    kind: ParticipantKind = ParticipantKind.STANDARD
    video: VideoGrant
    metadata: str = ""
    attributes: dict[str, str] = {}
    room_config: dict[str, Any] | None = None
    """Protojson `RoomConfiguration`, applied when this bearer's join creates the room."""
    room_preset: str = ""
    """Name of a configured room preset, applied in the same case."""
    api_key: str = ""
    """The API key that signed the token."""
    not_before: float = 0.0
    """Unix seconds; 0 when the token does not say."""
    expires_at: float = 0.0
    """Unix seconds."""


class HlsGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What the bearer of a link may read: two playlists, and the segments that the first of them lists."""

    playlist: str
    """Path of the playlist with all segments, below the folder of recordings."""
    live_playlist: str = ""
    """Path of the playlist with the newest segments; empty where there is none."""
    expires_at: float = 0.0
    """Unix seconds."""
