"""A track: one stream of audio or video that a participant announces, binds to media and takes away again."""

from dataclasses import dataclass, field

import msgspec

from roomful.rooms.model import AudioFeature, Encryption, MediaKind, TrackKind, TrackSource, VideoQuality


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One encoding of a video track. `ssrc` and `repair_ssrc` are 0 until its first packet."""

    quality: VideoQuality = VideoQuality.HIGH
    width: int = 0
    height: int = 0
    bitrate: int = 0
    """Bits per second the publisher aims at."""
    rid: str = ""
    spatial: int = 0
    ssrc: int = 0
    repair_ssrc: int = 0


class TrackSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher says about a track before any media of it exists."""

    kind: TrackKind
    source: TrackSource = TrackSource.UNKNOWN
    name: str = ""
    mime: str = ""
    """Preferred codec, e.g. `video/vp8`; the binding decides."""
    width: int = 0
    height: int = 0
    muted: bool = False
    simulcast: bool = False
    layers: tuple[Layer, ...] = ()
    stream: str = ""
    """Tracks of one publisher with the same stream name belong together (lip sync)."""
    encryption: Encryption = Encryption.NONE
    audio_features: frozenset[AudioFeature] = frozenset()
    red: bool = True
    """Redundant audio is welcome."""
    only_for: str = ""
    """Sid of the only participant it is for, as a mix without that participant's own voice; empty: it is for all."""
    announcement: object = None
    """What the publishing protocol tells sessions of its own kind; the room never looks inside."""


class TrackSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How a track was when it went away."""

    sid: str
    publisher: str
    kind: TrackKind
    source: TrackSource
    name: str
    mime: str
    mid: str
    muted: bool
    width: int
    height: int
    simulcast: bool
    layers: tuple[Layer, ...]
    stream: str
    encryption: Encryption
    audio_features: frozenset[AudioFeature]
    red: bool
    only_for: str
    announcement: object
    version: int
    updated_at: float


@dataclass(slots=True, eq=False)
class Track:
    """A track of a room. Only the room changes it."""

    sid: str
    publisher: str
    """Sid of the participant."""
    kind: TrackKind
    source: TrackSource = TrackSource.UNKNOWN
    name: str = ""
    mime: str = ""
    """As announced until published, then canonical (`video/VP8`, `audio/opus`)."""
    mid: str = ""
    muted: bool = False
    muted_by: str | None = None
    """Participant sid or SERVER; None while not muted."""
    muted_otherwise: bool = False
    """Whether it would be muted if no host forced it to be."""
    width: int = 0
    height: int = 0
    simulcast: bool = False
    layers: tuple[Layer, ...] = ()
    stream: str = ""
    encryption: Encryption = Encryption.NONE
    audio_features: frozenset[AudioFeature] = field(default_factory=frozenset[AudioFeature])
    red: bool = True
    only_for: str = ""
    announcement: object = None
    published: bool = False
    """Bound to media: others know it. False while only announced."""
    version: int = 1
    """Grows by one with every change."""
    updated_at: float = 0.0
    """Unix seconds of the last change."""

    @property
    def media_kind(self) -> MediaKind:
        return MediaKind.of(self.kind, self.source)

    @property
    def stereo(self) -> bool:
        return AudioFeature.STEREO in self.audio_features

    @property
    def dtx(self) -> bool:
        return AudioFeature.NO_DTX not in self.audio_features

    def is_for(self, participant: str) -> bool:
        """Say whether this participant may know of the track at all."""
        return self.only_for in ("", participant)

    def spec(self) -> TrackSpec:
        """What its publisher would say of it now."""
        return TrackSpec(**{name: getattr(self, name) for name in TrackSpec.__struct_fields__})

    def snapshot(self) -> TrackSnapshot:
        return TrackSnapshot(**{name: getattr(self, name) for name in TrackSnapshot.__struct_fields__})

    def touch(self, now: float) -> None:
        """Count a change that others see."""
        self.version += 1
        self.updated_at = now
