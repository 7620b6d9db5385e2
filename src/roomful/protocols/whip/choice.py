"""Which tracks a viewer gets: those of one participant, one audio and one video. Nothing of it is in the WHEP draft."""

from collections.abc import Callable, Iterable

import msgspec

from roomful.rooms.model import TrackKind, TrackSource
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import StreamPath
from roomful.rooms.tracks import Track

_FIRST = (TrackSource.SCREEN_SHARE, TrackSource.CAMERA, TrackSource.MICROPHONE, TrackSource.SCREEN_SHARE_AUDIO)
_ORDER = {source: place for place, source in enumerate(_FIRST)}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the query of a viewer's request says."""

    participant: str = ""
    """Identity to follow. Empty: the first who shows something, and when he leaves the next."""
    track: str = ""
    """Sid of the only track wanted."""
    stream: StreamPath | None = None
    """Nothing but what belongs to this stream; `participant` is its publisher."""

    @property
    def hears_voice(self) -> bool:
        """Whether the participant's microphone is among what is wished."""
        return not self.track and (self.stream is None or self.stream.holds(TrackSource.MICROPHONE))


def followed(room: Room, wish: Wish, current: str, can_have: Callable[[Track], bool]) -> str:
    """The identity whose tracks the viewer gets; empty while there is nobody. `current` is the one so far.

    In a room with a mixer that is the mixer, whatever is wished.
    """
    if room.mixer:
        return room.participants[room.mixer].identity
    if wish.track:
        track = room.tracks.get(wish.track)
        return room.participants[track.publisher].identity if track is not None else current
    if wish.participant:
        return wish.participant
    if current and room.find(current) is not None:
        return current
    showing = [
        (participant.identity, {track.kind for track in participant.tracks.values() if can_have(track)})
        for participant in room.participants.values()
    ]
    with_picture = (identity for identity, kinds in showing if TrackKind.VIDEO in kinds)
    with_sound = (identity for identity, kinds in showing if kinds)
    return next(with_picture, "") or next(with_sound, "")


def announcer(room: Room, listener: Participant, can_have: Callable[[Track], bool]) -> Participant | None:
    """Who has something to announce to somebody on hold."""
    if listener.receiving:
        return None
    announcers = (one for one in room.participants.values() if one.announces)
    return next((one for one in announcers if any(map(can_have, one.tracks.values()))), None)


def tracks_of(participant: Participant | None, wish: Wish, can_have: Callable[[Track], bool]) -> dict[TrackKind, Track]:
    """The best track of each kind: a shared screen before a camera, the microphone before a screen's sound."""
    tracks: Iterable[Track] = participant.tracks.values() if participant is not None else ()
    wanted = [track for track in tracks if can_have(track) and wish.track in ("", track.sid)]
    if wish.stream is not None:
        wanted = [track for track in wanted if wish.stream.holds(track.source)]
    wanted.sort(key=lambda track: _ORDER.get(track.source, len(_ORDER)))
    best: dict[TrackKind, Track] = {}
    for track in wanted:
        best.setdefault(track.kind, track)
    return best
