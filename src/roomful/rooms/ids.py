"""Identifiers of rooms, participants and tracks.

An identifier is a prefix and twelve random characters of a 57-letter alphabet without look-alikes (no 0, 1, I, O, l):
about 70 bits, so that collisions need no check. Clients parse the prefixes (specs/livekit.md §1.5).
"""

import secrets

from roomful.rooms.model import TrackKind, TrackSource

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RANDOM_LENGTH = 12

_KIND_LETTER = {TrackKind.AUDIO: "A", TrackKind.VIDEO: "V"}
_SOURCE_LETTER = {
    TrackSource.UNKNOWN: "",
    TrackSource.CAMERA: "C",
    TrackSource.MICROPHONE: "M",
    TrackSource.SCREEN_SHARE: "S",
    TrackSource.SCREEN_SHARE_AUDIO: "s",
}


def new_id(prefix: str) -> str:
    """Return `prefix` followed by twelve random characters."""
    number = secrets.randbits(
        128
    )  # one system call instead of twelve; far more bits than used, so no letter is favoured
    characters: list[str] = []
    for _ in range(RANDOM_LENGTH):
        number, index = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[index])
    return prefix + "".join(characters)


def new_room_sid() -> str:
    return new_id("RM_")


def new_participant_sid() -> str:
    return new_id("PA_")


def new_track_sid(kind: TrackKind, source: TrackSource) -> str:
    """Return for example `TR_AM…` for a microphone, `TR_VC…` for a camera, `TR_V…` for video of unknown source."""
    return new_id(f"TR_{_KIND_LETTER[kind]}{_SOURCE_LETTER[source]}")
