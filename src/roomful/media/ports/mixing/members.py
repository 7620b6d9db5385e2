"""Who is in a mix, and how. Settings are kept by identity: who comes back finds them as they were."""

from typing import Annotated

import msgspec

from roomful.media.ports.mixer import MemberPlan, Playback
from roomful.media.ports.mixer.plan import MAX_MEMBERS
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

Volume = Annotated[int, msgspec.Meta(ge=-4, le=4)]
Gain = Annotated[float, msgspec.Meta(ge=-60, le=20)]
SILENCE = -120.0
"""dB of what is in the mix and not to be heard."""


class MemberSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a member is in the mix. Hidden participants are neither heard nor seen unless `hears` of others says so.

    A customer on hold is `mute_audio` and `deaf`, and has a file played to. A supervisor who listens is `mute_audio`,
    and whispers where `hears` of the agent names the supervisor.
    """

    mute_audio: bool = False
    """Heard by nobody but those whose `hears` names the member."""
    mute_video: bool = False
    """Not seen."""
    deaf: bool = False
    """Hears nothing but what `hears` names, and files that are played to the member."""
    always_mix: bool = False
    """Heard however quiet; otherwise only above -50 dBFS."""
    volume_in: Volume = 0
    """How loud others hear the member, in steps of 3 dB; likewise `volume_out` for what the member hears."""
    volume_out: Volume = 0
    gain: Annotated[float, msgspec.Meta(ge=SILENCE, le=20)] = 0.0
    """How loud others hear the member besides, in dB."""
    hears: Annotated[dict[str, Gain | None], msgspec.Meta(max_length=MAX_MEMBERS)] = {}
    """Identity of another member → gain in dB at which this one is heard here, `None`: not at all."""


PLAIN = MemberSettings()


class PlayedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the mix, and who hears it."""

    path: str
    loop: bool
    gain: float
    to: tuple[str, ...] | None
    """Identities; `None` is all that are not deaf."""
    paused: bool = False


def members_of(room: Room) -> list[Participant]:
    """Return who belongs into the mix, in the order of joining: neither the mixer, nor who works here unseen."""
    return [
        one
        for one in room.participants.values()
        if not (one.sid == room.mixer or one.is_recorder or one.announces or (one.dependent and one.hidden))
    ]


def member_plan(room: Room, member: Participant, settings: MemberSettings) -> MemberPlan:
    """Return the settings as a worker has them."""
    return MemberPlan(
        sid=member.sid,
        listens=member.permission.can_subscribe,
        mute_audio=settings.mute_audio or member.hidden,
        mute_video=settings.mute_video or member.hidden,
        deaf=settings.deaf,
        always_mix=settings.always_mix,
        volume_in=settings.volume_in,
        volume_out=settings.volume_out,
        gain=settings.gain,
        hears={sid: gain for identity, gain in settings.hears.items() if (sid := sid_of(room, identity))},
    )


def playback(room: Room, number: str, played: PlayedFile) -> Playback:
    """Return a played file as a worker has it."""
    to = None if played.to is None else [sid for identity in played.to if (sid := sid_of(room, identity))]
    return Playback(id=number, path=played.path, loop=played.loop, gain=played.gain, to=to)


def sid_of(room: Room, identity: str) -> str:
    """Return the sid of somebody; empty where nobody of that name is here."""
    found = room.find(identity)
    return found.sid if found is not None else ""
