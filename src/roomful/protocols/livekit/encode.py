"""From the domain to LiveKit's messages. specs/livekit.md §1.4, §3.8, §3.12."""

from collections.abc import Iterable

from livekit.protocol import models

from roomful.protocols.livekit import vocabulary
from roomful.protocols.livekit.announcement import Announcement, Codec, announcement_of
from roomful.protocols.livekit.vocabulary import CAPABILITY, FORWARDED
from roomful.rooms.model import AudioFeature, LeaveReason, ParticipantState
from roomful.rooms.participant import Participant, ParticipantSnapshot
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.tracks import Layer, Track, TrackSnapshot

ENABLED_CODECS = (
    "audio/PCMU",
    "audio/PCMA",
    "audio/opus",
    "audio/red",
    "video/VP8",
    "video/H264",
    "video/VP9",
    "video/AV1",
    "video/H265",
    "video/rtx",
)
"""What rooms accept. `audio/red` is redundant Opus (RFC 2198)."""


def room_info(room: Room, codecs: Iterable[str] = ENABLED_CODECS) -> models.Room:
    counts = room.counts
    return models.Room(
        sid=room.sid,
        name=room.name,
        empty_timeout=room.options.empty_timeout,
        departure_timeout=room.options.departure_timeout,
        max_participants=room.options.max_participants,
        creation_time=int(room.created_at),
        creation_time_ms=int(room.created_at * 1000),
        enabled_codecs=[models.Codec(mime=mime) for mime in codecs],
        metadata=room.metadata,
        num_participants=counts.num_participants,
        num_publishers=counts.num_publishers,
        active_recording=counts.active_recording or room.rules.recording,
    )


def participant_info(participant: Participant, viewer: str | None = None) -> models.ParticipantInfo:
    """A participant that is in the room, with its published tracks: all, or those that the viewer may know of."""
    info = _participant(participant)
    info.client_protocol = _number(participant.client.get("client_protocol", ""))
    capabilities = participant.client.get("capabilities", "").split(",")
    info.capabilities.extend(CAPABILITY[name] for name in capabilities if name in CAPABILITY)
    info.is_publisher = participant.is_publisher
    info.tracks.extend(
        track_info(track)
        for track in participant.tracks.values()
        if track.published and (viewer is None or track.is_for(viewer))
    )
    return info


def departed_info(participant: ParticipantSnapshot, reason: LeaveReason) -> models.ParticipantInfo:
    """A participant that has left; its tracks are gone before it."""
    info = _participant(participant)
    info.disconnect_reason = vocabulary.DISCONNECT_REASON[reason]
    return info


def vanished_info(participant: Participant) -> models.ParticipantInfo:
    """A participant that has become invisible: to others it looks like one that left."""
    info = _participant(participant)
    info.state = vocabulary.STATE[ParticipantState.DISCONNECTED]
    return info


def permission_info(permission: Permission) -> models.ParticipantPermission:
    return models.ParticipantPermission(
        can_subscribe=permission.can_subscribe,
        can_publish=permission.can_publish,
        can_publish_data=permission.can_publish_data,
        can_publish_sources=sorted(vocabulary.SOURCE_NUMBER[source] for source in permission.can_publish_sources),
        hidden=permission.hidden,
        recorder=permission.recorder,
        can_update_metadata=permission.can_update_metadata,
        agent=permission.agent,
        can_subscribe_metrics=permission.can_subscribe_metrics,
        can_manage_agent_session=permission.can_manage_agent_session,
    )


def track_info(track: Track | TrackSnapshot) -> models.TrackInfo:
    """A track, published or only announced, or one that was published."""
    published = isinstance(track, TrackSnapshot) or track.published
    announcement = announcement_of(track.announcement) or _without_announcement(track)
    layers = [_video_layer(layer) for layer in track.layers]
    info = models.TrackInfo(
        sid=track.sid,
        type=vocabulary.TRACK_TYPE[track.kind],
        name=track.name,
        muted=track.muted,
        width=track.width,
        height=track.height,
        simulcast=track.simulcast,
        disable_dtx=AudioFeature.NO_DTX in track.audio_features,
        source=vocabulary.SOURCE_NUMBER[track.source],
        layers=layers,
        mime_type=track.mime if published else "",
        mid=track.mid,
        stereo=AudioFeature.STEREO in track.audio_features,
        disable_red=not track.red,
        encryption=vocabulary.ENCRYPTION_NUMBER[track.encryption],
        stream=track.stream,
        audio_features=sorted(vocabulary.AUDIO_FEATURE_NUMBER[feature] for feature in track.audio_features),
        backup_codec_policy=announcement.backup_codec_policy,
        packet_trailer_features=announcement.packet_trailer_features,
    )
    if published:
        info.version.unix_micro = int(track.updated_at * 1_000_000)
    for index, codec in enumerate(announcement.codecs):
        info.codecs.append(
            models.SimulcastCodecInfo(
                mime_type=codec.mime,
                mid=codec.mid,
                cid=codec.cid,
                sdp_cid=codec.sdp_cid,
                video_layer_mode=codec.mode,
                layers=[_video_layer(layer) for layer in codec.layers] if index else layers,
            )
        )
    return info


def audio_features(numbers: Iterable[int]) -> frozenset[AudioFeature]:
    """Features by number; unknown ones, from a newer client, are left out."""
    return frozenset(feature for number in numbers if (feature := vocabulary.AUDIO_FEATURE.get(number)) is not None)


def _participant(participant: Participant | ParticipantSnapshot) -> models.ParticipantInfo:
    return models.ParticipantInfo(
        sid=participant.sid,
        identity=participant.identity,
        state=vocabulary.STATE[participant.state],
        metadata=participant.metadata,
        attributes=participant.attributes,
        joined_at=int(participant.joined_at),
        joined_at_ms=int(participant.joined_at * 1000),
        name=participant.name,
        version=participant.version,
        permission=permission_info(participant.permission),
        region=participant.region,
        kind=vocabulary.KIND[participant.kind],
        kind_details=[models.ParticipantInfo.KindDetail.FORWARDED] if participant.protocol == FORWARDED else (),
    )


def _video_layer(layer: Layer) -> models.VideoLayer:
    return models.VideoLayer(
        quality=vocabulary.VIDEO_QUALITY_NUMBER[layer.quality],
        width=layer.width,
        height=layer.height,
        bitrate=layer.bitrate,
        ssrc=layer.ssrc,
        spatial_layer=layer.spatial,
        rid=layer.rid,
        repair_ssrc=layer.repair_ssrc,
    )


def _without_announcement(track: Track | TrackSnapshot) -> Announcement:
    """What a track of another protocol would have been announced as."""
    mode = models.VideoLayer.Mode.ONE_SPATIAL_LAYER_PER_STREAM
    return Announcement(codecs=(Codec(mime=track.mime, mid=track.mid, mode=mode),))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
