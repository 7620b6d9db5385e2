"""A programme: tracks, and their frames in the order of their time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

import msgspec

from roomful.p2p import AudioConfig, VideoConfig

PRESETS = (180, 360, 720, 1080)
"""Heights that stock viewers know renditions by."""

OPUS_TRACK = "audio/opus-hq"
OPUS = AudioConfig(codec="opus", sample_rate=48_000, number_of_channels=2)


class Offer(msgspec.Struct, frozen=True):
    """A track: how it is called in its broadcast, and what it is."""

    name: str
    config: VideoConfig | AudioConfig

    @property
    def is_video(self) -> bool:
        return isinstance(self.config, VideoConfig)


class Shot(msgspec.Struct, frozen=True):
    """A frame of the track with this index, at a time of the programme in ns."""

    track: int
    at: int
    data: bytes
    keyframe: bool


class Demand(Protocol):
    """What is wanted of the tracks, by index. What nobody reads need not be encoded."""

    def is_read(self, track: int) -> bool:
        """Whether somebody reads it."""
        ...

    def keyframe_due(self, track: int) -> bool:
        """Whether a keyframe is to be next: once for each time that somebody begins to read."""
        ...


class Programme(Protocol):
    """Something to be played once."""

    @property
    def offers(self) -> Sequence[Offer]: ...

    @property
    def live(self) -> bool:
        """Its frames come when they are due; nobody has to wait for their time."""
        ...

    def shots(self) -> Iterator[Shot]:
        """Yield its frames. Raises `worker.states.Failed` when it cannot go on."""
        ...

    def close(self) -> None: ...


Opening: TypeAlias = Callable[[Demand], Programme]
"""Opens a programme from its beginning. Raises `worker.states.Failed`."""


def video_offer(codec: str, width: int, height: int, fps: float) -> Offer:
    """The offer of an H.264 track. `codec` is as WebCodecs names it."""
    nearest = min(PRESETS, key=lambda preset: abs(preset - height))
    config = VideoConfig(codec=codec, coded_width=width, coded_height=height, framerate=fps)
    return Offer(f"video/h264-{nearest}p", config)
