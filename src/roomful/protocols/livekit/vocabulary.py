"""LiveKit's enumerations and ours, word for word. specs/livekit.md Appendix A.1."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar, cast

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from livekit.protocol import models

from roomful.rooms.model import (
    AudioFeature,
    Encryption,
    LeaveReason,
    ParticipantKind,
    ParticipantState,
    Quality,
    TrackKind,
    TrackSource,
    VideoQuality,
)

PROTOCOL_NAME = "livekit"
FORWARDED = "forwarded"
"""Protocol of those who are here because they are in another room."""

Ours = TypeVar("Ours", bound=Enum)
Theirs = TypeVar("Theirs", bound=int)


def _by_name(ours: type[Ours], theirs: type[Theirs], prefix: str = "") -> dict[Ours, Theirs]:
    """Pair values of the same name. A name they do not have is an error at import, not in the middle of a call."""
    enumeration = cast(EnumTypeWrapper, theirs)
    return {value: cast(Theirs, enumeration.Value(prefix + value.name)) for value in ours}


def _reversed(table: Mapping[Ours, int]) -> dict[int, Ours]:
    return {number: value for value, number in table.items()}


TRACK_TYPE = _by_name(TrackKind, models.TrackType)
TRACK_KIND = _reversed(TRACK_TYPE)
SOURCE_NUMBER = _by_name(TrackSource, models.TrackSource)
SOURCE = _reversed(SOURCE_NUMBER)
VIDEO_QUALITY_NUMBER = _by_name(VideoQuality, models.VideoQuality)
VIDEO_QUALITY = _reversed(VIDEO_QUALITY_NUMBER)
ENCRYPTION_NUMBER = _by_name(Encryption, models.Encryption.Type)
ENCRYPTION = _reversed(ENCRYPTION_NUMBER)
AUDIO_FEATURE_NUMBER = _by_name(AudioFeature, models.AudioTrackFeature, "TF_")
AUDIO_FEATURE = _reversed(AUDIO_FEATURE_NUMBER)
CONNECTION_QUALITY = _by_name(Quality, models.ConnectionQuality)
STATE = _by_name(ParticipantState, models.ParticipantInfo.State)
KIND = _by_name(ParticipantKind, models.ParticipantInfo.Kind)
DISCONNECT_REASON = _by_name(LeaveReason, models.DisconnectReason)
LEAVE_REASON = _reversed(DISCONNECT_REASON)

_capability = cast(EnumTypeWrapper, models.ClientInfo.Capability)
CAPABILITY = {name: cast(models.ClientInfo.Capability, number) for name, number in _capability.items()}
CAPABILITY_NAME = {number: name for name, number in CAPABILITY.items()}
_sdk = cast(EnumTypeWrapper, models.ClientInfo.SDK)
SDK_NAME: dict[int, str] = {number: name.lower() for name, number in _sdk.items()}
