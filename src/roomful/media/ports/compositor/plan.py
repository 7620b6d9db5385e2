"""What to compose, and where to: the first line that the worker reads from its control socket, and later ones."""

import enum
from typing import TypeAlias

import msgspec

from roomful.media.ports.recorder.plan import Upload


class FileKind(enum.StrEnum):
    """Containers of whole files."""

    MP4 = enum.auto()
    """H.264 and AAC or Opus, fragmented, so that a file that was never finished plays."""
    OGG = enum.auto()
    """Opus alone, whatever the plan says about video."""
    MP3 = enum.auto()
    """Sound alone, too."""


class AudioCodec(enum.StrEnum):
    """Sound in MP4 files. Segments and streams have AAC, Ogg has Opus."""

    AAC = enum.auto()
    OPUS = enum.auto()


class VideoProfile(enum.StrEnum):
    """Profiles of H.264."""

    BASELINE = enum.auto()
    MAIN = enum.auto()
    HIGH = enum.auto()


class Background(enum.StrEnum):
    """What is behind the tiles."""

    DARK = enum.auto()
    LIGHT = enum.auto()


class Suffix(enum.StrEnum):
    """What tells segments and images of one output apart."""

    INDEX = enum.auto()
    """`_00001` and so on."""
    TIMESTAMP = enum.auto()
    """`_20060102150405000`: UTC, with milliseconds."""
    NONE = enum.auto()
    """Images only: each is written over the one before."""


class FileOutput(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """One file from the beginning to the end."""

    directory: str
    """Folder below which the file is; made where missing."""

    path: str = ""
    """Template of the path below `directory`, with `{room_name}`, `{room_id}` and `{time}`; generated where it is empty
    or ends with `/`. Also the key in object storage. The extension follows `kind`. Files are never written over."""

    kind: FileKind = FileKind.MP4


LIVE_SEGMENTS = 5
"""Newest segments that a live playlist lists."""


class SegmentOutput(msgspec.Struct, frozen=True, kw_only=True, tag="segments"):
    """HLS (RFC 8216): MPEG-TS segments, a playlist that grows, and on wish one with the newest five."""

    directory: str
    prefix: str = ""
    """Template of the path of segments below `directory`, without number: `<prefix>_00001.ts`."""

    playlist_name: str = ""
    """Path of the EVENT playlist below `directory`, with `{time}` and the others; `<prefix>.m3u8` where empty."""

    live_playlist_name: str = ""
    """Path of the playlist with the newest segments alone; none where empty."""

    segment_seconds: float = 4.0
    kept_segments: int = 0
    """Newest segments that stay on the disk, for streams that have no end; then `playlist_name` lists the newest five,
    too. 0: all."""

    suffix: Suffix = Suffix.INDEX


class ImageOutput(msgspec.Struct, frozen=True, kw_only=True, tag="images"):
    """JPEG stills."""

    directory: str
    prefix: str = ""
    """Template of the path below `directory`: `<prefix>_00001.jpeg`."""

    interval_seconds: float = 10.0
    width: int = 0
    """0: as wide as the composed picture; likewise `height`."""
    height: int = 0
    suffix: Suffix = Suffix.INDEX


class StreamOutput(msgspec.Struct, frozen=True, kw_only=True, tag="stream"):
    """Push over RTMP."""

    url: str
    """`rtmp://` or `rtmps://`. The last part of its path is usually secret."""


Output: TypeAlias = FileOutput | SegmentOutput | ImageOutput | StreamOutput


class CompositionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One composition: one room, one picture, one mix, any number of outputs."""

    room_name: str
    room_id: str
    outputs: list[Output]

    layout: str = "grid"
    """`grid`, `speaker` or `single-speaker`, each also with `-dark` or `-light` behind, which wins over
    `background`."""

    background: Background = Background.DARK
    names: bool = True
    """Whether tiles show who is in them."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    video_bitrate: int = 3_000_000
    """Bits per second; likewise `audio_bitrate`."""
    video_profile: VideoProfile = VideoProfile.MAIN
    keyframe_seconds: float = 4.0
    """Longest time between keyframes. Segments begin with one in any case."""

    audio_bitrate: int = 128_000
    audio_codec: AudioCodec = AudioCodec.AAC
    audio_only: bool = False
    video_only: bool = False

    await_media: bool = True
    """Begin with the first frame of any track; otherwise at once, with an empty room."""

    offline: bool = False
    """Let the frames' own times be the clock instead of this machine's: for frames that do not come live."""

    delay_seconds: float = 0.4
    """How long a moment waits for the frames of those with a slow network, before it is composed without them."""

    min_free_bytes: int = 256 * 1024 * 1024
    """Free space on the disk below which composing does not start, or stops."""

    upload: Upload | None = None


class SetLayout(msgspec.Struct, frozen=True, tag="layout"):
    """Arrange the tiles another way from now on."""

    layout: str


class AddStream(msgspec.Struct, frozen=True, tag="add_stream"):
    """Push to this URL too; one that is pushed to already is left alone."""

    url: str


class RemoveStream(msgspec.Struct, frozen=True, tag="remove_stream"):
    """Push to this URL no more."""

    url: str


Command: TypeAlias = SetLayout | AddStream | RemoveStream
