"""What a participant may do. Whoever issues the grant decides it; the room enforces it."""

import msgspec

from roomful.rooms.model import TrackSource


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """Rights of one participant in one room. Defaults are those of a plain participant; specs/livekit.md §2.3."""

    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_publish_sources: frozenset[TrackSource] = frozenset()
    """Sources that may be published. Empty means all; anything else excludes `unknown` unless it is listed."""
    can_update_metadata: bool = False
    """May change its own name, metadata and attributes."""
    hidden: bool = False
    """Others never see it. It still takes a place in the room."""
    recorder: bool = False
    """Its presence means that the room is being recorded; publishers cannot lock it out of their tracks."""
    agent: bool = False
    can_subscribe_metrics: bool = False
    can_manage_agent_session: bool = False
    admin: bool = False
    """May manage the room and the others in it."""

    def allows(self, source: TrackSource) -> bool:
        """Say whether a track of this source may be published."""
        return self.can_publish and (not self.can_publish_sources or source in self.can_publish_sources)
