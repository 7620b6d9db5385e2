"""The `media` source of StartEgress: a video, and any sounds, of a room. specs/livekit.md §6.1."""

import msgspec
from livekit.protocol import egress as messages

from roomful.protocols.livekit.egress.errors import missing, unsupported
from roomful.protocols.livekit.vocabulary import KIND
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import ParticipantLeft, RoomEvent, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import TrackKind, TrackSource
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

_KIND = {number: kind for kind, number in KIND.items()}
_GONE = ParticipantLeft | TrackUnpublished | TrackWithdrawn
_BOTH = messages.AudioChannel.AUDIO_CHANNEL_BOTH


class MediaSelection(msgspec.Struct, frozen=True, kw_only=True):
    """A selection of `media.ports.recording`: tracks by sid, participants by identity or kind, all sound."""

    tracks: frozenset[str] = frozenset()
    video_of: str = ""
    """Identity whose video is taken."""
    screen: bool = False
    """Take its screen, not its camera."""
    audio_of: frozenset[str] = frozenset()
    audio_of_kinds: frozenset[str] = frozenset()
    all_audio: bool = False

    def wants(self, room: Room, track: Track) -> bool:
        if track.sid in self.tracks:
            return True
        publisher = room.participants[track.publisher]
        if track.kind is TrackKind.VIDEO:
            return publisher.identity == self.video_of and (track.source is TrackSource.SCREEN_SHARE) is self.screen
        if self.all_audio:
            return not (publisher.hidden or publisher.is_recorder)
        return publisher.identity in self.audio_of or publisher.kind.value in self.audio_of_kinds

    def is_over(self, room: Room, event: RoomEvent) -> bool:
        """When nothing of what was named is there any more. All sound ends with the room."""
        if (
            self.all_audio
            or self.audio_of_kinds
            or not isinstance(event, ParticipantLeft | TrackUnpublished | TrackWithdrawn)
        ):
            return False
        if isinstance(event, ParticipantLeft) and event.replaced:
            return False
        named = self.audio_of | ({self.video_of} if self.video_of else frozenset[str]())
        return self.tracks.isdisjoint(room.tracks) and not any(room.find(identity) for identity in named)


def selection_of(source: messages.MediaSource, room: Room) -> MediaSelection:
    """Raises TwirpError, and RoomError for tracks and participants that are not there."""
    tracks: set[str] = set()
    audio_of: set[str] = set()
    kinds: set[str] = set()
    for route in source.audio.routes:
        if route.channel != _BOTH:
            raise unsupported("sounds cannot be routed to one channel")
        match route.WhichOneof("match"):
            case "track_id":
                tracks.add(require_track(room, route.track_id, TrackKind.AUDIO).sid)
            case "participant_identity":
                audio_of.add(room.with_identity(route.participant_identity).identity)
            case "participant_kind":
                kinds.add(_KIND[route.participant_kind].value)
            case _:
                raise missing("audio.routes")
    if source.video_track_id:
        tracks.add(require_track(room, source.video_track_id, TrackKind.VIDEO).sid)
    of = source.participant_video.identity
    if source.HasField("participant_video"):
        room.with_identity(of)
    selection = MediaSelection(
        tracks=frozenset(tracks),
        video_of=of,
        screen=source.participant_video.prefer_screen_share and _shares_screen(room, of),
        audio_of=frozenset(audio_of),
        audio_of_kinds=frozenset(kinds),
        all_audio=source.audio.capture_all,
    )
    if selection == MediaSelection():
        raise missing("media")
    return selection


def require_track(room: Room, sid: str, kind: TrackKind | None = None) -> Track:
    """The track with this sid; one that is only announced is waited for. Raises RoomError."""
    track = room.tracks.get(sid)
    if track is None:
        raise RoomError(RoomErrorCode.NOT_FOUND, "track is not found")
    if kind is not None and track.kind is not kind:
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"{sid} is no {kind} track")
    return track


def _shares_screen(room: Room, identity: str) -> bool:
    tracks = room.with_identity(identity).tracks.values()
    return any(track.source is TrackSource.SCREEN_SHARE for track in tracks)
