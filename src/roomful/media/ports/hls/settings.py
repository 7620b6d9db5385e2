"""What the configuration says about streams that are offered as HLS too."""

import msgspec

from roomful.config import Config
from roomful.media.ports.canvas import sides_of

SEGMENT_SECONDS = 2.0
KEPT_SEGMENTS = 20
"""The five newest are listed; the others are for who plays behind."""


class HlsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How pictures are made, and how many streams at the same time."""

    max_streams: int = 4
    """0: none."""
    width: int = 1280
    height: int = 720
    fps: int = 25
    bitrate: int = 2_000_000
    """Of the picture, in bits per second."""


def settings_of(config: Config) -> HlsSettings:
    """Raises ConfigError: there is no such canvas."""
    wanted = config.room_signals.hls
    width, height = sides_of(wanted.canvas, "room_signals.hls.canvas")
    return HlsSettings(
        max_streams=wanted.max_streams, width=width, height=height, fps=wanted.fps, bitrate=wanted.bitrate
    )
