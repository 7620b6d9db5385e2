"""What to mix for whom: the first line that the worker reads from its control socket, and later ones."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.frames import Codec

MAX_MEMBERS = 64
MAX_RECORDERS = 4
"""Who listen as members do, and are none."""
MAX_PLAYBACKS = 32
"""Files that are played at the same time; each has a thread and a decoder."""

VOLUME_DB = 3
"""Decibels of one step of volume."""


class MemberPlan(msgspec.Struct, frozen=True, kw_only=True, tag="member"):
    """One member, who is to be in the mix. Sent again for the same `sid`, it changes the settings."""

    sid: str
    """Of the participant; tracks of others are left out."""

    listens: bool = True
    """Gets a mix."""
    mute_audio: bool = False
    """Heard by nobody but those whose `hears` names the member."""
    mute_video: bool = False
    """Not seen."""
    deaf: bool = False
    """Hears nothing but what `hears` names, and files that are played to the member."""
    always_mix: bool = False
    """Heard however quiet; otherwise only above -50 dBFS."""
    volume_in: int = 0
    """How loud others hear the member, -4 to 4, 3 dB a step; likewise `volume_out` for what the member hears."""
    volume_out: int = 0
    gain: float = 0.0
    """How loud others hear the member besides, in dB."""
    hears: dict[str, float | None] = {}
    """Exceptions from all that: sid of another member → gain in dB at which this one is heard here, `None`: not."""


class Playback(msgspec.Struct, frozen=True, kw_only=True, tag="play"):
    """A file whose sound is played into the mix. Sent again for the same `id`, all but `path` and `loop` change."""

    id: str
    """Differs from all sids."""
    path: str
    loop: bool = False
    gain: float = 0.0
    """dB."""
    to: list[str] | None = None
    """Sids of the members who hear it; `None` is all that are not deaf."""
    paused: bool = False
    """It stands still; later it goes on from there."""


class MixPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One mixer: one room."""

    room_name: str
    room_id: str
    members: list[MemberPlan] = []

    layout: str = "group:grid"
    """See `layouts`."""

    width: int = 1280
    height: int = 720
    fps: int = 15
    video_bitrate: int = 1_500_000
    video_codecs: tuple[Codec, ...] = (Codec.VP8,)
    """One picture, encoded once for each of these: VP8 and H.264 are possible, none is sound alone."""

    audio_bitrate: int = 64_000
    names: bool = False
    offline: bool = False
    """Let the frames' own times be the clock instead of this machine's."""

    delay_seconds: float = 0.02
    """How long 20 ms wait for frames after their end, at first; then as long as voices are late: `scene.jitter`."""


class RemoveMember(msgspec.Struct, frozen=True, tag="remove_member"):
    """This member is in the mix no more."""

    sid: str


class StopPlayback(msgspec.Struct, frozen=True, tag="stop_playback"):
    """Play this file no more; one that is not played is no error."""

    id: str


class SetLayout(msgspec.Struct, frozen=True, tag="layout"):
    """Arrange the picture another way from now on."""

    layout: str


class SetFloor(msgspec.Struct, frozen=True, tag="floor"):
    """Give the floor to this member whoever talks; an empty `sid` lets it follow the talk again."""

    sid: str = ""


class Reserve(msgspec.Struct, frozen=True, tag="reserve"):
    """Show this member in the cells with this reservation; an empty `sid` clears them."""

    reservation: str
    sid: str = ""


Command: TypeAlias = MemberPlan | RemoveMember | Playback | StopPlayback | SetLayout | SetFloor | Reserve
