"""Rooms whose members get one sound and one picture, made by a mixer, in place of everybody's tracks.

    mixed_rooms  all of them: started, found, ended
    mixed_room   one: follows its room, feeds a worker of `media.ports.mixer`, publishes what it makes
    voice_mix    one member's voice: louder or more softly, with files mixed in
    desk         what is set: layout, who hears whom, files that are played
    members      who is in a mix, and how: from identities, which last, to the sids that a worker knows
    settings     what the configuration says

The worker may die: another one goes on with the same settings, and nobody gets anybody's tracks in between.
"""

from roomful.media.ports.mixing.desk import Desk
from roomful.media.ports.mixing.members import SILENCE, MemberSettings
from roomful.media.ports.mixing.mixed_room import MixedRoom, MixInfo, MixState
from roomful.media.ports.mixing.mixed_rooms import MixedRooms
from roomful.media.ports.mixing.settings import MixSettings, settings_of

__all__ = [
    "SILENCE",
    "Desk",
    "MemberSettings",
    "MixInfo",
    "MixSettings",
    "MixState",
    "MixedRoom",
    "MixedRooms",
    "settings_of",
]
