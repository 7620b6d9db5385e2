"""The JWT claims as they stand in a token, and the way from them to a `Grant` and back.

In the wire form a right that is absent or null is not the same as one that is false: an absent `canPublish` means
true, and an absent `canPublishData` means whatever `canPublish` says. Source: LiveKit access token reference.
"""

from typing import Any

import msgspec

from roomful.auth.grants import Grant, VideoGrant
from roomful.rooms.model import ParticipantKind, TrackSource


class VideoClaims(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """The `video` object of a token; `None` is "not said"."""

    room_create: bool | None = None
    room_list: bool | None = None
    room_record: bool | None = None
    room_admin: bool | None = None
    room_join: bool | None = None
    room: str | None = None
    can_publish: bool | None = None
    can_subscribe: bool | None = None
    can_publish_data: bool | None = None
    can_publish_sources: list[str] | None = None
    can_update_own_metadata: bool | None = None
    ingress_admin: bool | None = None
    hidden: bool | None = None
    recorder: bool | None = None
    agent: bool | None = None
    can_subscribe_metrics: bool | None = None
    can_manage_agent_session: bool | None = None
    destination_room: str | None = None

    def resolve(self) -> VideoGrant:
        """Apply the defaults of absent rights."""
        named = self.can_publish_sources or []
        sources = frozenset(source for name in named if (source := _SOURCES.get(name.lower())) is not None)
        # A list of sources this server has never heard of allows nothing; an empty set would allow everything.
        can_publish = self.can_publish is not False and (bool(sources) or not named)
        can_publish_data = self.can_publish_data
        return VideoGrant(
            room_create=bool(self.room_create),
            room_list=bool(self.room_list),
            room_record=bool(self.room_record),
            room_admin=bool(self.room_admin),
            room_join=bool(self.room_join),
            room=self.room or "",
            can_publish=can_publish,
            can_subscribe=self.can_subscribe is not False,
            can_publish_data=self.can_publish is not False if can_publish_data is None else can_publish_data,
            can_publish_sources=sources,
            can_update_own_metadata=bool(self.can_update_own_metadata),
            ingress_admin=bool(self.ingress_admin),
            hidden=bool(self.hidden),
            recorder=bool(self.recorder),
            agent=bool(self.agent),
            can_subscribe_metrics=bool(self.can_subscribe_metrics),
            can_manage_agent_session=bool(self.can_manage_agent_session),
            destination_room=self.destination_room or "",
        )

    @classmethod
    def of(cls, video: VideoGrant) -> "VideoClaims":
        """Spell a grant out. The three rights that default to true are always written; others only when true."""
        return cls(
            room_create=video.room_create or None,
            room_list=video.room_list or None,
            room_record=video.room_record or None,
            room_admin=video.room_admin or None,
            room_join=video.room_join or None,
            room=video.room or None,
            can_publish=video.can_publish,
            can_subscribe=video.can_subscribe,
            can_publish_data=video.can_publish_data,
            can_publish_sources=sorted(source.name.lower() for source in video.can_publish_sources) or None,
            can_update_own_metadata=video.can_update_own_metadata or None,
            ingress_admin=video.ingress_admin or None,
            hidden=video.hidden or None,
            recorder=video.recorder or None,
            agent=video.agent or None,
            can_subscribe_metrics=video.can_subscribe_metrics or None,
            can_manage_agent_session=video.can_manage_agent_session or None,
            destination_room=video.destination_room or None,
        )


class HlsClaims(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The `hls` object of a token in a link to a recording, which roomful alone makes and reads."""

    playlist: str
    live: str = ""


class Claims(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All claims roomful reads or writes. Others are ignored, as the token format asks."""

    iss: str | None = None
    sub: str | None = None
    jti: str | None = None
    nbf: float | None = None
    exp: float | None = None
    iat: float | None = None
    identity: str | None = None
    name: str | None = None
    kind: str | None = None
    video: VideoClaims | None = None
    metadata: str | None = None
    attributes: dict[str, str] | None = None
    room_config: dict[str, Any] | None = msgspec.field(default=None, name="roomConfig")
    room_preset: str | None = msgspec.field(default=None, name="roomPreset")
    hls: HlsClaims | None = None

    def resolve(self, video: VideoClaims) -> Grant:
        """The grant of claims whose signature and times have been checked."""
        rights = video.resolve()
        return Grant(
            # Very old SDKs put the identity into `jti`; Go's writes `identity` beside `sub`, and `sub` wins.
            identity=self.sub or self.jti or "",
            name=self.name or "",
            kind=_kind(self.kind, rights),
            video=rights,
            metadata=self.metadata or "",
            attributes=self.attributes or {},
            room_config=self.room_config,
            room_preset=self.room_preset or "",
            api_key=self.iss or "",
            not_before=self.nbf or 0.0,
            expires_at=self.exp or 0.0,
        )

    @classmethod
    def of(cls, grant: Grant, *, key: str, not_before: int, expires_at: int) -> "Claims":
        return cls(
            iss=key,
            sub=grant.identity or None,
            nbf=not_before,
            exp=expires_at,
            identity=grant.identity or None,
            name=grant.name or None,
            kind=grant.kind.name.lower(),
            video=VideoClaims.of(grant.video),
            metadata=grant.metadata or None,
            attributes=grant.attributes or None,
            room_config=grant.room_config,
            room_preset=grant.room_preset or None,
        )


def _kind(claim: str | None, video: VideoGrant) -> ParticipantKind:
    """The participant's kind; tokens from before the claim existed say it by a grant."""
    if claim:
        return _KINDS.get(claim.lower(), ParticipantKind.STANDARD)
    if video.agent:
        return ParticipantKind.AGENT
    if video.recorder:
        return ParticipantKind.EGRESS
    return ParticipantKind.STANDARD


_KINDS = {kind.name.lower(): kind for kind in ParticipantKind}
_SOURCES = {source.name.lower(): source for source in TrackSource if source is not TrackSource.UNKNOWN}
