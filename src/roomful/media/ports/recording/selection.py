"""Which tracks of a room a recording takes, and when it has nothing more to wait for."""

from typing import Protocol

import msgspec

from roomful.rooms.events import MixerChanged, ParticipantLeft, RoomEvent, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import Encryption, TrackKind, TrackSource
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

_SCREEN = frozenset({TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO})


class Selection(Protocol):
    """Asked with every event of the room."""

    def wants(self, room: Room, track: Track) -> bool:
        """Say whether a published track belongs to the recording."""
        ...

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        """Say whether with this event nothing more can come. The end of the room need not be said."""
        ...


class Tracks(msgspec.Struct, frozen=True):
    """These tracks, by sid, until the last of them is gone. They may be announced only, and come later."""

    sids: frozenset[str]

    def wants(self, room: Room, track: Track) -> bool:
        return track.sid in self.sids

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        gone = isinstance(event, TrackUnpublished | TrackWithdrawn) and event.sid in self.sids
        return gone and self.sids.isdisjoint(room.tracks)


class OneParticipant(msgspec.Struct, frozen=True):
    """Camera and microphone of a participant, or its screen and what is heard there, until it leaves.

    Coming and going tracks and a reconnection do not end it.
    """

    identity: str
    screen_share: bool = False

    def wants(self, room: Room, track: Track) -> bool:
        publisher = room.find(self.identity)
        return (
            publisher is not None
            and track.publisher == publisher.sid
            and (track.source in _SCREEN) is self.screen_share
        )

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        return isinstance(event, ParticipantLeft) and event.identity == self.identity and not event.replaced


class MixFor(msgspec.Struct, frozen=True):
    """What the room's mixer makes for this participant, until the room is not mixed any more."""

    identity: str

    def wants(self, room: Room, track: Track) -> bool:
        listener = room.find(self.identity)
        return listener is not None and track.publisher == room.mixer and track.is_for(listener.sid)

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        return isinstance(event, MixerChanged) and not event.mixer


class Everything(msgspec.Struct, frozen=True):
    """All that the participants of a room see of each other."""

    audio: bool = True
    video: bool = True
    until_empty: bool = True
    """It is over when the last one who may publish has left; otherwise only when the room closes."""

    def wants(self, room: Room, track: Track) -> bool:
        wanted = self.audio if track.kind is TrackKind.AUDIO else self.video
        return wanted and _is_seen(room, room.participants[track.publisher])

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        if not self.until_empty or not isinstance(event, ParticipantLeft) or event.replaced:
            return False
        return not any(one.permission.can_publish and _is_seen(room, one) for one in room.participants.values())


def is_readable(track: Track) -> bool:
    """Say whether the server can make anything of the frames: end-to-end encrypted ones are for their room alone."""
    return track.encryption is Encryption.NONE


def _is_seen(room: Room, participant: Participant) -> bool:
    # What a mixer or a stand-in publishes is what others say and show, once more.
    again = participant.sid == room.mixer or participant.sid in room.stand_ins.values()
    return not (participant.hidden or participant.is_recorder or again)
