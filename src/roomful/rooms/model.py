"""The vocabulary of the domain: what a track, a participant, a departure can be.

Every value is its name in lower case: the same word in JSON, logs and tokens (`canPublishSources`, the `kind` claim).
"""

from enum import StrEnum, auto

SERVER = ""
"""Stands where a participant sid would, for what nobody in the room did: an administrator, or the server itself."""


class TrackKind(StrEnum):
    AUDIO = auto()
    VIDEO = auto()


class TrackSource(StrEnum):
    UNKNOWN = auto()
    CAMERA = auto()
    MICROPHONE = auto()
    SCREEN_SHARE = auto()
    SCREEN_SHARE_AUDIO = auto()


class MediaKind(StrEnum):
    """What a person would switch off: every source belongs to one of them."""

    AUDIO = auto()
    VIDEO = auto()
    SCREEN = auto()

    @classmethod
    def of(cls, kind: TrackKind, source: TrackSource) -> "MediaKind":
        """The sound of a shared screen belongs to the screen."""
        if source in (TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO):
            return cls.SCREEN
        return cls.AUDIO if kind is TrackKind.AUDIO else cls.VIDEO


class AudioFeature(StrEnum):
    """What the publisher's capture or encoder does with an audio track."""

    STEREO = auto()
    NO_DTX = auto()
    AUTO_GAIN_CONTROL = auto()
    ECHO_CANCELLATION = auto()
    NOISE_SUPPRESSION = auto()
    ENHANCED_NOISE_CANCELLATION = auto()
    PRECONNECT_BUFFER = auto()


class Encryption(StrEnum):
    """End-to-end encryption of a track's frames. The server passes encrypted frames untouched."""

    NONE = auto()
    GCM = auto()
    CUSTOM = auto()


class VideoQuality(StrEnum):
    """A step of a video track's layers."""

    LOW = auto()
    MEDIUM = auto()
    HIGH = auto()
    OFF = auto()


class Quality(StrEnum):
    """How well a participant is connected."""

    LOST = auto()
    POOR = auto()
    GOOD = auto()
    EXCELLENT = auto()


class DataKind(StrEnum):
    """How data travels: in order and resent, or once and perhaps lost."""

    RELIABLE = auto()
    LOSSY = auto()


class ParticipantState(StrEnum):
    JOINING = auto()
    """In the room; its connection does not know yet."""
    JOINED = auto()
    """Its connection has been told what is in the room."""
    ACTIVE = auto()
    """Its media transport is up."""
    DISCONNECTED = auto()
    """It left. Final."""


class ParticipantKind(StrEnum):
    STANDARD = auto()
    INGRESS = auto()
    EGRESS = auto()
    SIP = auto()
    AGENT = auto()
    CONNECTOR = auto()
    BRIDGE = auto()


class LeaveReason(StrEnum):
    """Why a participant left, or why a room closed (then all its participants leave with that reason)."""

    UNKNOWN_REASON = auto()
    CLIENT_INITIATED = auto()
    DUPLICATE_IDENTITY = auto()
    SERVER_SHUTDOWN = auto()
    PARTICIPANT_REMOVED = auto()
    ROOM_DELETED = auto()
    STATE_MISMATCH = auto()
    JOIN_FAILURE = auto()
    MIGRATION = auto()
    SIGNAL_CLOSE = auto()
    ROOM_CLOSED = auto()
    USER_UNAVAILABLE = auto()
    USER_REJECTED = auto()
    SIP_TRUNK_FAILURE = auto()
    CONNECTION_TIMEOUT = auto()
    MEDIA_FAILURE = auto()
    AGENT_ERROR = auto()


class UnpublishReason(StrEnum):
    """Why a track is gone."""

    BY_PUBLISHER = auto()
    BY_SERVER = auto()
    PERMISSION_LOST = auto()
    PUBLISHER_LEFT = auto()


class RoomPhase(StrEnum):
    OPEN = auto()
    CLOSING = auto()
    """Nobody can enter or change anything any more; those inside are leaving."""
    CLOSED = auto()
    """Empty. Final."""
