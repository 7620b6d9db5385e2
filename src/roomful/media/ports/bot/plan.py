"""What a bot does: the first line that the worker reads from its control socket; and what can be asked of a film."""

from typing import Annotated, TypeAlias

import msgspec

Even = Annotated[int, msgspec.Meta(ge=16, le=3840, multiple_of=2)]


class Play(msgspec.Struct, frozen=True, kw_only=True, tag="play", tag_field="bot"):
    """Plays a file that FFmpeg can read."""

    path: str
    loop: bool = False
    volume: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.0
    """Factor of the sound's amplitude."""
    pictures: bool = True
    """False: only the sound is played."""


class Pull(msgspec.Struct, frozen=True, kw_only=True, tag="pull", tag_field="bot"):
    """Plays what FFmpeg gets from a URL: a file, HLS, RTSP, SRT."""

    url: str
    allow: tuple[str, ...] = ()
    """With `deny`: where it may lead, itself and whatever is found there; see `outgoing.AddressRules`."""
    deny: tuple[str, ...] = ()


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


class Pause(msgspec.Struct, frozen=True, kw_only=True, tag="pause", tag_field="do"):
    """Let the film stand still."""


class Resume(msgspec.Struct, frozen=True, kw_only=True, tag="resume", tag_field="do"):
    """Let it go on."""


class Seek(msgspec.Struct, frozen=True, kw_only=True, tag="seek", tag_field="do"):
    """Let it go on from the last keyframe before a time. A film without a duration stays where it is."""

    position: Annotated[float, msgspec.Meta(ge=0)]
    """Seconds."""


Command: TypeAlias = Pause | Resume | Seek


class FilmStatus(msgspec.Struct, frozen=True, kw_only=True, tag="film"):
    """Where a film is: reported when a turn begins, and after each command."""

    duration: float
    """Seconds; 0: nobody knows, and it cannot be put elsewhere."""
    position: float
    """Seconds from its beginning."""
    at: float
    """Unix seconds of this report."""
    paused: bool

    def position_at(self, now: float) -> float:
        """Where it is at this moment, in Unix seconds."""
        position = self.position if self.paused else self.position + max(0.0, now - self.at)
        return min(position, self.duration) if self.duration else position
