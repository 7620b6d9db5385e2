"""What a bot does: the first line that the worker reads from its control socket."""

from typing import Annotated, TypeAlias

import msgspec

Even = Annotated[int, msgspec.Meta(ge=16, le=3840, multiple_of=2)]


class Play(msgspec.Struct, frozen=True, kw_only=True, tag="play", tag_field="bot"):
    """Plays a file that FFmpeg can read."""

    path: str
    loop: bool = False


class Pull(msgspec.Struct, frozen=True, kw_only=True, tag="pull", tag_field="bot"):
    """Plays what FFmpeg gets from a URL: a file, HLS, RTSP, SRT. Whoever plans it has checked where it leads."""

    url: str


class Pattern(msgspec.Struct, frozen=True, kw_only=True, tag="pattern", tag_field="bot"):
    """Shows a moving test pattern; each full second of the wall clock it flashes and beeps for a tenth of a second."""

    width: Even = 640
    height: Even = 360
    fps: Annotated[int, msgspec.Meta(ge=1, le=60)] = 15
    colour: Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")] = "#2060c0"
    """Of the background."""
    tone: Annotated[float, msgspec.Meta(ge=20, le=20_000)] = 1000.0
    """Of the beep, in Hz."""
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0
    """How long; 0 is until it is stopped."""


class Echo(msgspec.Struct, frozen=True, kw_only=True, tag="echo", tag_field="bot"):
    """Sends back what it gets."""

    delay: Annotated[float, msgspec.Meta(ge=0, le=30)] = 1.0
    """Seconds."""


Act: TypeAlias = Play | Pull | Pattern | Echo


class BotPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One bot."""

    act: Act
