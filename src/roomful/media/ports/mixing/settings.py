"""What the configuration says about mixed rooms."""

import msgspec

from roomful.config import Config, ConfigError
from roomful.media.ports.canvas import sides_of
from roomful.media.ports.frames import Codec
from roomful.media.ports.mixer import MixPlan
from roomful.media.ports.mixer.layouts import BadLayout, check

_CODECS: dict[str, tuple[Codec, ...]] = {"vp8": (Codec.VP8,), "h264": (Codec.H264,), "none": ()}


class MixSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all rooms."""

    plan: MixPlan
    """Its room is filled in."""
    all_rooms: bool = False
    max_rooms: int = 16
    """Mixed at the same time; 0 is any number."""


def settings_of(config: Config) -> MixSettings:
    """How rooms are mixed that nobody asked to be mixed otherwise.

    Raises:
        ConfigError: there is no such layout, or canvas.
    """
    wanted = config.mcu
    try:
        check(wanted.layout)
    except BadLayout as error:
        raise ConfigError(str(error), key="mcu.layout") from None
    width, height = sides_of(wanted.canvas, "mcu.canvas")
    plan = MixPlan(
        room_name="",
        room_id="",
        layout=wanted.layout,
        width=width,
        height=height,
        fps=wanted.fps,
        video_bitrate=wanted.bitrate,
        video_codecs=_CODECS[wanted.video],
        names=wanted.names,
    )
    return MixSettings(plan=plan, all_rooms=wanted.rooms == "all", max_rooms=wanted.max_rooms)
